// A request arrives, whatever its client is.
#pragma once

#include <cstdint>

namespace pigou {

struct Parts;

/// `request` of the workload is there: refused where no instance could ever serve it, else put to a
/// router.
void arrive(Parts& parts, std::uint32_t request);

}  // namespace pigou
