// What answers add to a router's books while they stream through it.
#pragma once

#include <cstdint>

#include "core/ids.hpp"

namespace pigou {

struct Parts;

/// The columns of `replica` show what its requests have been answered so far.
/// Tokens count as they are emitted: gateway.feedback_s delays reports, not these.
void book_output(Parts& parts, ReplicaId replica);

}  // namespace pigou
