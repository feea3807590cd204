#include "trace/synthesis/from_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "core/stop.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {
namespace {

[[noreturn]] void reject_synth(const std::string& key, const std::string& why,
                               const std::string& suggestion) {
  throw UserError("synth." + key + " does not fit", why, suggestion);
}

void check_prefixes(const SynthOptions& options) {
  if (!options.tree.empty() && (options.groups > 0 || options.system_tokens > 0))
    reject_synth("tree", "groups and system_tokens are a tree of one level", "keep one of them");
  if (options.system_tokens > 0 && options.groups == 0)
    reject_synth("system_tokens", "there are no groups to share it", "set synth.groups");
  if (options.system_tokens > kMaxTokens)
    reject_synth("system_tokens", "over 100,000,000 tokens", "use fewer");
  const bool shared = options.groups > 0 || !options.tree.empty();
  if (!(options.zipf >= 0 && options.zipf <= 10) || (options.zipf > 0 && !shared))
    reject_synth("zipf", "it is the exponent of the groups' popularity", "use 0 to 10 with groups");
  if (options.group_prompts > 0 && !shared)
    reject_synth("group_prompts", "there are no groups to have them", "set synth.groups");
  if (options.group_prompts > 10'000'000)
    reject_synth("group_prompts", "over 10,000,000 in each group", "use fewer");
}

void check_synth(const SynthOptions& options) {
  if (options.requests == 0 || options.requests >= kNoIndex)
    reject_synth("requests", "0 or too many", "use 1 to 4,294,967,294");
  check_arrivals(options.arrivals, "synth.");
  check_length("synth.input", options.input);
  check_length("synth.output", options.output);
  check_length("synth.turns", options.turns);
  if (!(options.correlation > -1 && options.correlation < 1))
    reject_synth("correlation", "it is that of input and output", "use a number within -1 and 1");
  if (options.turns.max < 1) reject_synth("turns", "a conversation has a turn", "use 1 or more");
  if (!(options.think_s >= 0) || !std::isfinite(options.think_s))
    reject_synth("think_s", "it is a pause in seconds", "use 0 or more");
  if (!(options.token_s >= 0) || !std::isfinite(options.token_s))
    reject_synth("token_s", "it is seconds per generated token", "use 0 or more");
  check_prefixes(options);
}

constexpr std::uint64_t kRepeated = std::uint64_t{1} << 40;  // entities above every row

class Synthesizer {
 public:
  explicit Synthesizer(const SynthOptions& options);
  Trace make();

 private:
  /// The first turn of a conversation may be one that others had too: number `question` of its
  /// group's, whose lengths are drawn by that number and whose blocks are `first_id` on.
  struct Question {
    std::uint32_t first_id = kNoIndex;
    std::uint64_t number = 0;
  };

  bool single_turns() const { return options_.turns.fixed() && options_.turns.mean < 1.5; }
  void add_conversation(std::uint64_t conversation);
  void add_blocks(std::uint32_t input, Question* question);
  Question* begin_history(std::uint64_t conversation);
  std::uint32_t draw_output(std::uint64_t entity) const;
  void check_ids(std::uint64_t more) const;
  void sort_by_time();

