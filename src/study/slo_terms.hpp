// Service-level objectives of the command line: what must hold, and whether a run holds it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulation/config.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

/// One term: a latency figure that may be at most `limit` seconds, or a share of requests that meet
/// the scenario's `slo` targets and may be at least `limit`.
struct SloTerm {
  enum class Kind : std::uint8_t { kTtft, kTpot, kItl, kE2e, kAttainment };
  Kind kind = Kind::kTtft;
  double quantile = 0;        ///< 0: the mean
  double limit = 0;           ///< seconds, or a share
  std::string text;           ///< as given, blanks removed
  std::string_view key = {};  ///< the figure's in the list of figures

  bool at_least() const { return kind == Kind::kAttainment; }
};

/// Reads FIGURE<=NUMBER(s|ms) with FIGURE in {ttft,tpot,itl,e2e}_s.{mean,p50,p90,p95,p99}, or
/// goodput.attained_fraction>=SHARE, SHARE in (0, 1] or as "90%". Figures go by their aliases too
/// (ttft_p90, attainment). Throws UserError.
SloTerm parse_slo_term(std::string_view text);

/// The term's figure in one run. Latencies are over all requests that arrived: one that did not
/// finish counts as infinitely late. Gaps between tokens (itl) are those of the requests that made
/// any. Needs the rows of output.requests=full.
double slo_figure(const SloTerm& term, const RunResult& result);

/// The term as a share along the trace: per request, in order, 1 where it meets the limit (of a
/// mean: its latency), with what the mean of it must reach. Empty for itl, which is no figure of
/// requests.
struct SloSeries {
  std::vector<double> values;
  std::vector<double> latencies;  ///< by value, seconds; the longest for one that did not finish
  double limit = 0;
  bool at_least = true;
};
SloSeries slo_series(const SloTerm& term, const RunResult& result, const SloConfig& slo);

}  // namespace pigou
