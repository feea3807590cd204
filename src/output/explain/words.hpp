// One request's way through the router, in words, from a result file with decisions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulation/record/result.hpp"

namespace pigou {

/// What a result file says of one request. Rows of `decisions` are this request's only.
struct Explanation {
  std::uint64_t request = 0;
  std::string scenario_name, scenario_hash;
  std::string router;                  ///< name and parameters that are not defaults
  std::string cost;                    ///< what its costs are; empty: not said
  std::vector<std::string> instances;  ///< names, "prefill[3]"
  std::uint32_t entry_count = 0;
  DecisionColumns decisions;
  std::vector<ParameterChangeRow> changes;  ///< of the router's parameters, in order of time
  /// From /result/requests, where the row was kept.
  struct Row {
    double arrival_s = 0, queue_s = 0, ttft_s = 0, e2e_s = 0;
    std::uint32_t output_tokens = 0, hit_tokens = 0, believed_tokens = 0, preemptions = 0;
    std::uint8_t outcome = 0;
  };
  bool kept = false;
  Row row;
};

/// Reads FILE.h5 of `pigou run --decisions`. Throws UserError when it is none, or says nothing of
/// `request`.
Explanation read_explanation(const std::string& file, std::uint64_t request);

/// Who was considered, each cost, belief and truth, why this one.
std::string explanation_text(const Explanation& explanation);

/// The `--json` document.
std::string explanation_json(const Explanation& explanation);

}  // namespace pigou
