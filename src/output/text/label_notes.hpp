// What a reader must know of the trace's labels: which of them a router made no use of.
#pragma once

#include <string>
#include <vector>

#include "simulation/record/result.hpp"

namespace pigou {

/// One router and what it left unused of the trace that all of them served.
struct RouterUse {
  std::string router;  ///< name in the table of policies
  std::string label;   ///< as the output calls it
  const UnusedLabels& unused;
};

/// One clause per label, with the setting that would use it where the router has one.
std::vector<std::string> label_notes(const std::vector<RouterUse>& routers);

}  // namespace pigou
