// From a draft to a trace: the odds that fit this draw, block ids, lanes.
#include <cmath>
#include <optional>

#include "core/error.hpp"
#include "trace/synthesis/fitted/draft.hpp"
#include "trace/synthesis/fitted/model.hpp"
#include "trace/synthesis/fitted/times.hpp"

namespace pigou {
namespace {

constexpr double kMostShift = 2;  // of the log odds of being followed
constexpr int kMostTries = 10;
constexpr double kCloseEnough = 0.003;

/// Draws until the hit ratio is the model's: false position between the nearest draws on both
/// sides, where a side that stays twice counts half (the Illinois rule). Out of reach, as for a
/// trace shorter than its pauses, the nearest draw it is.
void draw_to_hit_ratio(FittedDraft& draft, double wanted) {
  double best = 0, best_miss = 1e9;
  const auto miss = [&](double shift) {
    const double found = draft.draw(shift) / wanted - 1;
    if (std::abs(found) < std::abs(best_miss)) {
      best = shift;
      best_miss = found;
    }
    return found;
  };
  const auto close = [&] { return std::abs(best_miss) < kCloseEnough; };
  const double middle = miss(0);
  if (close()) return;
  double low = middle < 0 ? 0 : -kMostShift, high = middle < 0 ? kMostShift : 0;
  double low_miss = middle < 0 ? middle : miss(low);
  double high_miss = middle < 0 ? miss(high) : middle;
  int side = 0;
  for (int attempt = 0; attempt < kMostTries && low_miss < 0 && high_miss > 0 && !close();
       ++attempt) {
    const double shift = low + (high - low) * low_miss / (low_miss - high_miss);
    const double found = miss(shift);
    const int now = found < 0 ? -1 : 1;
    (found < 0 ? low : high) = shift;
    (found < 0 ? low_miss : high_miss) = found;
    if (now == side) (found < 0 ? high_miss : low_miss) /= 2;
    side = now;
  }
  draft.draw(best);
}

class FittedSynthesizer {
 public:
  FittedSynthesizer(const FittedModel& model, std::uint64_t requests, std::uint64_t seed)
      : model_(model), seed_(seed) {
    if (!model.closed_loop) times_ = fitted_arrivals(model, requests, seed);
    draft_.emplace(model, requests, seed, times_);
  }

  Trace make() {
    const double wanted = model_.figures.hit_ratio;
    if (model_.closed_loop || !(wanted > 0) || !(model_.figures.follow_share > 0))
      draft_->draw(0);
    else
      draw_to_hit_ratio(*draft_, wanted);
    trace_.format = "synthetic";
    trace_.block_tokens = model_.block_tokens;
    add_lengths();
    if (model_.block_tokens != 0) add_blocks();
    if (model_.closed_loop)
      add_lanes();
    else
      trace_.arrival = std::move(times_);
    return std::move(trace_);
  }

 private:
  void add_lengths() {
    for (const DraftRow& row : draft_->rows()) {
      trace_.input_tokens.push_back(static_cast<std::uint32_t>(row.input));
      trace_.output_tokens.push_back(static_cast<std::uint32_t>(row.output));
      if (model_.links) trace_.previous_turn.push_back(row.keeps_answer ? row.before : kNoIndex);
    }
  }

  void add_blocks() {
    opening_ids_.resize(model_.openings.size());
    for (std::size_t o = 0; o < opening_ids_.size(); ++o)
      opening_ids_[o].assign(model_.openings[o].blocks, kNoIndex);
    std::uint64_t ids = 0;
    for (const DraftRow& row : draft_->rows()) ids += draft_->named_blocks(row.input);
    trace_.block_ids.reserve(ids);
    trace_.block_begin.reserve(draft_->rows().size() + 1);
    trace_.block_begin.push_back(0);
    for (const DraftRow& row : draft_->rows()) {
      const std::uint32_t blocks = draft_->named_blocks(row.input);
      for (std::uint32_t block = 0; block < blocks; ++block)
        trace_.block_ids.push_back(block < row.shared ? shared_id(row, block) : fresh_id());
      trace_.block_begin.push_back(trace_.block_ids.size());
    }
  }

  std::uint32_t fresh_id() {
    if (trace_.distinct_blocks >= kNoIndex - 1)
      throw UserError("the synthetic trace has too many blocks", "block ids are 32 bits wide",
                      "ask for fewer --requests");
    return trace_.distinct_blocks++;
  }

  std::uint32_t shared_id(const DraftRow& row, std::uint32_t block) {
    if (row.before != kNoIndex) return trace_.block_ids[trace_.block_begin[row.before] + block];
    std::uint32_t opening = draft_->openings()[row.conversation];
    for (std::uint32_t inside = model_.openings[opening].inside;
         inside != kNoIndex && block < model_.openings[inside].blocks;
         inside = model_.openings[inside].inside)
      opening = inside;
    std::uint32_t& id = opening_ids_[opening][block];
    if (id == kNoIndex) id = fresh_id();
    return id;
  }

  void add_lanes() {
    constexpr double kTokenS = 0.02;  // 50 tokens a second, where none was recorded
    const double token_s = model_.token_s > 0 ? model_.token_s : kTokenS;
    const auto& rows = draft_->rows();
    for (std::uint32_t row = 0; row < rows.size(); ++row) {
      const bool first = rows[row].before == kNoIndex;
      if (first) {
        if (!trace_.lanes.empty()) trace_.lanes.back().end_row = row;
        trace_.lanes.push_back({row, row, trace_.sessions++, kNoIndex});
      }
      const SimTime think = from_seconds(rows[row].gap_s, "a think time");
      const SimTime served =
          first ? SimTime{}
                : trace_.arrival.back() +
                      from_seconds(rows[row - 1].output * token_s, "a recorded time");
      trace_.think.push_back(think);
      trace_.arrival.push_back(checked_add(served, think, "a session"));
    }
    trace_.lanes.back().end_row = static_cast<std::uint32_t>(rows.size());
    if (!(model_.session_rate > 0)) return;
    const RandomStream starts(seed_, "like.session-start");
    double seconds = 0;
    for (std::uint32_t session = 0; session < trace_.sessions; ++session) {
      if (session > 0) seconds += starts.exponential(session) / model_.session_rate;
      trace_.session_arrival.push_back(from_seconds(seconds, "the last session start"));
    }
  }

  const FittedModel& model_;
  std::uint64_t seed_;
  std::vector<SimTime> times_;
  std::optional<FittedDraft> draft_;
  Trace trace_;
  std::vector<std::vector<std::uint32_t>> opening_ids_;
};

}  // namespace

Trace synthesize_like(const FittedModel& model, std::uint64_t requests, std::uint64_t seed) {
  if (requests == 0 || requests >= kNoIndex)
    throw UserError("--requests does not fit", "0 or too many", "use 1 to 4,294,967,294");
  return FittedSynthesizer(model, requests, seed).make();
}

}  // namespace pigou
