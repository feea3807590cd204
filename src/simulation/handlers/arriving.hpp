// A request arrives, whatever its client is.
#pragma once

#include <cstdint>

#include "core/ids.hpp"

namespace pigou {

struct Parts;

/// `request` of the workload is there: refused where no instance could ever serve it, else put to a
/// router.
void arrive(Parts& parts, RequestId request);

}  // namespace pigou
