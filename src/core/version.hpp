// What was built, by what, from which commit: printed by --version, written into every manifest.
#pragma once

#include <string_view>

namespace pigou {

struct BuildFacts {
  std::string_view version;     ///< "0.1.0"
  std::string_view revision;    ///< 12 digits of the commit, "-dirty" appended; "unknown" off git
  std::string_view compiler;    ///< "GNU 12.2.0"
  std::string_view build_type;  ///< "Release"
  std::string_view cuda;        ///< version of the CUDA compiler, or "none"
};

/// Defined in the library pigou_version, which the rooms output and cli link.
BuildFacts build_facts();

}  // namespace pigou
