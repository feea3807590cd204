#include "workload/segments.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "core/error.hpp"
#include "workload/adapters.hpp"

namespace pigou {
namespace {

// Positions are engine blocks from the root. A *node* is a block id whose end is an engine-block
// boundary; it spans `span_` engine blocks (more than one when trace blocks are the larger ones).
// Every row ends at a node and a position within it, so two cuts make the segments: after nodes
// where a row ends or the tree branches, and inside nodes where a row ends early.
class SegmentBuilder {
 public:
  SegmentBuilder(const Trace& trace, std::uint32_t engine_block_tokens);
  SegmentedTrace build();

 private:
  struct Cut {
    std::uint64_t key;      ///< node, then position within it
    std::uint32_t segment;  ///< the segment that ends here
    bool operator<(const Cut& other) const { return key < other.key; }
  };
  static constexpr std::uint32_t kUnset = kNoIndex - 1;

  void choose_sources();
  bool continues(std::uint32_t row, std::uint32_t source) const;
  void adopt_partial_blocks();
  void measure_rows();
  void link_nodes();
  void add_end(std::size_t row, std::uint32_t position);
  void number_segments();
  void number_node(std::uint32_t node);
  void write_paths();
  void write_answers();
  std::uint32_t segment_ending_at(std::size_t row, std::uint32_t position) const;

  std::uint64_t covered_tokens(std::size_t row) const {
    const std::uint64_t named = std::uint64_t{trace_.blocks(row).size()} * trace_.block_tokens;
    return std::min<std::uint64_t>(named, trace_.input_tokens[row]);
  }
  std::size_t full_blocks(std::size_t row) const {
    return std::min<std::size_t>(trace_.blocks(row).size(),
                                 trace_.input_tokens[row] / trace_.block_tokens);
  }
  /// The node holding the engine block before `position`, along row `source_[row]`.
  std::uint32_t node_at(std::size_t row, std::uint32_t position) const {
    const std::size_t index = (position - 1) / span_;
    return trace_.blocks(source_[row])[index * stride_ + stride_ - 1];
  }
  std::uint32_t within(std::uint32_t position) const { return (position - 1) % span_ + 1; }

