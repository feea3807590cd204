// How long a prompt takes to prefill on an instance that does nothing else.
#pragma once

#include <cstdint>

#include "cluster/config.hpp"

namespace pigou {

/// Seconds of the steps of a prompt of `input` tokens, `cached` of which the instance holds, in
/// chunks as large as it takes. At least one token is computed.
double prefill_alone_s(const PoolConfig& pool, std::int64_t input, std::int64_t cached);

}  // namespace pigou
