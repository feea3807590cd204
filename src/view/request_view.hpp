// A request as a router sees it: without its output length.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "cluster/cache/segment_path.hpp"
#include "core/ids.hpp"
#include "kernels/columns.hpp"
#include "view/request_label.hpp"

namespace pigou {

/// What clients said of a request beside its prompt; 0 and empty where the trace has no such label.
struct RequestHints {
  double priority = 0;  ///< label `priority`: higher is more urgent
  std::uint32_t strict_priority = 0;
  std::string_view policy_class;
  std::string_view tenant = {};  ///< label `tenant`: whom a fair router gives turns
  /// Values it brings for parameters of the router, labels from kFirstOwnValue on; below 0: none.
  std::array<double, kOwnLabels> own_values = {-1, -1};
  std::int64_t slo_ttft_ms = -1;  ///< label `slo_ttft_ms`: the client's TTFT target; below 0: none

  double& own(RequestLabel label) { return own_values[own_place(label)]; }
  double own(RequestLabel label) const { return own_values[own_place(label)]; }
};

/// The request a decision is about, as a router sees it.
struct RequestView {
  RequestRow row;
  std::uint32_t block_tokens = 16;
  std::uint32_t copy = 0;                       ///< workload copy: part of its blocks' identity
  std::span<const std::uint32_t> trace_blocks;  ///< ids of its prompt's blocks in the trace
  std::uint32_t trace_block_tokens = 0;
  PathView path;
  /// The session the request belongs to, as a header would say: see conversations(). Its own for a
  /// request of no session.
  std::uint64_t session = 0;
  /// Where the recorded router sent it (RecordedPlacement), kNoIndex: no record. No real router
  /// knows this: set only for the policy that asks for ViewNeeds::recorded_placement, `recorded`.
  InstanceId recorded_entry = kNoIndex;
  InstanceId recorded_decode = kNoIndex;  ///< index among all instances
  RequestHints hints;                     ///< set only with ViewNeeds::labels
  std::uint32_t adapter = 0;              ///< number of its LoRA adapter; 0: the base model
};

}  // namespace pigou
