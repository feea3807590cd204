// Synthesis options as text, for scenarios and the command line.
#include <charconv>
#include <functional>
#include <utility>

#include "core/error.hpp"
#include "trace/synthesis.hpp"

namespace pigou {
namespace {

[[noreturn]] void reject_text(const std::string& key, const std::string& value,
                              const std::string& suggestion) {
  throw UserError("synth." + key + " cannot be '" + value + "'", "not of the right form",
                  suggestion);
}

template <class Number>
bool parse_number(std::string_view text, Number& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  return code == std::errc{} && stop == end && !text.empty();
}

template <class Number>
void set_number(const std::string& key, const std::string& text, Number& value) {
  if (!parse_number(text, value)) reject_text(key, text, "use a number of 0 or more");
}

std::vector<std::string_view> split_colons(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

void set_length(const std::string& key, const std::string& text, LengthModel& model) {
  const auto parts = split_colons(text);
  LengthModel parsed;
  bool good = false;
  if (parts.size() == 1) {
    std::uint32_t length = 0;
    good = parse_number(parts[0], length);
    parsed.mean = length;
    parsed.min = 0;
  } else if (parts[0] == "lognormal" && (parts.size() == 3 || parts.size() == 5)) {
    parsed.lognormal = true;
    good = parse_number(parts[1], parsed.mean) && parse_number(parts[2], parsed.sigma);
    if (parts.size() == 5)
      good = good && parse_number(parts[3], parsed.min) && parse_number(parts[4], parsed.max);
  }
  if (!good) reject_text(key, text, "use e.g. 2048 or lognormal:1000:0.8:16:8192");
  model = parsed;
}

void set_flag(const std::string& key, const std::string& text, bool& flag) {
  if (text != "true" && text != "false") reject_text(key, text, "use true or false");
  flag = text == "true";
}

}  // namespace

const std::vector<std::string>& synth_option_names() {
  static const std::vector<std::string> names = {
      "requests", "arrivals", "rate",        "input",   "output",       "groups", "system_tokens",
      "turns",    "think_s",  "closed_loop", "token_s", "block_tokens", "seed"};
  return names;
}

void set_synth_option(SynthOptions& options, const std::string& key, const std::string& value) {
  if (key == "requests")
    set_number(key, value, options.requests);
  else if (key == "arrivals")
    options.arrivals = value;
  else if (key == "rate")
    set_number(key, value, options.rate);
  else if (key == "input")
    set_length(key, value, options.input);
  else if (key == "output")
    set_length(key, value, options.output);
  else if (key == "groups")
    set_number(key, value, options.groups);
  else if (key == "system_tokens")
    set_number(key, value, options.system_tokens);
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
