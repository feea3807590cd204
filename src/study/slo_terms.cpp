#include "study/slo_terms.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.hpp"
#include "study/figures.hpp"

namespace pigou {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr const char* kForms =
    "write ttft_s.p90<=5s, tpot_s.mean<=100ms or goodput.attained_fraction>=0.9 "
    "({ttft,tpot,itl,e2e}_s.{mean,p50,p90,p95,p99})";

[[noreturn]] void reject(std::string_view text, const std::string& why,
                         const std::string& suggestion = kForms) {
  throw UserError("--slo '" + std::string(text) + "' cannot be read", why, suggestion);
}

struct Named {
  std::string_view group;
  SloTerm::Kind kind;
};
constexpr Named kLatencies[] = {{"ttft_s.", SloTerm::Kind::kTtft},
                                {"tpot_s.", SloTerm::Kind::kTpot},
                                {"itl_s.", SloTerm::Kind::kItl},
                                {"e2e_s.", SloTerm::Kind::kE2e}};
struct Statistic {
  std::string_view name;
  double quantile;
};
constexpr Statistic kStatistics[] = {
    {"mean", 0}, {"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}};

/// Whether `figure` can be promised; if so, `term` is about it.
bool promises(SloTerm& term, const Figure& figure) {
  term.key = figure.key;
  if (figure.key == "goodput.attained_fraction") {
    term.kind = SloTerm::Kind::kAttainment;
    return true;
  }
  for (const Named& latency : kLatencies) {
    if (!figure.key.starts_with(latency.group)) continue;
    for (const Statistic& statistic : kStatistics) {
      if (figure.key.substr(latency.group.size()) != statistic.name) continue;
      term.kind = latency.kind;
      term.quantile = statistic.quantile;
      return true;
    }
  }
  return false;
}

void read_figure(SloTerm& term, const std::string& word, std::string_view text) {
  const Figure* figure = find_figure(word);
  if (figure != nullptr && promises(term, *figure)) return;
  std::vector<std::string> known;
  SloTerm other;
  for (const Figure& candidate : figures())
    if (promises(other, candidate)) known.emplace_back(candidate.key);
  reject(text, "'" + word + "' is no figure of it", suggest_name(word, known));
}

void read_limit(SloTerm& term, const std::string& limit, std::string_view text) {
  double number = 0;
  const char* const end = limit.data() + limit.size();
  const auto [stop, code] = std::from_chars(limit.data(), end, number);
  if (code != std::errc{} || !std::isfinite(number))
    reject(text, "'" + limit + "' does not begin with a number");
  const std::string unit(stop, end);
  if (term.at_least()) {
    if (!unit.empty() && unit != "%") reject(text, "a share has no unit '" + unit + "'");
    term.limit = unit == "%" ? number / 100 : number;
    if (!(term.limit > 0 && term.limit <= 1))
      reject(text, "a share lies above 0 and at most at 1", "write goodput.attained_fraction>=0.9");
    return;
  }
  if (unit != "s" && unit != "ms")
    reject(text, unit.empty() ? "the limit has no unit" : "'" + unit + "' is no unit of it",
           "write " + std::string(limit.data(), stop) + "s or " + std::string(limit.data(), stop) +
               "ms");
  term.limit = unit == "ms" ? number / 1000 : number;
  if (!(term.limit > 0)) reject(text, "no latency is at or below 0", "use a limit above 0");
}

/// The column a latency is in.
const std::vector<double>& column_of(SloTerm::Kind kind, const RequestColumns& rows) {
  return kind == SloTerm::Kind::kTtft   ? rows.ttft_s
         : kind == SloTerm::Kind::kTpot ? rows.tpot_s
                                        : rows.e2e_s;
}

/// One latency per request that has it or should have: infinite where it did not finish.
std::vector<double> latencies(const SloTerm& term, const RequestColumns& rows) {
  const auto& column = column_of(term.kind, rows);
  std::vector<double> values;
  for (std::size_t row = 0; row < column.size(); ++row) {
    const bool finished = rows.outcome[row] == static_cast<std::uint8_t>(Outcome::kFinished);
    if (!finished) {
      values.push_back(kInfinity);
    } else if (!std::isnan(column[row])) {
      values.push_back(column[row]);  // a request of one token has no TPOT
    }
  }
  return values;
}

/// What did not finish counts as the longest that did.
void cap_at_longest(std::vector<double>& values) {
  double longest = 0;
  for (const double value : values)
    if (std::isfinite(value)) longest = std::max(longest, value);
  for (double& value : values)
    if (!std::isfinite(value)) value = longest;
}

double itl_figure(double quantile, const LatencySummary& itl) {
  if (quantile == 0) return itl.mean;
  return quantile == 0.5    ? itl.p50
         : quantile == 0.9  ? itl.p90
         : quantile == 0.95 ? itl.p95
                            : itl.p99;
}

bool within(double limit, double value) {
  return limit <= 0 || std::isnan(value) || value <= limit;
}

}  // namespace

SloTerm parse_slo_term(std::string_view given) {
  SloTerm term;
  for (const char c : given)
    if (c != ' ' && c != '\t') term.text += c;
  const auto sign = term.text.find_first_of("<>=");
  if (sign == std::string::npos) reject(given, "it has no <= or >=");
  read_figure(term, term.text.substr(0, sign), given);
  const std::string wanted = term.at_least() ? ">=" : "<=";
  if (term.text.compare(sign, 2, wanted) != 0)
    reject(given, term.at_least() ? "a share is wanted high" : "a latency is wanted low",
           "write " + term.text.substr(0, sign) + wanted + "...");
  read_limit(term, term.text.substr(sign + 2), given);
  return term;
}

double slo_figure(const SloTerm& term, const RunResult& result) {
  if (term.kind == SloTerm::Kind::kAttainment) return result.summary.slo_attained_fraction;
  if (term.kind == SloTerm::Kind::kItl) return itl_figure(term.quantile, result.summary.itl);
  auto values = latencies(term, result.requests);
  if (values.empty()) return kInfinity;
  const auto n = static_cast<double>(values.size());
  if (term.quantile == 0) return std::accumulate(values.begin(), values.end(), 0.0) / n;
  const auto rank = std::max(1.0, std::ceil(term.quantile * n));
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

SloSeries slo_series(const SloTerm& term, const RunResult& result, const SloConfig& slo) {
  SloSeries series;
  if (term.kind == SloTerm::Kind::kItl) return series;
  const RequestColumns& rows = result.requests;
  if (term.kind == SloTerm::Kind::kAttainment) {
    series.limit = term.limit;
    for (std::size_t row = 0; row < rows.request.size(); ++row) {
      const bool finished = rows.outcome[row] == static_cast<std::uint8_t>(Outcome::kFinished);
      const bool met = finished && within(slo.ttft_s, rows.ttft_s[row]) &&
                       within(slo.tpot_s, rows.tpot_s[row]) && within(slo.e2e_s, rows.e2e_s[row]);
      series.values.push_back(met ? 1 : 0);
    }
    series.latencies = slo.ttft_s > 0 ? rows.ttft_s : rows.e2e_s;
    cap_at_longest(series.latencies);
    return series;
  }
  series.values = latencies(term, rows);
  series.latencies = series.values;
  cap_at_longest(series.latencies);
  series.at_least = term.quantile > 0;
  series.limit = series.at_least ? term.quantile : term.limit;
  // "The p90 is at most x" says that 90 % of the requests are at most x.
  for (double& value : series.values)
    if (series.at_least) value = value <= term.limit ? 1 : 0;
  return series;
}

}  // namespace pigou
