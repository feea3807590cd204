#include "routing/llm_d/prompt_chunks.hpp"

#include <algorithm>

#include "core/random_stream.hpp"
#include "routing/llm_d/prefix_index.hpp"

namespace pigou {

namespace {

constexpr std::uint64_t kOwn = std::uint64_t{1} << 63;  // no id of the trace has this bit

/// What of a chunk tells it from others behind the same beginning: a block of the trace, or whose
/// own it is, and its tokens, which are below 2^31.
std::uint64_t label(std::uint64_t id, std::int64_t tokens) {
  return id ^ static_cast<std::uint64_t>(tokens) << 32;
}

}  // namespace

/// The memory that the index will read is asked for while other hashes are computed.
void EppPromptChunks::push(std::uint64_t hash, std::int64_t blocks, const EppPrefixIndex& index) {
  index.prefetch(hash);
  chunks_.push_back({hash, static_cast<std::int32_t>(blocks)});
}

/// Whole blocks fit into a block of the trace: each of those is a chunk.
void EppPromptChunks::compute_aligned(const RequestView& request, std::uint32_t number,
                                      std::int64_t block_tokens, const EppPrefixIndex& index) {
  const std::int64_t input = request.row.input_tokens;
  const std::int64_t trace_block = request.trace_block_tokens;
  const std::int64_t in_each = trace_block / block_tokens;
  std::uint64_t hash = mix64(request.copy + 1ULL);
  std::int64_t done = 0;
  const auto add = [&](std::uint64_t id, std::int64_t next) {
    const std::int64_t end = std::min(next * block_tokens, input);
    hash = mix64(hash ^ label(id, end - done * block_tokens));
    push(hash, next - done, index);
    done = next;
  };
  std::int64_t trace_end = 0;
  for (const std::uint32_t id : request.trace_blocks) {
    if (done >= blocks_) return;
    trace_end += trace_block;
    add(id, input <= trace_end ? blocks_ : std::min(blocks_, done + in_each));
  }
  if (done < blocks_) add(kOwn | number, blocks_);
}

void EppPromptChunks::compute(const RequestView& request, std::uint32_t number,
                              std::int64_t block_tokens, std::int64_t max_tokens, bool partial,
                              const EppPrefixIndex& index) {
  chunks_.clear();
  const std::int64_t input = request.row.input_tokens;
  blocks_ = (partial ? input + block_tokens - 1 : input) / block_tokens;
  if (max_tokens > 0) blocks_ = std::min(blocks_, max_tokens / block_tokens);
  const auto named = static_cast<std::int64_t>(request.trace_blocks.size());
  const std::int64_t trace_block = request.trace_block_tokens;
  if (trace_block > 0 && trace_block % block_tokens == 0)
    return compute_aligned(request, number, block_tokens, index);
  const auto trace_index = [&](std::int64_t token) {
    return trace_block > 0 ? std::min(token / trace_block, named) : named;  // named: no id
  };
  std::uint64_t hash = mix64(request.copy + 1ULL);
  for (std::int64_t k = 0; k < blocks_;) {
    const std::int64_t begin = k * block_tokens;
    const std::int64_t first = trace_index(begin);
    std::int64_t last = trace_index(std::min(begin + block_tokens, input) - 1);
    std::int64_t next = k + 1;
    if (first == last) {  // those after it that end in the same block of the trace, or in none
      const std::int64_t trace_end = (first + 1) * trace_block;
      const bool all = first == named || input <= trace_end;
      next = all ? blocks_ : std::min(blocks_, trace_end / block_tokens);
    }
    const std::int64_t end = std::min(next * block_tokens, input);
    for (std::int64_t t = first; t <= last; ++t) {
      const bool has_id = t < named;
      const std::uint64_t id =
          has_id ? request.trace_blocks[static_cast<std::size_t>(t)] : kOwn | number;
      hash = mix64(hash ^ label(id, t == first ? end - begin : 0));
    }
    push(hash, next - k, index);
    k = next;
  }
}

}  // namespace pigou
