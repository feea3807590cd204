// Synthesis options as text, for scenarios and the command line.
#include <string_view>

#include "core/error.hpp"
#include "core/parse_number.hpp"
#include "trace/synthesis/from_numbers.hpp"

namespace pigou {
namespace {

[[noreturn]] void reject_text(const std::string& key, const std::string& value,
                              const std::string& suggestion) {
  throw UserError("synth." + key + " cannot be '" + value + "'", "not of the right form",
                  suggestion);
}

template <class Number>
void set_number(const std::string& key, const std::string& text, Number& value) {
  if (!parse_number(text, value)) reject_text(key, text, "use a number of 0 or more");
}

void set_length(const std::string& key, const std::string& text, LengthModel& model) {
  if (!parse_length(text, model))
    reject_text(key, text, "use e.g. 2048, lognormal:1000:0.8:16:8192 or histogram:FILE");
}

void set_flag(const std::string& key, const std::string& text, bool& flag) {
  if (text != "true" && text != "false") reject_text(key, text, "use true or false");
  flag = text == "true";
}

/// Keys of the arrivals; false for others.
bool set_arrival_option(ArrivalModel& arrivals, const std::string& key, const std::string& value) {
  if (key == "arrivals")
    arrivals.family = value;
  else if (key == "rate")
    set_number(key, value, arrivals.rate);
  else if (key == "cv")
    set_number(key, value, arrivals.cv);
  else if (key == "on_s")
    set_number(key, value, arrivals.on_s);
  else if (key == "off_s")
    set_number(key, value, arrivals.off_s);
  else if (key == "period_s")
    set_number(key, value, arrivals.period_s);
  else if (key == "amplitude")
    set_number(key, value, arrivals.amplitude);
  else if (key == "rate_file")
    arrivals.series = read_rate_series(value);
  else
    return false;
  return true;
}

/// Keys of what conversations share; false for others.
bool set_prefix_option(SynthOptions& options, const std::string& key, const std::string& value) {
  if (key == "groups")
    set_number(key, value, options.groups);
  else if (key == "system_tokens")
    set_number(key, value, options.system_tokens);
  else if (key == "zipf")
    set_number(key, value, options.zipf);
  else if (key == "group_prompts")
    set_number(key, value, options.group_prompts);
  else if (key != "tree")
    return false;
  else if (!parse_prefix_tree(value, options.tree))
    reject_text(key, value, "use FAN_OUTxTOKENS per level, e.g. 4x1024:8x512");
  return true;
}

}  // namespace

const std::vector<std::string>& synth_option_names() {
  static const std::vector<std::string> names = {
      "requests", "arrivals",      "rate",      "cv",           "on_s",          "off_s",
      "period_s", "amplitude",     "rate_file", "input",        "output",        "correlation",
      "groups",   "system_tokens", "tree",      "zipf",         "group_prompts", "turns",
      "think_s",  "closed_loop",   "token_s",   "block_tokens", "seed"};
  return names;
}

std::size_t named_file_at(const std::string& key, const std::string& value) {
  constexpr std::string_view kHistogram = "histogram:";
  if (key == "rate_file") return 0;
  return value.starts_with(kHistogram) ? kHistogram.size() : std::string::npos;
}

void set_synth_option(SynthOptions& options, const std::string& key, const std::string& value) {
  if (set_arrival_option(options.arrivals, key, value)) return;
  if (set_prefix_option(options, key, value)) return;
  if (key == "requests")
    set_number(key, value, options.requests);
  else if (key == "input")
    set_length(key, value, options.input);
  else if (key == "output")
    set_length(key, value, options.output);
  else if (key == "correlation")
    set_number(key, value, options.correlation);
  else if (key == "turns")
    set_length(key, value, options.turns);
  else if (key == "think_s")
    set_number(key, value, options.think_s);
  else if (key == "closed_loop")
    set_flag(key, value, options.closed_loop);
  else if (key == "token_s")
    set_number(key, value, options.token_s);
  else if (key == "block_tokens")
    set_number(key, value, options.block_tokens);
  else if (key == "seed")
    set_number(key, value, options.seed);
  else
    throw UserError("unknown key 'synth." + key + "'", "not an option of synthetic traces",
                    suggest_name(key, synth_option_names()));
}

}  // namespace pigou
