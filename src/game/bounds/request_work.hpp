// What of a workload's prompts has to be computed, whatever router and caches do.
#pragma once

#include <cstdint>
#include <vector>

#include "workload/workload.hpp"

namespace pigou {

/// Tokens of one request's prompt that somebody computes after it has come and before its first
/// token: those of blocks that no earlier request has, and its last block's, which no cache holds
/// for it. Blocks that hold some request's answer count for nothing, as decoding leaves them.
struct RequestWork {
  std::int64_t tokens = 0;
  /// Of them, those that may be computed alone in a step that counts as decoding: the prompt's
  /// last, and where other prompts end inside.
  std::int64_t single_tokens = 0;
  std::int64_t pairs2 = 0;  ///< 2A of StepShape over the others
};

/// By request of an open loop. `cached`: some instance keeps prefixes.
std::vector<RequestWork> request_work(const Workload& workload, bool cached);

}  // namespace pigou
