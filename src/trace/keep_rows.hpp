// Leaving rows of a trace out.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/trace.hpp"

namespace pigou {

/// Removes the rows with keep[row] == 0 in place. Lanes and sessions left empty go too; block ids
/// are renumbered densely.
void keep_rows(Trace& trace, const std::vector<std::uint8_t>& keep);

}  // namespace pigou
