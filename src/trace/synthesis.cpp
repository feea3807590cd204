#include "trace/synthesis.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/random.hpp"
#include "trace/open_loop.hpp"

namespace pigou {
namespace {

[[noreturn]] void reject_synth(const std::string& key, const std::string& why,
                               const std::string& suggestion) {
  throw UserError("synth." + key + " does not fit", why, suggestion);
}

/// Draws of one length, each by its own counter.
class LengthDraws {
 public:
  LengthDraws(const LengthModel& model, std::uint64_t seed, std::string_view name)
      : model_(model), draws_(seed, name) {
    if (model.lognormal) mu_ = std::log(model.mean) - model.sigma * model.sigma / 2;
    fixed_ = clamp(model.mean);
  }
  std::uint32_t draw(std::uint64_t entity) const {
    if (!model_.lognormal) return fixed_;
    return clamp(std::exp(mu_ + model_.sigma * draws_.normal(entity)));
  }

 private:
  std::uint32_t clamp(double value) const {
    return static_cast<std::uint32_t>(std::clamp(
        std::nearbyint(value), static_cast<double>(model_.min), static_cast<double>(model_.max)));
  }

  LengthModel model_;
  RandomStream draws_;
  double mu_ = 0;
  std::uint32_t fixed_ = 0;
};

void check_length(const std::string& key, const LengthModel& model) {
  if (!(model.mean >= 0) || model.mean > kMaxTokens || !(model.sigma >= 0) || model.sigma > 10 ||
      model.min > model.max || (model.lognormal && !(model.mean > 0)))
    reject_synth(key, "it is a whole number, or log-normal with mean, sigma and bounds",
                 "use e.g. 2048 or lognormal:1000:0.8:16:8192");
}

void check_synth(const SynthOptions& options) {
  static const std::vector<std::string> words = {"poisson", "constant", "together"};
  if (std::find(words.begin(), words.end(), options.arrivals) == words.end())
    reject_synth("arrivals", "unknown word '" + options.arrivals + "'",
                 suggest_name(options.arrivals, words));
  if (options.requests == 0 || options.requests >= kNoIndex)
    reject_synth("requests", "0 or too many", "use 1 to 4,294,967,294");
  if (!(options.rate > 0) || !std::isfinite(options.rate))
    reject_synth("rate", "it is conversations per second", "use a number above 0");
  check_length("input", options.input);
  check_length("output", options.output);
  check_length("turns", options.turns);
  if (options.turns.max < 1) reject_synth("turns", "a conversation has a turn", "use 1 or more");
  if (!(options.think_s >= 0) || !std::isfinite(options.think_s))
    reject_synth("think_s", "it is a pause in seconds", "use 0 or more");
  if (!(options.token_s >= 0) || !std::isfinite(options.token_s))
    reject_synth("token_s", "it is seconds per generated token", "use 0 or more");
  if (options.system_tokens > 0 && options.groups == 0)
    reject_synth("system_tokens", "there are no groups to share it", "set synth.groups");
  if (options.system_tokens > kMaxTokens)
    reject_synth("system_tokens", "over 100,000,000 tokens", "use fewer");
}

class Synthesizer {
 public:
  explicit Synthesizer(const SynthOptions& options);
  Trace make();

 private:
  bool single_turns() const { return !options_.turns.lognormal && options_.turns.mean < 1.5; }
  SimTime start_of(std::uint64_t conversation);
  void add_conversation(std::uint64_t conversation);
  void add_blocks(std::uint32_t input);
  void begin_history(std::uint64_t conversation);
  void sort_by_time();

