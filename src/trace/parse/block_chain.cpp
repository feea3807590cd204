#include "trace/parse/block_chain.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/huge_pages.hpp"
#include "core/random_stream.hpp"

namespace pigou {

void BlockChain::begin_scope() {
  std::fill(flat_.begin(), flat_.end(), Flat{});
  table_.clear();
  hashed_ = 0;
}

void BlockChain::reserve(std::size_t ids) { reserve_huge(flat_, ids); }

void BlockChain::too_many() {
  throw UserError("the trace has more than 4,294,967,294 distinct blocks",
                  "block ids are 32 bits wide", "cut it with workload.head");
}

BlockChain::Hashed& BlockChain::slot(std::uint64_t raw, std::uint32_t predecessor) {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = mix64(raw ^ mix64(predecessor)) & mask;
  while (table_[at].dense != kNoIndex &&
         (table_[at].raw != raw || table_[at].predecessor != predecessor))
    at = (at + 1) & mask;
  return table_[at];
}

void BlockChain::grow_table() {
  std::vector<Hashed> old = std::move(table_);
  table_.assign(std::max<std::size_t>(1024, old.size() * 2), Hashed{});
  for (const Hashed& entry : old)
    if (entry.dense != kNoIndex) slot(entry.raw, entry.predecessor) = entry;
}

std::uint32_t BlockChain::slow_id(std::uint64_t raw, std::uint32_t predecessor) {
  // The flat array follows the ids as long as they stay dense: at most 16 entries for each id
  // seen. Growing it once ids are hashed could shadow one of them, so then it stays.
  if (raw >= flat_.size() && hashed_ == 0 && raw / 16 <= std::uint64_t{next_} + 4096) {
    const auto size = std::max<std::size_t>(flat_.size() * 2, static_cast<std::size_t>(raw) + 1);
    reserve_huge(flat_, size);
    flat_.resize(size);
    flat_[raw] = {next_id(), predecessor};
    return flat_[raw].dense;
  }
  if (table_.empty() || hashed_ * 2 >= table_.size()) grow_table();
  Hashed& entry = slot(raw, predecessor);
  if (entry.dense == kNoIndex) {
    if (raw < flat_.size() && flat_[raw].dense != kNoIndex) ++conflicts_;
    entry = {raw, predecessor, next_id()};
    ++hashed_;
  }
  return entry.dense;
}

}  // namespace pigou
