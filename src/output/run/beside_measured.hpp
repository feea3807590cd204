// Simulated beside recorded, for JSON, result files and the terminal. Meaning: docs/metrics.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenario/scenario.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

/// One number of a comparison with the record. Dots in `path` separate JSON objects and groups.
struct RecordedNumber {
  std::string path;  ///< "ttft_s.simulated.p50"
  std::string unit;
  std::string description;
  bool is_count = false;
  std::uint64_t count = 0;
  double real = 0;  ///< NaN: undefined
};

/// All of them, in the order of the JSON document; figures the trace records nothing of are left
/// out.
std::vector<RecordedNumber> recorded_numbers(const RecordedSummary& recorded);

/// The block of the terminal's table, empty without a record.
std::string recorded_table(const Scenario& scenario, const RunSummary& summary);

/// In what the replay was not what the record is of: "rate_scale 2, 4 copies"; empty: in nothing
/// that a scenario sets.
std::string recorded_differences(const Scenario& scenario, const RecordedSummary& recorded);

}  // namespace pigou
