#include "simulation/record/answers.hpp"

#include <algorithm>
#include <limits>

namespace pigou {
namespace {

std::int32_t index_or_none(std::uint32_t index) {
  return index == kNoIndex ? -1 : static_cast<std::int32_t>(index);
}

/// Instances the answer chooses an entry and a decode side from.
bool places_entry(const Action& action) {
  return action.kind == ActionKind::kPlace || action.kind == ActionKind::kPlacePair;
}
bool places_decode(const Action& action) {
  return action.kind == ActionKind::kPlacePair || action.kind == ActionKind::kPlaceDecode ||
         action.kind == ActionKind::kPrefillLocally;
}

/// Whether a recorded answer is about a request at all.
bool about_request(const Action& action) {
  return action.kind != ActionKind::kSetTimer && action.kind != ActionKind::kReplicatePrefix;
}

/// Of the candidates among instances [first, end), those that share the lowest cost.
std::uint64_t ties_of(const DecisionNote& note, std::uint32_t first, std::uint32_t end) {
  double least = std::numeric_limits<double>::infinity();
  std::uint64_t ties = 0;
  for (const DecisionNote::Candidate& candidate : note.candidates) {
    if (candidate.instance < first || candidate.instance >= end) continue;
    if (candidate.cost < least) ties = 0;
    least = std::min(least, candidate.cost);
    ties += candidate.cost == least ? 1 : 0;
  }
  return ties;
}

}  // namespace

void AnswerWriter::write(const std::vector<Action>& actions, const Requests& requests,
                         const RequestViews& views) {
  bool noted = false;  // what the policy noted of the decision's request is about one answer
  for (const Action& action : actions) {
    if (!about_request(action) || action.slot >= requests.slots()) continue;
    const RequestState& state = requests[action.slot];
    if (state.request == kNoIndex || state.ended) continue;  // it has left: nothing happens
    if (!log_.wants(state.request)) continue;
    const RequestView asked = view_.request();  // a notification may be about one that is gone
    if (action.slot != view_slot_) view_.turn_to(views.of(state.request, view_));
    const auto& others = view_.noted().others;
    const auto other = std::ranges::find(others, action.slot, &DecisionNote::slot);
    if (other != others.end()) {
      write(action, state, *other);
    } else {
      const bool own = !noted && (action.slot == decision_.slot || actions.size() == 1);
      noted = noted || own;
      write(action, state, own ? view_.noted() : DecisionNote{});
    }
    if (action.slot != view_slot_) view_.turn_to(asked);
  }
}

void AnswerWriter::write(const Action& action, const RequestState& state,
                         const DecisionNote& note) {
  DecisionColumns& c = log_.columns();
  const InstanceId entry = places_entry(action) ? action.instance : InstanceId{};
  const InstanceId decode = places_decode(action) ? action.decode_instance : InstanceId{};
  c.request.push_back(state.request);
  c.time_s.push_back(to_seconds(decision_.time));
  c.hook.push_back(static_cast<std::uint8_t>(decision_.hook));
  c.action.push_back(static_cast<std::uint8_t>(action.kind));
  c.attempt.push_back(state.attempt);
  c.replica.push_back(decision_.replica);
  c.instance.push_back(index_or_none(entry));
  c.decode_instance.push_back(index_or_none(decode));
  c.rule.push_back(log_.rule(note.rule));
  c.input_tokens.push_back(state.input);
  c.block_tokens.push_back(view_.request().block_tokens);
  note.candidates.empty() ? write_unsaid(action) : write_candidates(action, note);
  log_.end_row(state.request, action.kind == ActionKind::kPrefillLocally ? decode : entry);
}

void AnswerWriter::write_candidates(const Action& action, const DecisionNote& note) {
  const InstanceId entry = places_entry(action) ? action.instance : InstanceId{};
  // Of a pair the entry side's: its rule is the one that is named.
  const bool second =
      entry == kNoIndex && places_decode(action) && action.decode_instance != kNoIndex;
  const std::uint32_t entries = cluster_.entry_instances();
  log_.columns().ties.push_back(second ? ties_of(note, entries, kNoIndex)
                                       : ties_of(note, 0, entries));
  for (DecisionNote::Candidate candidate : note.candidates) {
    if (candidate.instance == entry && action.believed_tokens >= 0)
      candidate.believed_tokens = action.believed_tokens;
    write_candidate(candidate);
  }
}

/// The policy said nothing: all instances it could have taken.
void AnswerWriter::write_unsaid(const Action& action) {
  constexpr double kUnsaid = std::numeric_limits<double>::quiet_NaN();
  const InstanceId entry = places_entry(action) ? action.instance : InstanceId{};
  log_.columns().ties.push_back(0);
  const bool second = decision_.hook == Hook::kPrefillDone;
  for (InstanceId i{second ? cluster_.entry_instances() : 0}; i < cluster_.instances(); ++i) {
    if (i >= cluster_.entry_instances() && !second && !places_decode(action)) break;
    if (view_.available(i)) write_candidate({i, kUnsaid, i == entry ? action.believed_tokens : -1});
  }
}

/// Tokens of the open request believed cached on a candidate: by the policy itself, or by the view
/// where it is told of that cache; -1: nobody believes anything.
std::int32_t AnswerWriter::belief_of(const DecisionNote::Candidate& candidate) {
  if (candidate.believed_tokens >= 0)
    return static_cast<std::int32_t>(
        std::min<std::int64_t>(candidate.believed_tokens, view_.request().row.input_tokens - 1));
  if (!view_.hears_of(candidate.instance)) return -1;
  return static_cast<std::int32_t>(view_.believed_tokens(candidate.instance));
}

void AnswerWriter::write_candidate(const DecisionNote::Candidate& candidate) {
  DecisionColumns& c = log_.columns();
  const InstanceId instance = candidate.instance;
  const bool entry = instance < cluster_.entry_instances();
  const InstanceColumns books = entry ? view_.entry() : view_.decode();
  const std::uint32_t index = instance - (entry ? 0 : cluster_.entry_instances());
  c.candidate.push_back(static_cast<std::int32_t>(instance));
  c.cost.push_back(candidate.cost);
  c.prefill_tokens.push_back(books.active_prefill_tokens[index]);
  c.active_blocks.push_back(books.active_blocks[index]);
  c.active_requests.push_back(books.active_requests[index]);
  c.believed_tokens.push_back(belief_of(candidate));
  // Evictions a decode run owes are paid now, as any reader of the cache pays them, after the ticks
  // that come before.
  view_.before_change(instance, cluster_, decision_.time, Phase::kFollowUp);
  cluster_.materialise(instance, decision_.time);
  view_.after_engine(instance, cluster_);
  const RequestView& request = view_.request();
  const auto blocks = static_cast<std::uint32_t>((request.row.input_tokens - 1) /
                                                 std::int64_t{request.block_tokens});
  c.cached_tokens.push_back(cluster_.cached_blocks(instance, request.path, blocks, decision_.time) *
                            request.block_tokens);
  const bool scraped = view_.snapshot().active();
  const SeenGauges seen = scraped ? view_.gauges(instance) : SeenGauges{};
  c.seen_running.push_back(scraped ? static_cast<std::int32_t>(seen.running) : -1);
  c.seen_waiting.push_back(scraped ? static_cast<std::int32_t>(seen.waiting) : -1);
  c.seen_kv_usage.push_back(scraped ? seen.kv_usage : std::numeric_limits<double>::quiet_NaN());
  log_.add_declared(candidate.declared, entry);
}

}  // namespace pigou
