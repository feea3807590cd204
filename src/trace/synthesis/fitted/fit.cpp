// Fitting a model to a trace.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"
#include "trace/statistics/overview.hpp"
#include "trace/statistics/reuse_distance.hpp"
#include "trace/synthesis/arrival_process.hpp"
#include "trace/synthesis/fitted/model.hpp"

namespace pigou {
namespace {

/// Pairs of neighbouring figures, for one correlation.
struct Pairs {
  std::vector<double> first, second;

  void add(double a, double b) {
    first.push_back(a);
    second.push_back(b);
  }
  /// Short of +-1, where a copula has no density.
  double correlation() const {
    const double rho = copula_correlation(rank_correlation(first, second));
    return std::clamp(std::nearbyint(rho * 1e4) / 1e4, -0.98, 0.98);
  }
};

class Fitter {
 public:
  explicit Fitter(const Trace& trace) : trace_(trace), chains_(find_turn_chains(trace)) {}

  FittedModel fit() {
    describe();
    fit_lengths();
    fit_steps();
    fit_odds();
    if (model_.closed_loop)
      fit_sessions();
    else
      fit_rates();
    fit_openings();
    model_.figures = measure_figures(trace_);
    return std::move(model_);
  }

 private:
  static constexpr double kNone = -1;

  double input(std::uint32_t row) const { return trace_.input_tokens[row]; }
  double output(std::uint32_t row) const { return trace_.output_tokens[row]; }
  std::uint32_t full_blocks(std::uint32_t row) const {
    return trace_.input_tokens[row] / trace_.block_tokens;
  }
  bool is(std::uint32_t row, TurnKind kind) const { return chains_.kind[row] == kind; }
  /// The pause before a row that continues another; kNone for others.
  double gap_s(std::uint32_t row) const {
    if (chains_.before[row] == kNoIndex) return kNone;
    if (trace_.closed_loop()) return to_seconds(trace_.think[row]);
    return to_seconds(trace_.arrival[row] - trace_.arrival[chains_.before[row]]);
  }
  bool keeps_answer(std::uint32_t row) const {
    const std::uint32_t before = chains_.before[row];
    return input(row) >= input(before) + output(before);
  }
  double added(std::uint32_t row) const {
    if (!is(row, TurnKind::kExtended)) return kNone;
    const std::uint32_t before = chains_.before[row];
    return input(row) - input(before) - (keeps_answer(row) ? output(before) : 0);
  }

  void describe() {
    model_.source = trace_.format;
    model_.requests = trace_.rows();
    model_.closed_loop = trace_.closed_loop();
    model_.block_tokens = trace_.block_tokens;
    model_.links = std::any_of(trace_.previous_turn.begin(), trace_.previous_turn.end(),
                               [](std::uint32_t row) { return row != kNoIndex; });
    std::uint64_t with_id = 0, partial = 0;
    for (std::uint32_t row = 0; model_.block_tokens != 0 && row < trace_.rows(); ++row) {
      if (trace_.input_tokens[row] % model_.block_tokens == 0) continue;
      ++partial;
      with_id += trace_.blocks(row).size() > full_blocks(row);
    }
    model_.partial_block_ids = 2 * with_id > partial;
  }

  void fit_lengths() {
    std::vector<double> inputs, outputs, firsts, trimmed;
    Pairs input_output, trims;
    for (std::uint32_t row = 0; row < trace_.rows(); ++row) {
      inputs.push_back(input(row));
      outputs.push_back(output(row));
      if (is(row, TurnKind::kFirst)) {
        firsts.push_back(input(row));
        input_output.add(input(row), output(row));
      } else if (is(row, TurnKind::kTrimmed)) {
        trimmed.push_back(input(row));
        trims.add(input(chains_.before[row]), input(row));
      }
    }
    model_.input = QuantileTable::of(inputs);
    model_.output = QuantileTable::of(outputs);
    model_.first_input = QuantileTable::of(firsts);
    model_.trimmed_input = QuantileTable::of(trimmed);
    model_.correlation.input_output = input_output.correlation();
    model_.correlation.trimmed_input = trims.correlation();
    std::vector<double> shares, edges;
    for (std::size_t edge = 0; edge <= kInputBuckets; ++edge)
      shares.push_back(static_cast<double>(edge) / kInputBuckets);
    for (const double share : shares) edges.push_back(model_.input.at(share));
    model_.input_buckets = QuantileTable(shares, edges, "the input law");
  }