  const SynthOptions& options_;
  LengthDraws inputs_, outputs_, turns_;
  RandomStream gaps_, thinks_, groups_;
  Trace trace_;
  double clock_s_ = 0;
  std::vector<std::uint32_t> system_blocks_;  ///< first block id of each group's system prompt
  std::vector<std::uint32_t> history_;        ///< full blocks of the conversation so far
};

Synthesizer::Synthesizer(const SynthOptions& options)
    : options_(options),
      inputs_(options.input, options.seed, "synth.input"),
      outputs_(options.output, options.seed, "synth.output"),
      turns_(options.turns, options.seed, "synth.turns"),
      gaps_(options.seed, "synth.arrivals"),
      thinks_(options.seed, "synth.think"),
      groups_(options.seed, "synth.group") {
  trace_.format = "synthetic";
  trace_.block_tokens = options.block_tokens;
  const std::size_t requests = options.requests;
  for (auto* column : {&trace_.input_tokens, &trace_.output_tokens}) column->reserve(requests);
  trace_.arrival.reserve(requests);
  if (options.block_tokens == 0) return;
  trace_.block_begin.reserve(requests + 1);
  trace_.block_begin.push_back(0);
  const double blocks = (options.input.mean + options.system_tokens) / options.block_tokens + 1;
  trace_.block_ids.reserve(static_cast<std::size_t>(blocks) * requests);
  system_blocks_.assign(options.groups, kNoIndex);
}

SimTime Synthesizer::start_of(std::uint64_t conversation) {
  if (options_.arrivals == "together") return {};
  if (options_.arrivals == "constant")
    return from_seconds(static_cast<double>(conversation) / options_.rate, "the last arrival");
  if (conversation > 0) clock_s_ += gaps_.exponential(conversation) / options_.rate;
  return from_seconds(clock_s_, "the last arrival");
}

/// Takes the full blocks of a drawn group's system prompt; a partial one is each conversation's
/// own, as its second half is.
void Synthesizer::begin_history(std::uint64_t conversation) {
  history_.clear();
  if (options_.groups == 0 || options_.block_tokens == 0) return;
  const std::uint32_t group = groups_.below(options_.groups, conversation);
  const std::uint32_t full = options_.system_tokens / options_.block_tokens;
  if (system_blocks_[group] == kNoIndex) {
    system_blocks_[group] = trace_.distinct_blocks;
    trace_.distinct_blocks += full;
  }
  for (std::uint32_t block = 0; block < full; ++block)
    history_.push_back(system_blocks_[group] + block);
}

void Synthesizer::add_blocks(std::uint32_t input) {
  const std::uint32_t size = options_.block_tokens;
  const std::size_t full = input / size;
  if (trace_.distinct_blocks > kNoIndex - 1 - full)
    reject_synth("requests", "over 4,294,967,294 distinct blocks", "use fewer or shorter ones");
  while (history_.size() < full) history_.push_back(trace_.distinct_blocks++);
  trace_.block_ids.insert(trace_.block_ids.end(), history_.begin(),
                          history_.begin() + static_cast<std::ptrdiff_t>(full));
  if (input % size != 0) trace_.block_ids.push_back(trace_.distinct_blocks++);
  trace_.block_begin.push_back(trace_.block_ids.size());
}

void Synthesizer::add_conversation(std::uint64_t conversation) {
  const bool sessions = !single_turns();
  const SimTime start = start_of(conversation);
  const std::uint32_t turns = sessions ? std::max(1U, turns_.draw(conversation)) : 1;
  const auto first = static_cast<std::uint32_t>(trace_.rows());
  std::uint64_t context = options_.system_tokens;
  SimTime time;
  if (options_.block_tokens != 0) begin_history(conversation);
  for (std::uint32_t turn = 0; turn < turns && trace_.rows() < options_.requests; ++turn) {
    const auto row = static_cast<std::uint32_t>(trace_.rows());
    context += inputs_.draw(row);
    if (context > kMaxTokens) break;  // a conversation ends where no model could go on
    const std::uint32_t output = outputs_.draw(row);
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
    if (options_.block_tokens != 0) add_blocks(static_cast<std::uint32_t>(context));
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
  for (std::uint64_t conversation = 0; trace_.rows() < options_.requests; ++conversation)
    add_conversation(conversation);
  if (!trace_.closed_loop()) sort_by_time();
  return std::move(trace_);
}

}  // namespace

Trace synthesize_trace(const SynthOptions& options) {
  check_synth(options);
  return Synthesizer(options).make();
}

}  // namespace pigou
