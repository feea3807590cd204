// Where the tests find what they need. The answers are compiled once per build folder, in a file of
// their own, so that every test compiles alike in every clone and comes out of ccache.
#pragma once

#include <cstdlib>
#include <string>

namespace pigou {

/// The folder of the repository.
std::string source_root();

/// The program of this build, or the one that PIGOU_PROGRAM names.
std::string program();

/// PIGOU_DATA, or the folder `shared` beside the repository.
inline std::string data_root() {
  const char* const named = std::getenv("PIGOU_DATA");
  return named != nullptr && *named != '\0' ? named : source_root() + "/../shared";
}

}  // namespace pigou
