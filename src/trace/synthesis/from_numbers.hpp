// Traces made from a few numbers instead of a recording.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/synthesis/arrival_process.hpp"
#include "trace/synthesis/length_model.hpp"
#include "trace/synthesis/prefix_model.hpp"
#include "trace/trace.hpp"

namespace pigou {

/// Every conversation has a group's system prompt, then per turn `input` new tokens; a turn's
/// prompt repeats all prompts and answers before it. The defaults are single prompts that share
/// nothing. Block ids follow the Mooncake rule: a partial last block has an id of its own.
struct SynthOptions {
  std::uint64_t requests = 1000;    ///< the last conversation is cut to hit it exactly
  ArrivalModel arrivals{};          ///< of conversations
  LengthModel input{.mean = 2048};  ///< new tokens of each turn, without the system prompt
  LengthModel output{.mean = 200};
  double correlation = 0;            ///< of input and output, a Gaussian copula's
  std::uint32_t groups = 0;          ///< system prompts to draw from; 0: none
  std::uint32_t system_tokens = 0;   ///< length of each
  std::vector<PrefixLevel> tree{};   ///< instead of groups: system prompts that share beginnings
  double zipf = 0;                   ///< exponent of their popularity; 0: all alike
  std::uint32_t group_prompts = 0;   ///< first questions of each group; 0: all are new
  LengthModel turns{};               ///< of each conversation
  double think_s = 0;                ///< mean of the exponential pause between turns
  bool closed_loop = true;           ///< conversations wait for answers; false: times are fixed
  double token_s = 0.02;             ///< fixed times: seconds per generated token assumed
  std::uint32_t block_tokens = 512;  ///< 0: no block ids
  std::uint64_t seed = 1;
};

/// Sets one option from text: a number, a word, or for lengths "2048" or
/// "lognormal:MEAN:SIGMA[:MIN:MAX]". Throws UserError naming the nearest key or the right form.
void set_synth_option(SynthOptions& options, const std::string& key, const std::string& value);
/// Where in the value of such a key the name of a file begins; npos: it names none.
std::size_t named_file_at(const std::string& key, const std::string& value);
const std::vector<std::string>& synth_option_names();

/// Makes the trace: open loop when conversations have one turn or times are fixed, else one lane
/// per conversation with its start in session_arrival. Deterministic in the options.
Trace synthesize_trace(const SynthOptions& options);

}  // namespace pigou
