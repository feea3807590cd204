#include "trace/statistics/reuse_distance.hpp"

#include <algorithm>

namespace pigou {
namespace {

/// Sums over ranges of rows under point updates (Fenwick's tree).
class RowSums {
 public:
  explicit RowSums(std::size_t rows) : sums_(rows + 1, 0) {}
  void add(std::size_t row, std::int64_t amount) {
    total_ += amount;
    for (std::size_t i = row + 1; i < sums_.size(); i += i & (~i + 1)) sums_[i] += amount;
  }
  /// Of the rows behind `row`.
  std::int64_t behind(std::size_t row) const {
    std::int64_t sum = total_;
    for (std::size_t i = row + 1; i > 0; i -= i & (~i + 1)) sum -= sums_[i];
    return sum;
  }

 private:
  std::vector<std::int64_t> sums_;
  std::int64_t total_ = 0;
};

}  // namespace

std::vector<double> prefix_hit_curve(const Trace& trace,
                                     const std::vector<std::uint64_t>& capacities) {
  std::vector<double> hits(capacities.size(), 0);
  if (trace.block_ids.empty()) return hits;
  std::vector<std::uint32_t> last_row(trace.distinct_blocks, kNoIndex);
  // Blocks whose latest user a row is; of a row these are its deepest, since whoever uses a block
  // uses all before it.
  RowSums held(trace.rows());
  for (std::uint32_t row = 0; row < trace.rows(); ++row) {
    const auto ids = trace.blocks(row);
    std::size_t begin = 0;
    while (begin < ids.size() && last_row[ids[begin]] != kNoIndex) {
      const std::uint32_t user = last_row[ids[begin]];
      std::size_t end = begin + 1;
      while (end < ids.size() && last_row[ids[end]] == user) ++end;
      // The first block of the run has distance newer + 1, the next one more.
      const std::int64_t newer = held.behind(user);
      const auto run = static_cast<std::int64_t>(end - begin);
      for (std::size_t i = 0; i < capacities.size(); ++i)
        hits[i] += static_cast<double>(
            std::clamp(static_cast<std::int64_t>(capacities[i]) - newer, std::int64_t{0}, run));
      begin = end;
    }
    for (std::size_t from = 0; from < begin;) {
      const std::uint32_t user = last_row[ids[from]];
      std::size_t end = from + 1;
      while (end < begin && last_row[ids[end]] == user) ++end;
      held.add(user, -static_cast<std::int64_t>(end - from));
      from = end;
    }
    for (const std::uint32_t id : ids) last_row[id] = row;
    held.add(row, static_cast<std::int64_t>(ids.size()));
  }
  for (double& hit : hits) hit /= static_cast<double>(trace.block_ids.size());
  return hits;
}

}  // namespace pigou
