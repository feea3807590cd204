#include "trace/statistics/turn_chain.hpp"

#include <algorithm>

namespace pigou {
namespace {

/// The openings of a trace and, per block, which one it ends.
class Openings {
 public:
  Openings(const Trace& trace, TurnChains& out) : trace_(trace), out_(out) {
    if (trace.block_tokens == 0 || trace.closed_loop()) return;
    count();
    for (std::uint32_t row = 0; row < trace.rows(); ++row) mark(row);
  }

  /// Of the row: number of its deepest opening, or kNoIndex.
  std::uint32_t of(std::uint32_t row) const {
    std::uint32_t deepest = kNoIndex;
    if (ends_.empty()) return deepest;
    for (const std::uint32_t id : trace_.blocks(row)) {
      if (uses_[id] < least_) break;
      if (ends_[id] != kNoIndex) deepest = ends_[id];
    }
    return deepest;
  }

 private:
  void count() {
    least_ = std::max<std::uint64_t>(20, trace_.rows() / 100);
    uses_.assign(trace_.distinct_blocks, 0);
    ways_.assign(trace_.distinct_blocks, 0);
    ends_.assign(trace_.distinct_blocks, kNoIndex);
    for (std::uint32_t row = 0; row < trace_.rows(); ++row) {
      std::uint32_t before = kNoIndex;
      for (const std::uint32_t id : trace_.blocks(row)) {
        if (uses_[id]++ == 0 && before != kNoIndex) ++ways_[before];
        before = id;
      }
    }
  }

  void mark(std::uint32_t row) {
    std::uint32_t inside = kNoIndex;
    std::uint32_t depth = 0;
    for (const std::uint32_t id : trace_.blocks(row)) {
      if (uses_[id] < least_) return;
      ++depth;
      if (ends_[id] == kNoIndex && ways_[id] >= 8 && ways_[id] * 10 >= uses_[id]) {
        ends_[id] = static_cast<std::uint32_t>(out_.openings.size());
        out_.openings.push_back({depth, inside, 0});
      }
      if (ends_[id] != kNoIndex) inside = ends_[id];
    }
  }

  const Trace& trace_;
  TurnChains& out_;
  std::uint64_t least_ = 0;
  std::vector<std::uint32_t> uses_;
  std::vector<std::uint32_t> ways_;  ///< distinct blocks met right behind
  std::vector<std::uint32_t> ends_;  ///< opening that ends with the block
};

class ChainFinder {
 public:
  explicit ChainFinder(const Trace& trace) : trace_(trace), openings_(trace, out_) {
    const std::size_t rows = trace.rows();
    out_.before.assign(rows, kNoIndex);
    out_.kind.assign(rows, TurnKind::kFirst);
    out_.turn.assign(rows, 0);
    out_.shared.assign(rows, 0);
    out_.followed.assign(rows, 0);
  }

  TurnChains find() {
    if (trace_.closed_loop()) {
      for (const Trace::Lane& lane : trace_.lanes)
        for (std::uint32_t row = lane.first_row + 1; row < lane.end_row; ++row)
          out_.before[row] = row - 1;
      for (std::uint32_t row = 0; row < trace_.rows(); ++row) share_with_before(row);
    } else if (trace_.block_tokens != 0) {
      find_users();
    } else if (!trace_.previous_turn.empty()) {
      out_.before = trace_.previous_turn;
    }
    for (std::uint32_t row = 0; row < trace_.rows(); ++row) judge(row);
    return std::move(out_);
  }

 private:
  void share_with_before(std::uint32_t row) {
    if (out_.before[row] == kNoIndex) return;
    const auto ids = trace_.blocks(row), earlier = trace_.blocks(out_.before[row]);
    const auto [end, other] = std::mismatch(ids.begin(), ids.end(), earlier.begin(), earlier.end());
    out_.shared[row] = static_cast<std::uint32_t>(end - ids.begin());
  }

  void find_users() {
    std::vector<std::uint32_t> user(trace_.distinct_blocks, kNoIndex);
    for (std::uint32_t row = 0; row < trace_.rows(); ++row) {
      const auto ids = trace_.blocks(row);
      std::uint32_t shared = 0;
      while (shared < ids.size() && user[ids[shared]] != kNoIndex) ++shared;
      out_.shared[row] = shared;
      const std::uint32_t opening = openings_.of(row);
      if (shared > (opening == kNoIndex ? 0 : out_.openings[opening].blocks))
        out_.before[row] = user[ids[shared - 1]];
      else if (opening == kNoIndex)
        ++out_.plain_firsts;
      else
        ++out_.openings[opening].firsts;
      for (const std::uint32_t id : ids) user[id] = row;
    }
  }

  void judge(std::uint32_t row) {
    const std::uint32_t before = out_.before[row];
    if (before == kNoIndex) return;
    out_.followed[before] = 1;
    out_.turn[row] = out_.turn[before] + 1;
    // A turn marker that is replaced may cost the last full block.
    const bool whole = trace_.block_tokens == 0 ||
                       out_.shared[row] + 1 >= trace_.input_tokens[before] / trace_.block_tokens;
    const bool longer = trace_.input_tokens[row] >= trace_.input_tokens[before];
    out_.kind[row] = whole && longer ? TurnKind::kExtended : TurnKind::kTrimmed;
  }

  const Trace& trace_;
  TurnChains out_;
  Openings openings_;
};

}  // namespace

TurnChains find_turn_chains(const Trace& trace) { return ChainFinder(trace).find(); }

}  // namespace pigou
