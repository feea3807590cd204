// One finished run as people and programs read it.
#pragma once

#include <string>
#include <vector>

#include "output/text/label_notes.hpp"
#include "scenario/scenario.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

/// Wall-clock seconds. They never enter a result file: its bytes depend on the input alone.
struct RunTimes {
  double load_s = 0;     ///< scenario, trace and workload
  double run_s = 0;      ///< first event to finished columns and summary
  double write_s = 0;    ///< result file
  double process_s = 0;  ///< process start to last byte written
};

struct RunReport {
  const Scenario& scenario;
  const RunSummary& summary;
  RunTimes times;
  std::string result_file;  ///< empty: none was asked for
};

/// The `--json` document, keys in a fixed order, with a final newline.
std::string report_json(const RunReport& report);

/// What a terminal shows, units in every line.
std::string report_table(const RunReport& report);

/// What scored the candidates of the routers: "cpu".
std::string result_backend();

/// "backend cpu, pigou 0.1.0 abc": the end of every banner.
std::string build_text();

/// Where step times come from and how far they are off held-out measurements, in one line.
std::string provenance_text(const StepModelProvenance& provenance);

/// "model" lines of a table: engine, provenance and what the step model leaves out, each once.
std::string model_lines(const RunSummary& summary);

/// "TTFT <= 5 s, TPOT <= 100 ms"; empty when no target is set.
std::string slo_text(const SloConfig& slo);

/// What a reader must know before believing the numbers: jitter, first-token rule, labels that
/// `routers` made no use of, approximations; a clause each.
std::vector<std::string> assumptions(const Scenario& scenario, const RunSummary& summary,
                                     const std::vector<RouterUse>& routers);

/// The same of one run, in one line.
std::string assumptions_text(const Scenario& scenario, const RunSummary& summary);

/// Clauses in one line.
std::string joined(const std::vector<std::string>& clauses);

/// Largest resident set so far.
std::uint64_t peak_rss_bytes();

}  // namespace pigou
