#include "game/bounds/request_work.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace pigou {
namespace {

/// Adds tokens [begin, end) of a prompt, of which the last may be computed alone.
void add(RequestWork& work, std::int64_t begin, std::int64_t end) {
  if (begin >= end) return;
  work.tokens += end - begin;
  work.single_tokens += 1;
  work.pairs2 += (end - 1) * (end - 1) - begin * begin;
}

class Sharing {
 public:
  explicit Sharing(const Workload& workload)
      : workload_(workload), known_(std::size_t{workload.copies} * workload.segments.count()) {
    const SegmentedTrace& segments = workload.segments;
    for (std::size_t row = 0; row < workload.trace.rows(); ++row)
      for (const std::uint32_t segment : segments.output_path(row))
        for (std::size_t copy = 0; copy < workload.copies; ++copy)
          known_[copy * segments.count() + segment] = 1;
  }

  /// Of request `r`, all earlier ones having been asked about.
  RequestWork of(std::size_t r) {
    const SegmentedTrace& segments = workload_.segments;
    const std::uint32_t row = workload_.row[r];
    const std::int64_t block = segments.engine_block_tokens;
    const std::int64_t input = workload_.trace.input_tokens[row];
    // A match stops one token short of the prompt, so its last block is its own work.
    const std::int64_t own =
        std::min(segments.named_blocks(row) * block, (input - 1) / block * block);
    RequestWork work;
    std::int64_t begin = 0;
    const std::size_t first = std::size_t{workload_.copy_of(r)} * segments.count();
    for (const std::uint32_t segment : segments.path(row)) {
      const std::int64_t end = begin + segments.segment_blocks[segment] * block;
      std::uint8_t& known = known_[first + segment];
      if (known == 0) add(work, begin, std::min(end, own));
      known = 1;
      begin = end;
    }
    add(work, own, input);
    return work;
  }

 private:
  const Workload& workload_;
  std::vector<std::uint8_t> known_;  ///< by (copy, segment): an earlier request has it
};

}  // namespace

std::vector<RequestWork> request_work(const Workload& workload, bool cached) {
  require(!workload.arrival.empty() || workload.size() == 0, "work is of an open loop");
  std::vector<RequestWork> all(workload.size());
  Sharing sharing(workload);
  for (std::size_t r = 0; r < workload.size(); ++r) {
    if (cached)
      all[r] = sharing.of(r);
    else
      add(all[r], 0, workload.trace.input_tokens[workload.row[r]]);
  }
  return all;
}

}  // namespace pigou