  void fit_steps() {
    std::vector<double> gaps, tokens, kept;
    Pairs outputs, added_turns, gap_turns, gap_input, gap_added;
    std::uint64_t extended = 0, answers = 0;
    for (std::uint32_t row = 0; row < trace_.rows(); ++row) {
      const std::uint32_t before = chains_.before[row];
      if (before == kNoIndex) continue;
      const double gap = gap_s(row);
      gaps.push_back(gap);
      outputs.add(output(before), output(row));
      gap_input.add(input(before), gap);
      if (gap_s(before) != kNone) gap_turns.add(gap_s(before), gap);
      if (is(row, TurnKind::kExtended)) {
        ++extended;
        answers += keeps_answer(row);
        tokens.push_back(added(row));
        gap_added.add(gap, added(row));
        if (added(before) != kNone) added_turns.add(added(before), added(row));
      } else if (model_.block_tokens != 0) {
        const std::uint32_t could = std::min(full_blocks(before), full_blocks(row));
        const double share = could == 0 ? 0 : static_cast<double>(chains_.shared[row]) / could;
        kept.push_back(std::min(share, 1.0));
      }
    }
    model_.gap_s = QuantileTable::of(gaps);
    model_.added = QuantileTable::of(tokens);
    model_.trimmed_share = QuantileTable::of(kept);
    if (extended > 0)
      model_.answer_kept = static_cast<double>(answers) / static_cast<double>(extended);
    auto& rho = model_.correlation;
    rho.output_turns = outputs.correlation();
    rho.added_turns = added_turns.correlation();
    rho.gap_turns = gap_turns.correlation();
    rho.gap_input = gap_input.correlation();
    rho.gap_added = gap_added.correlation();
  }

  void fit_odds() {
    TwoWayCounts follow(kTurnBuckets, kInputBuckets), trim(kTurnKinds, kInputBuckets);
    for (std::uint32_t row = 0; row < trace_.rows(); ++row) {
      const std::size_t bucket = input_bucket(model_, input(row));
      follow.add(turn_bucket(chains_.turn[row]), bucket, chains_.followed[row] != 0);
      const std::uint32_t before = chains_.before[row];
      if (before != kNoIndex)
        trim.add(static_cast<std::size_t>(chains_.kind[before]),
                 input_bucket(model_, input(before)), is(row, TurnKind::kTrimmed));
    }
    model_.follow = follow.fit();
    model_.trim = trim.fit();
  }

  void fit_sessions() {
    double service = 0, tokens = 0;
    for (std::size_t row = 0; row < trace_.recorded_service.size(); ++row) {
      if (trace_.recorded_service[row].ps < 0) continue;
      service += to_seconds(trace_.recorded_service[row]);
      tokens += trace_.output_tokens[row];
    }
    if (tokens > 0) model_.token_s = service / tokens;
    if (trace_.session_arrival.size() < 2) return;
    const auto [first, last] =
        std::minmax_element(trace_.session_arrival.begin(), trace_.session_arrival.end());
    const double span = to_seconds(*last - *first);
    if (span > 0)
      model_.session_rate = static_cast<double>(trace_.session_arrival.size() - 1) / span;
  }

  /// Steps of at least 200 requests. They are drawn together until they vary as the rate itself
  /// does, without the part that counting adds, since drawing puts it back.
  void fit_rates() {
    const TraceStatistics statistics = compute_statistics(trace_);
    if (statistics.grid_max_ms > 0)
      model_.grid_s = std::nearbyint((statistics.grid_min_ms + statistics.grid_max_ms) / 2) / 1000;
    const auto rows = static_cast<double>(trace_.rows());
    const double tail = std::max(model_.grid_s, rows > 1 ? statistics.span_s / (rows - 1) : 0.0);
    const double period = statistics.span_s + tail;
    if (!(period > 0)) return;
    const auto steps = static_cast<std::size_t>(std::clamp(rows / 200, 1.0, 200.0));
    model_.rate_step_s = period / static_cast<double>(steps);
    std::vector<double> counts(steps, 0);
    for (const SimTime time : trace_.arrival) {
      const double step = to_seconds(time - trace_.arrival.front()) / model_.rate_step_s;
      ++counts[std::min(static_cast<std::size_t>(step), steps - 1)];
    }
    const double mean = rows / static_cast<double>(steps);
    double squares = 0;
    for (const double count : counts) squares += (count - mean) * (count - mean);
    const double variance = squares / static_cast<double>(steps);
    const double real = variance > mean ? std::sqrt(1 - mean / variance) : 0;
    for (const double count : counts)
      model_.rates.push_back((mean + real * (count - mean)) / model_.rate_step_s);
    if (model_.grid_s == 0) fit_gaps();
  }