  const Trace& trace_;
  std::uint32_t span_ = 1;    ///< engine blocks of a node
  std::uint32_t stride_ = 1;  ///< trace blocks of a node
  SegmentedTrace out_;
  std::vector<std::uint32_t> successor_;     ///< per row: its next turn, or kNoIndex
  std::vector<std::uint32_t> source_;        ///< per row: the row whose ids name its tokens
  std::vector<std::uint32_t> output_end_;    ///< per row: position where its named output ends
  std::vector<std::uint32_t> parent_;        ///< per node; kUnset until linked
  std::vector<std::uint32_t> used_;          ///< per node: furthest position used within it
  std::vector<std::uint8_t> children_;       ///< per node, counted up to 2
  std::vector<std::uint8_t> cut_after_;      ///< per node: a segment ends with it
  std::vector<std::uint32_t> last_segment_;  ///< per node: the segment that ends or leaves it
  std::vector<Cut> cuts_;                    ///< inside nodes, sorted
};

/// Names engine block sizes that fit a trace whose blocks hold `named` tokens.
std::string fitting_blocks(std::uint32_t named) {
  constexpr std::uint32_t kUsual = 16;  // and what divides it: engines count in powers of two
  const std::uint32_t fits = std::gcd(named, kUsual);
  return "set engine.block_size to one that fits, such as " +
         (fits > 1 ? std::to_string(fits) + " or " : std::string()) + std::to_string(named);
}

SegmentBuilder::SegmentBuilder(const Trace& trace, std::uint32_t engine_block_tokens)
    : trace_(trace) {
  const std::uint32_t named = trace.block_tokens;
  if (engine_block_tokens == 0 ||
      (named != 0 && named % engine_block_tokens != 0 && engine_block_tokens % named != 0))
    throw UserError(
        "engine blocks of " + std::to_string(engine_block_tokens) + " tokens do not fit the trace",
        "its blocks hold " + std::to_string(named) + " tokens and neither divides",
        fitting_blocks(named));
  out_.engine_block_tokens = engine_block_tokens;
  if (named != 0) {
    span_ = std::max<std::uint32_t>(1, named / engine_block_tokens);
    stride_ = std::max<std::uint32_t>(1, engine_block_tokens / named);
  }
}

/// True if the ids of `source` name all of `row`'s named tokens.
bool SegmentBuilder::continues(std::uint32_t row, std::uint32_t source) const {
  const std::size_t full = full_blocks(row);
  const auto ids = trace_.blocks(source);
  if (covered_tokens(source) < covered_tokens(row)) return false;
  return full == 0 || ids[full - 1] == trace_.blocks(row)[full - 1];
}

/// A row with a next turn is named by that turn's ids, which also name its generated tokens and
/// whatever its own ids leave out; the next turn by its own next turn, and so on.
void SegmentBuilder::choose_sources() {
  const auto rows = static_cast<std::uint32_t>(trace_.rows());
  source_.resize(rows);
  for (std::uint32_t row = 0; row < rows; ++row) source_[row] = row;
  if (trace_.previous_turn.empty()) return;
  successor_.assign(rows, kNoIndex);
  for (std::uint32_t row = 0; row < rows; ++row) {
    const std::uint32_t previous = trace_.previous_turn[row];
    if (previous < row && successor_[previous] == kNoIndex && continues(previous, row))
      successor_[previous] = row;
  }
  for (std::uint32_t row = rows; row-- > 0;) {
    if (successor_[row] == kNoIndex) continue;
    const std::uint32_t far = source_[successor_[row]];
    source_[row] = continues(row, far) ? far : successor_[row];
  }
  adopt_partial_blocks();
}

/// A partial last block and the next turn's full block at its place hold the same tokens, so rows
/// that end in the former follow the latter.
void SegmentBuilder::adopt_partial_blocks() {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> names;  // partial id, row that names it
  for (std::uint32_t row = 0; row < trace_.rows(); ++row) {
    const auto ids = trace_.blocks(row);
    if (source_[row] == row || full_blocks(row) == ids.size()) continue;
    if (trace_.blocks(source_[row])[ids.size() - 1] != ids.back())
      names.emplace_back(ids.back(), source_[row]);
  }
  std::stable_sort(names.begin(), names.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::uint32_t row = 0; row < trace_.rows(); ++row) {
    const auto ids = trace_.blocks(row);
    if (source_[row] != row || full_blocks(row) == ids.size()) continue;
    const auto found =
        std::lower_bound(names.begin(), names.end(), ids.back(),
                         [](const auto& entry, std::uint32_t id) { return entry.first < id; });
    if (found != names.end() && found->first == ids.back() && continues(row, found->second) &&
        covered_tokens(found->second) > covered_tokens(row))
      source_[row] = found->second;
  }
  // Sources that were adopted themselves pass on; coverage grows with every step, so it ends.
  for (std::uint32_t row = 0; row < trace_.rows(); ++row)
    for (std::uint32_t next = source_[source_[row]]; next != source_[row] && continues(row, next);
         next = source_[source_[row]])
      source_[row] = next;
}

void SegmentBuilder::measure_rows() {
  const std::size_t rows = trace_.rows();
  const std::uint32_t block = out_.engine_block_tokens;
  out_.named_blocks_.resize(rows);
  output_end_.resize(successor_.empty() ? 0 : rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint64_t covered = covered_tokens(source_[row]);
    const std::uint64_t input = std::min<std::uint64_t>(covered, trace_.input_tokens[row]);
    out_.named_blocks_[row] = static_cast<std::uint32_t>(input / block);
    if (successor_.empty()) continue;
    output_end_[row] = out_.named_blocks_[row];
    if (successor_[row] == kNoIndex) continue;
    const std::uint64_t end =
        std::min<std::uint64_t>(std::uint64_t{trace_.input_tokens[row]} + trace_.output_tokens[row],
                                trace_.input_tokens[successor_[row]]);
    output_end_[row] =
        std::max(output_end_[row], static_cast<std::uint32_t>(std::min(covered, end) / block));
  }
}

void SegmentBuilder::add_end(std::size_t row, std::uint32_t position) {
  if (position == 0) return;
  std::uint32_t node = node_at(row, position);
  used_[node] = std::max(used_[node], within(position));
  if (within(position) == span_)
    cut_after_[node] = 1;
  else
    cuts_.push_back({std::uint64_t{node} << 32 | within(position), kNoIndex});
  // A chain already linked is linked down to its root, so most walks end at once.
  for (std::uint32_t at = position; parent_[node] == kUnset;) {
    at = (at - 1) / span_ * span_;
    const std::uint32_t parent = at == 0 ? kNoIndex : node_at(row, at);
    parent_[node] = parent;
    if (parent == kNoIndex) return;
    used_[parent] = span_;
    if (children_[parent] < 2) ++children_[parent];
    node = parent;
  }
}

void SegmentBuilder::link_nodes() {
  const std::size_t nodes = trace_.distinct_blocks;
  parent_.assign(nodes, kUnset);
  used_.assign(nodes, 0);
  children_.assign(nodes, 0);
  cut_after_.assign(nodes, 0);
  last_segment_.assign(nodes, kNoIndex);
  for (std::size_t row = 0; row < trace_.rows(); ++row) {
    add_end(row, out_.named_blocks_[row]);
    if (!output_end_.empty() && output_end_[row] > out_.named_blocks_[row])
      add_end(row, output_end_[row]);
  }
  std::sort(cuts_.begin(), cuts_.end());
  const auto same = [](const Cut& a, const Cut& b) { return a.key == b.key; };
  cuts_.erase(std::unique(cuts_.begin(), cuts_.end(), same), cuts_.end());
  // Nothing lies behind the last position used, so nothing is cut there.
  std::erase_if(cuts_, [this](const Cut& cut) {
    return static_cast<std::uint32_t>(cut.key) == used_[cut.key >> 32];
  });
}

void SegmentBuilder::number_node(std::uint32_t node) {
  const auto add = [this](std::uint32_t parent, std::uint32_t blocks) {
    if (out_.segment_blocks.size() >= kUnset)
      throw UserError("the trace has too many segments", "segment ids are 32 bits wide",
                      "cut it with workload.head");
    out_.segment_blocks.push_back(blocks);
    out_.segment_parent.push_back(parent);
    return static_cast<std::uint32_t>(out_.segment_blocks.size() - 1);
  };
  auto cut = std::lower_bound(cuts_.begin(), cuts_.end(), Cut{std::uint64_t{node} << 32, 0});
  const auto end_of = [&](std::uint32_t used) {
    const bool inside = cut != cuts_.end() && cut->key >> 32 == node;
    return inside ? static_cast<std::uint32_t>(cut->key) : used;
  };
  const std::uint32_t parent = parent_[node];
  std::uint32_t end = end_of(used_[node]);
  std::uint32_t segment = parent == kNoIndex ? kNoIndex : last_segment_[parent];
  if (parent == kNoIndex || cut_after_[parent] || children_[parent] > 1)
    segment = add(segment, end);
  else
    out_.segment_blocks[segment] += end;
  while (cut != cuts_.end() && cut->key >> 32 == node) {
    cut->segment = segment;
    const std::uint32_t begin = end;
    ++cut;
    end = end_of(used_[node]);
    if (end > begin) segment = add(segment, end - begin);
  }
  last_segment_[node] = segment;
}

void SegmentBuilder::number_segments() {
  std::vector<std::uint32_t> unnumbered;
  for (std::size_t row = 0; row < trace_.rows(); ++row) {
    std::uint32_t position = out_.named_blocks_[row];
    if (!output_end_.empty()) position = std::max(position, output_end_[row]);
    if (position == 0) continue;
    std::uint32_t node = node_at(row, position);
    for (; node != kNoIndex && last_segment_[node] == kNoIndex; node = parent_[node])
      unnumbered.push_back(node);
    for (; !unnumbered.empty(); unnumbered.pop_back()) number_node(unnumbered.back());
  }
}

std::uint32_t SegmentBuilder::segment_ending_at(std::size_t row, std::uint32_t position) const {
  if (position == 0) return kNoIndex;
  const std::uint32_t node = node_at(row, position);
  if (within(position) == used_[node]) return last_segment_[node];
  const Cut wanted{std::uint64_t{node} << 32 | within(position), 0};
  return std::lower_bound(cuts_.begin(), cuts_.end(), wanted)->segment;
}

void SegmentBuilder::write_paths() {
  const std::size_t rows = trace_.rows();
  out_.path_begin.assign(rows + 1, 0);
  const bool outputs = !output_end_.empty();
  if (outputs) out_.output_begin.assign(rows + 1, 0);
  const auto append = [this](std::vector<std::uint32_t>& to, std::uint32_t from,
                             std::uint32_t until) {
    const auto begin = static_cast<std::ptrdiff_t>(to.size());
    for (; from != until; from = out_.segment_parent[from]) to.push_back(from);
    std::reverse(to.begin() + begin, to.end());
  };
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint32_t prompt = segment_ending_at(row, out_.named_blocks_[row]);
    append(out_.path_segments, prompt, kNoIndex);
    out_.path_begin[row + 1] = out_.path_segments.size();
    if (!outputs) continue;
    append(out_.output_segments, segment_ending_at(row, output_end_[row]), prompt);
    out_.output_begin[row + 1] = out_.output_segments.size();
  }
  if (outputs && out_.output_segments.empty()) out_.output_begin.clear();
}

/// Output paths the other way round.
void SegmentBuilder::write_answers() {
  if (out_.output_begin.empty()) return;
  out_.answer_begin.assign(out_.segment_blocks.size() + 1, 0);
  for (const std::uint32_t segment : out_.output_segments) ++out_.answer_begin[segment + 1];
  for (std::size_t s = 0; s < out_.segment_blocks.size(); ++s)
    out_.answer_begin[s + 1] += out_.answer_begin[s];
  out_.answer_rows.resize(out_.output_segments.size());
  std::vector<std::uint64_t> next = out_.answer_begin;
  for (std::size_t row = 0; row < trace_.rows(); ++row)
    for (const std::uint32_t segment : out_.output_path(row))
      out_.answer_rows[next[segment]++] = static_cast<std::uint32_t>(row);
}

SegmentedTrace SegmentBuilder::build() {
  if (trace_.block_tokens == 0) {
    out_.path_begin.assign(trace_.rows() + 1, 0);
    out_.named_blocks_.assign(trace_.rows(), 0);
    return std::move(out_);
  }
  choose_sources();
  measure_rows();
  link_nodes();
  number_segments();
  write_paths();
  write_answers();
  return std::move(out_);
}

}  // namespace

SegmentedTrace build_segments(const Trace& trace, std::uint32_t engine_block_tokens) {
  SegmentedTrace segments = SegmentBuilder(trace, engine_block_tokens).build();
  segments.adapter = adapters_of(trace);
  if (!segments.adapter.empty()) segments.adapters = std::ranges::max(segments.adapter);
  return segments;
}

}  // namespace pigou
