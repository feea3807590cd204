// What a hashing router hashes: a prompt's beginning, or the session a request belongs to.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/random_stream.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// Key of the first `tokens` tokens, as the trace knows them: whole trace blocks, at least one. Two
/// prompts that differ only inside their first block have different keys. A prompt without block
/// ids shares its prefix with nobody and is its own key (`number`).
inline std::uint64_t prefix_key(const RequestView& request, std::uint32_t number,
                                std::int64_t tokens) {
  if (request.trace_blocks.empty()) return mix64(~std::uint64_t{number});
  const std::int64_t block = std::max<std::int64_t>(1, request.trace_block_tokens);
  const auto depth = std::min(static_cast<std::size_t>(std::max<std::int64_t>(1, tokens / block)),
                              request.trace_blocks.size());
  std::uint64_t hash = mix64(request.copy);
  for (std::size_t b = 0; b < depth; ++b) hash = mix64(hash ^ (request.trace_blocks[b] + 1ULL));
  return hash;
}

}  // namespace pigou
