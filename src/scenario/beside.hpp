// Files that a scenario names.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

namespace pigou {

/// The file of that name beside the scenario if there is one, else in the current directory.
inline std::string beside(const std::filesystem::path& folder, const std::string& name) {
  std::error_code code;
  const auto place = folder / name;
  return std::filesystem::exists(place, code) ? place.string() : name;
}

}  // namespace pigou