  const SynthOptions& options_;
  LengthDraws inputs_, outputs_, turns_;
  ArrivalStream starts_;
  RandomStream thinks_, questions_;
  PrefixModel prefixes_;
  Trace trace_;
  std::unordered_map<std::uint64_t, Question> asked_;  ///< by number, when groups repeat them
  std::vector<std::uint32_t> history_;                 ///< full blocks of the conversation so far
};

Synthesizer::Synthesizer(const SynthOptions& options)
    : options_(options),
      inputs_(options.input, options.seed, "synth.input"),
      outputs_(options.output, options.seed, "synth.output"),
      turns_(options.turns, options.seed, "synth.turns"),
      starts_(options.arrivals, options.seed, "synth.arrivals"),
      thinks_(options.seed, "synth.think"),
      questions_(options.seed, "synth.question") {
  std::vector<PrefixLevel> levels = options.tree;
  if (options.groups > 0) levels = {{options.groups, options.system_tokens}};
  prefixes_ = PrefixModel(levels, options.zipf, options.block_tokens, options.seed);
  trace_.format = "synthetic";
  trace_.block_tokens = options.block_tokens;
  const std::size_t requests = options.requests;
  for (auto* column : {&trace_.input_tokens, &trace_.output_tokens}) column->reserve(requests);
  trace_.arrival.reserve(requests);
  if (options.block_tokens == 0) return;
  trace_.block_begin.reserve(requests + 1);
  trace_.block_begin.push_back(0);
  const double blocks = (options.input.mean + prefixes_.tokens()) / options.block_tokens + 1;
  trace_.block_ids.reserve(static_cast<std::size_t>(blocks) * requests);
}

/// Takes the full blocks of a drawn group's system prompt; a partial one is each conversation's
/// own, as its second half is. Returns the question it opens with where groups repeat theirs.
Synthesizer::Question* Synthesizer::begin_history(std::uint64_t conversation) {
  history_.clear();
  if (prefixes_.leaves() == 0) return nullptr;
  const std::uint32_t group = prefixes_.choose(conversation);
  if (options_.block_tokens != 0) {
    check_ids(prefixes_.tokens() / options_.block_tokens);
    prefixes_.append(group, history_, trace_.distinct_blocks);
  }
  if (options_.group_prompts == 0) return nullptr;
  const std::uint64_t number = std::uint64_t{group} * options_.group_prompts +
                               questions_.below(options_.group_prompts, conversation);
  Question& question = asked_[number];
  question.number = number;
  return &question;
}

void Synthesizer::check_ids(std::uint64_t more) const {
  if (trace_.distinct_blocks > kNoIndex - 1 - more)
    reject_synth("requests", "over 4,294,967,294 distinct blocks", "use fewer or shorter ones");
}

void Synthesizer::add_blocks(std::uint32_t input, Question* question) {
  const std::uint32_t size = options_.block_tokens;
  const std::size_t full = input / size;
  check_ids(full);
  if (question != nullptr && question->first_id == kNoIndex) {
    question->first_id = trace_.distinct_blocks;
    trace_.distinct_blocks += static_cast<std::uint32_t>(full - std::min(full, history_.size())) +
                              (input % size != 0 ? 1 : 0);
  }
  std::uint32_t asked = question == nullptr ? 0 : question->first_id;
  while (history_.size() < full)
    history_.push_back(question == nullptr ? trace_.distinct_blocks++ : asked++);
  trace_.block_ids.insert(trace_.block_ids.end(), history_.begin(),
                          history_.begin() + static_cast<std::ptrdiff_t>(full));
  if (input % size != 0)
    trace_.block_ids.push_back(question == nullptr ? trace_.distinct_blocks++ : asked);
  trace_.block_begin.push_back(trace_.block_ids.size());
}

std::uint32_t Synthesizer::draw_output(std::uint64_t entity) const {
  if (options_.correlation == 0) return outputs_.draw(entity);
  return outputs_.draw(entity, options_.correlation, inputs_.normal(entity));
}

void Synthesizer::add_conversation(std::uint64_t conversation) {
  const bool sessions = !single_turns();
  const SimTime start = from_seconds(starts_.next_s(), "the last arrival");
  const std::uint32_t turns = sessions ? std::max(1U, turns_.draw(conversation)) : 1;
  const auto first = static_cast<std::uint32_t>(trace_.rows());
  std::uint64_t context = prefixes_.tokens();
  SimTime time;
  Question* question = begin_history(conversation);
  for (std::uint32_t turn = 0; turn < turns && trace_.rows() < options_.requests; ++turn) {
    const auto row = static_cast<std::uint32_t>(trace_.rows());
    // Questions that are repeated are drawn apart from all others.
    const std::uint64_t entity = question == nullptr ? row : kRepeated + question->number;
    context += inputs_.draw(entity);
    if (context > kMaxTokens) break;  // a conversation ends where no model could go on
    const std::uint32_t output = draw_output(entity);
    SimTime think;
    if (turn > 0 && options_.think_s > 0)
      think = from_seconds(options_.think_s * thinks_.exponential(row), "synth.think_s");
    if (turn > 0)
      time = checked_add(
          time + think,
          from_seconds(options_.token_s * trace_.output_tokens[row - 1], "synth.token_s"),
          "the synthetic trace");
    trace_.input_tokens.push_back(static_cast<std::uint32_t>(context));
    trace_.output_tokens.push_back(output);
    if (options_.block_tokens != 0) add_blocks(static_cast<std::uint32_t>(context), question);
    question = nullptr;
    const bool lane = sessions && options_.closed_loop;
    trace_.arrival.push_back(lane ? time : checked_add(start, time, "the synthetic trace"));
    if (lane) trace_.think.push_back(think);
    if (sessions) trace_.previous_turn.push_back(turn > 0 ? row - 1 : kNoIndex);
    context += output;
  }
  const auto end = static_cast<std::uint32_t>(trace_.rows());
  if (end == first)
    reject_synth("input", "a prompt passes 100,000,000 tokens", "use shorter prompts");
  if (!sessions || !options_.closed_loop) return;
  trace_.lanes.push_back({first, end, trace_.sessions++, kNoIndex});
  trace_.session_arrival.push_back(start);
}

void Synthesizer::sort_by_time() {
  if (std::is_sorted(trace_.arrival.begin(), trace_.arrival.end())) return;
  std::vector<std::uint32_t> order(trace_.rows());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    return trace_.arrival[a] < trace_.arrival[b];
  });
  trace_ = select_open_rows(trace_, order);
}

Trace Synthesizer::make() {
  for (std::uint64_t conversation = 0; trace_.rows() < options_.requests; ++conversation) {
    stop_if_asked();
    add_conversation(conversation);
  }
  if (!trace_.closed_loop()) sort_by_time();
  return std::move(trace_);
}

}  // namespace

Trace synthesize_trace(const SynthOptions& options) {
  check_synth(options);
  return Synthesizer(options).make();
}

}  // namespace pigou