  /// The Weibull law whose median over mean is that of the gaps, each measured by the rate of its
  /// step: unlike their cv this does not see how the rate changes. Times on a grid say nothing.
  void fit_gaps() {
    std::vector<double> gaps;
    double sum = 0;
    for (std::size_t row = 1; row < trace_.rows(); ++row) {
      const double at = to_seconds(trace_.arrival[row] - trace_.arrival.front());
      const auto step = static_cast<std::size_t>(at / model_.rate_step_s);
      const double gap = to_seconds(trace_.arrival[row] - trace_.arrival[row - 1]);
      gaps.push_back(gap * model_.rates[std::min(step, model_.rates.size() - 1)]);
      sum += gaps.back();
    }
    if (gaps.size() < 20) return;
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
    std::nth_element(gaps.begin(), middle, gaps.end());
    const double wanted = *middle * static_cast<double>(gaps.size()) / sum;
    double low = 0.1, high = 3;
    for (int halving = 0; halving < 40; ++halving) {
      const double cv = (low + high) / 2;
      const double shape = GapSampler(GapFamily::kWeibull, cv).shape();
      const double found = std::pow(std::log(2.0), 1 / shape) / std::tgamma(1 + 1 / shape);
      (found > wanted ? low : high) = cv;
    }
    model_.gap_cv = std::nearbyint((low + high) / 2 * 1e3) / 1e3;
  }

  void fit_openings() {
    std::uint64_t firsts = chains_.plain_firsts;
    for (const Opening& opening : chains_.openings) firsts += opening.firsts;
    for (const Opening& opening : chains_.openings)
      model_.openings.push_back({opening.blocks, opening.inside,
                                 static_cast<double>(opening.firsts) /
                                     static_cast<double>(std::max<std::uint64_t>(firsts, 1))});
  }

  const Trace& trace_;
  TurnChains chains_;
  FittedModel model_;
};

}  // namespace

std::size_t turn_bucket(std::uint32_t turn) {
  static constexpr std::array<std::uint32_t, kTurnBuckets - 1> kFrom = {1,  2,  3,  4,  5,   7,
                                                                        10, 15, 25, 50, 100, 200};
  return static_cast<std::size_t>(std::upper_bound(kFrom.begin(), kFrom.end(), turn) -
                                  kFrom.begin());
}

std::size_t input_bucket(const FittedModel& model, double input) {
  const auto& edges = model.input_buckets.values();
  const auto inner_end = edges.end() - 1;
  return static_cast<std::size_t>(std::upper_bound(edges.begin() + 1, inner_end, input) -
                                  (edges.begin() + 1));
}

FittedModel fit_model(const Trace& trace) {
  if (trace.rows() == 0)
    throw UserError("nothing can be fitted", "the trace has no rows", "name another trace");
  return Fitter(trace).fit();
}

TraceFigures measure_figures(const Trace& trace, std::vector<std::uint64_t> cache_blocks) {
  TraceFigures figures;
  const TraceStatistics statistics = compute_statistics(trace);
  figures.input_mean = statistics.input_tokens.mean;
  figures.input_p99 = statistics.input_tokens.p99;
  figures.output_mean = statistics.output_tokens.mean;
  figures.output_p99 = statistics.output_tokens.p99;
  figures.hit_ratio = statistics.hit_by_blocks;
  figures.dispersion_10s = statistics.ten_seconds.variance_over_mean;
  const TurnChains chains = find_turn_chains(trace);
  const auto firsts = std::count(chains.before.begin(), chains.before.end(), kNoIndex);
  figures.follow_share = 1 - static_cast<double>(firsts) / static_cast<double>(trace.rows());
  if (trace.block_ids.empty()) return figures;
  if (cache_blocks.empty())
    for (int halvings = 7; halvings >= 0; --halvings)
      cache_blocks.push_back(std::max<std::uint64_t>(1, statistics.distinct_blocks >> halvings));
  figures.cache_hits = prefix_hit_curve(trace, cache_blocks);
  figures.cache_blocks = std::move(cache_blocks);
  return figures;
}

}  // namespace pigou
