#include "trace/synthesis/fitted/draft.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numeric>
#include <queue>

namespace pigou {
namespace {

struct Part {
  double rho;
  double z;
};

/// A standard normal value that has correlation rho with each part, as far as all of them can.
double mix(std::initializer_list<Part> parts, double fresh) {
  double sum = 0, squares = 0;
  for (const Part& part : parts) {
    sum += part.rho * part.z;
    squares += part.rho * part.rho;
  }
  constexpr double kMost = 0.97;
  if (squares > kMost) {
    sum *= std::sqrt(kMost / squares);
    squares = kMost;
  }
  return sum + std::sqrt(1 - squares) * fresh;
}

/// The values of a column replaced by those of `law` in the same order: the column keeps its
/// ranks and takes the law's distribution, whatever the draw (Iman and Conover 1982).
template <class Get, class Set>
void map_by_rank(std::vector<DraftRow>& rows, const QuantileTable& law, Get get, Set set) {
  std::vector<std::pair<double, std::uint32_t>> order(rows.size());
  for (std::uint32_t row = 0; row < rows.size(); ++row) order[row] = {get(rows[row]), row};
  std::sort(order.begin(), order.end());
  const double share = 1 / static_cast<double>(rows.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank)
    set(rows[order[rank].second],
        std::nearbyint(law.at((static_cast<double>(rank) + 0.5) * share)));
}

}  // namespace

FittedDraft::FittedDraft(const FittedModel& model, std::uint64_t requests, std::uint64_t seed,
                         const std::vector<SimTime>& times)
    : model_(model),
      times_(times),
      rows_(requests),
      first_(seed, "like.first"),
      output_(seed, "like.output"),
      added_(seed, "like.added"),
      gap_(seed, "like.gap"),
      keep_(seed, "like.keep"),
      follow_(seed, "like.follow"),
      trim_(seed, "like.trim"),
      kept_share_(seed, "like.kept-share"),
      opening_(seed, "like.opening") {}

double FittedDraft::draw(double shift) {
  shift_ = shift;
  openings_.clear();
  if (model_.closed_loop)
    draw_closed();
  else
    draw_open();
  map_lengths();
  keep_growth();
  return share_blocks();
}

/// Each arrival continues the conversation whose pause ran out first, or begins a new one.
void FittedDraft::draw_open() {
  struct Due {
    double time_s;
    std::uint32_t row;
    double gap_s;
    bool operator>(const Due& other) const {
      return time_s != other.time_s ? time_s > other.time_s : row > other.row;
    }
  };
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
  for (std::uint32_t row = 0; row < rows_.size(); ++row) {
    const double now_s = to_seconds(times_[row]);
    if (!due.empty() && due.top().time_s <= now_s) {
      const Due next = due.top();
      due.pop();
      go_on(row, next.row, next.gap_s);
    } else {
      begin(row);
    }
    double gap_s = 0;
    if (followed(row, gap_s)) due.push({now_s + gap_s, row, gap_s});
  }
}

void FittedDraft::draw_closed() {
  bool follows = false;
  double gap_s = 0;
  for (std::uint32_t row = 0; row < rows_.size(); ++row) {
    if (follows)
      go_on(row, row - 1, gap_s);
    else
      begin(row);
    follows = followed(row, gap_s);
  }
}

void FittedDraft::begin(std::uint32_t row) {
  DraftRow& out = rows_[row];
  out = {};
  out.conversation = static_cast<std::uint32_t>(openings_.size());
  double left = opening_.uniform(out.conversation);
  std::uint32_t opening = 0;
  while (opening < model_.openings.size() && left >= model_.openings[opening].share)
    left -= model_.openings[opening++].share;
  openings_.push_back(opening < model_.openings.size() ? opening : kNoIndex);
  const double z = first_.normal(out.conversation);
  out.input = model_.first_input.at(normal_share(z));
  out.z_output = static_cast<float>(
      mix({{model_.correlation.input_output, z}}, output_.normal(out.conversation)));
  out.z_added = static_cast<float>(added_.normal(out.conversation));
  out.output = model_.output.at(normal_share(out.z_output));
}

void FittedDraft::go_on(std::uint32_t row, std::uint32_t before, double gap_s) {
  const DraftRow& from = rows_[before];
  const auto& rho = model_.correlation;
  DraftRow out;
  out.before = before;
  out.conversation = from.conversation;
  out.turn = from.turn + 1;
  out.gap_s = gap_s;
  out.z_gap = from.z_next_gap;
  const double fresh = added_.normal(out.conversation, out.turn);
  out.z_output = static_cast<float>(
      mix({{rho.output_turns, from.z_output}}, output_.normal(out.conversation, out.turn)));
  out.z_added =
      static_cast<float>(mix({{rho.added_turns, from.z_added}, {rho.gap_added, out.z_gap}}, fresh));
  out.output = model_.output.at(normal_share(out.z_output));
  const double trimmed =
      model_.trim.chance(static_cast<std::size_t>(from.kind), input_bucket(model_, from.input));
  if (trim_.uniform(out.conversation, out.turn) < trimmed && !model_.trimmed_input.empty()) {
    out.kind = TurnKind::kTrimmed;
    const double share = model_.trimmed_input.share_of(from.input);
    const double z = normal_quantile(std::clamp(share, 1e-4, 1 - 1e-4));
    out.input = model_.trimmed_input.at(normal_share(mix({{rho.trimmed_input, z}}, fresh)));
  } else {
    out.kind = TurnKind::kExtended;
    out.keeps_answer = keep_.uniform(out.conversation, out.turn) < model_.answer_kept;
    out.input = from.input + (out.keeps_answer ? from.output : 0) +
                model_.added.at(normal_share(out.z_added));
  }
  rows_[row] = out;
}

bool FittedDraft::followed(std::uint32_t row, double& gap_s) {
  DraftRow& out = rows_[row];
  // What is no longer than its opening cannot be seen to continue anything: the fit saw it begin.
  if (!model_.closed_loop && model_.block_tokens != 0 &&
      full_blocks(out.input) <= opening_blocks(out))
    return false;
  const double chance =
      model_.follow.chance(turn_bucket(out.turn), input_bucket(model_, out.input), shift_);
  if (follow_.uniform(out.conversation, out.turn) >= chance) return false;
  const double share = std::clamp(model_.input.share_of(out.input), 1e-4, 1 - 1e-4);
  const auto& rho = model_.correlation;
  const double z_input = rho.gap_input == 0 ? 0 : normal_quantile(share);
  const double fresh = gap_.normal(out.conversation, out.turn);
  const double before = out.turn > 0 ? rho.gap_turns : 0;
  out.z_next_gap = static_cast<float>(mix({{before, out.z_gap}, {rho.gap_input, z_input}}, fresh));
  gap_s = model_.gap_s.at(normal_share(out.z_next_gap));
  return true;
}

void FittedDraft::map_lengths() {
  map_by_rank(
      rows_, model_.output, [](const DraftRow& row) { return static_cast<double>(row.z_output); },
      [](DraftRow& row, double value) { row.output = value; });
  map_by_rank(
      rows_, model_.input, [](const DraftRow& row) { return row.input; },
      [](DraftRow& row, double value) { row.input = value; });
}

/// Mapped by rank, an extended prompt may have lost some of what it repeats.
void FittedDraft::keep_growth() {
  const double most = model_.input.max();
  for (DraftRow& row : rows_) {
    if (row.kind != TurnKind::kExtended) continue;
    const DraftRow& from = rows_[row.before];
    const double least = from.input + (row.keeps_answer ? from.output : 0);
    row.input = std::min(std::max(row.input, least), most);
    row.keeps_answer = row.keeps_answer && row.input >= least;
  }
}

double FittedDraft::share_blocks() {
  double repeated = 0, all = 0;
  for (DraftRow& row : rows_) {
    all += named_blocks(row.input);
    if (model_.block_tokens == 0) continue;
    std::uint32_t most = full_blocks(row.input);
    row.shared = std::min(opening_blocks(row), most);
    if (row.kind != TurnKind::kFirst) {
      most = std::min(most, full_blocks(rows_[row.before].input));
      const double kept =
          row.kind == TurnKind::kExtended
              ? 1
              : model_.trimmed_share.at(kept_share_.uniform(row.conversation, row.turn));
      row.shared = std::min(most, std::max(row.shared, static_cast<std::uint32_t>(std::nearbyint(
                                                           kept * static_cast<double>(most)))));
    }
    repeated += row.shared;
  }
  return all > 0 ? repeated / all : 0;
}

std::uint32_t FittedDraft::opening_blocks(const DraftRow& row) const {
  const std::uint32_t opening = openings_[row.conversation];
  return opening == kNoIndex ? 0 : model_.openings[opening].blocks;
}

std::uint32_t FittedDraft::full_blocks(double input) const {
  return static_cast<std::uint32_t>(input / model_.block_tokens);
}

std::uint32_t FittedDraft::named_blocks(double input) const {
  if (model_.block_tokens == 0) return 0;
  const double blocks = input / model_.block_tokens;
  return static_cast<std::uint32_t>(model_.partial_block_ids ? std::ceil(blocks) : blocks);
}

}  // namespace pigou
