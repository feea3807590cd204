// What clients of a trace said of their requests: its labels as RequestHints.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "trace/trace.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// Reads the labels `priority` (a number), `strict_priority` (a whole number from 0),
/// `policy_class`, `tenant`, `slo_ttft_ms` (a whole number from 0), `overlap_score_credit` and
/// `router_temperature` (numbers from 0) of a trace that outlives it.
/// Names are those of Dynamo's request fields and llm-d's headers.
class RequestHintTable {
 public:
  RequestHintTable() = default;
  /// Throws UserError where a priority is no such number.
  explicit RequestHintTable(const Trace& trace);

  RequestHints of(RowId row) const;

 private:
  const LabelColumn* priority_ = nullptr;
  const LabelColumn* strict_ = nullptr;
  const LabelColumn* class_ = nullptr;
  const LabelColumn* tenant_ = nullptr;
  const LabelColumn* slo_ = nullptr;
  std::array<const LabelColumn*, kOwnLabels> own_{};
  std::vector<double> priorities_;  ///< by code of the label, as what follows
  std::array<std::vector<double>, kOwnLabels> own_values_;
  std::vector<std::uint32_t> stricts_, slos_;
};

}  // namespace pigou
