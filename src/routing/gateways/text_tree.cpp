#include "routing/gateways/text_tree.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <queue>

#include "core/error.hpp"
#include "core/load_ahead.hpp"

namespace pigou {
namespace {

/// Letters of tails have this bit; block ids of traces do not.
constexpr std::uint32_t kTailLetter = 0x80000000U;
/// Dead letters below this are not worth moving the living ones.
constexpr std::size_t kCompactFrom = std::size_t{1} << 16;

std::uint64_t child_key(std::uint32_t node, std::uint32_t letter) {
  return (std::uint64_t{node} << 32) | letter;
}

}  // namespace

PromptText::PromptText(const RequestView& request, std::uint32_t number, double chars)
    : blocks(request.trace_blocks),
      copy(request.copy),
      tail(kTailLetter | number),
      block_tokens(std::max<std::int64_t>(1, request.trace_block_tokens)),
      tokens(request.row.input_tokens),
      chars_per_token(chars) {}

std::uint32_t PromptText::letters() const {
  const auto known = static_cast<std::uint32_t>(blocks.size());
  return known * block_tokens < tokens ? known + 1 : known;
}

std::int64_t PromptText::chars(std::uint32_t letters) const {
  const bool whole = letters > blocks.size();
  const std::int64_t count = whole ? tokens : std::min(tokens, letters * block_tokens);
  return static_cast<std::int64_t>(static_cast<double>(count) * chars_per_token);
}

TextTree::TextTree(TreeKind kind, std::uint32_t tenants, const RandomStream& stream)
    : kind_(kind), stream_(stream), chars_(tenants) {}

std::uint32_t TextTree::root_of(std::uint32_t copy) {
  while (roots_.size() <= copy) {
    roots_.push_back(static_cast<std::uint32_t>(nodes_.size()));
    nodes_.emplace_back();
  }
  return roots_[copy];
}

/// The first letter is equal, or it would not be the child.
std::uint32_t TextTree::shared_letters(Child child, const PromptText& text,
                                       std::uint32_t from) const {
  if (child.count == 1) return 1;
  const std::uint32_t begin = nodes_[child.node].begin;
  const std::uint32_t most = std::min(child.count, text.letters() - from);
  std::uint32_t shared = 1;
  while (shared < most && letters_[begin + shared] == text.letter(from + shared)) ++shared;
  return shared;
}

/// Whether the hash map of `node` lists tenant a before b. The order of a real one is arbitrary but
/// stays as it is, so the draw is the node's, not the request's.
bool TextTree::precedes(const Node& node, std::uint32_t a, std::uint32_t b) const {
  return stream_.bits(node.salt, a) < stream_.bits(node.salt, b);
}

/// Makes `tenant` a holder of `node`, with stamp 0 and no children if it is new there.
TenantList::Added TextTree::attach(std::uint32_t node, std::uint32_t tenant) {
  Node& n = nodes_[node];
  const auto added = n.holders.find_or_add(tenant, static_cast<std::uint32_t>(chars().size()));
  if (!added.is_new) return added;
  chars_.add(tenant, n.chars);
  if (kind_ == TreeKind::kSglang2025 && n.owner != kNoIndex && precedes(n, tenant, n.owner))
    n.owner = tenant;
  return added;
}

/// A node for letters from..to-1 of `text`, its letters stored, not yet linked below its parent.
std::uint32_t TextTree::make_node(std::uint32_t parent, const PromptText& text, std::uint32_t from,
                                  std::uint32_t to) {
  std::uint32_t id = 0;
  if (spare_.empty()) {
    id = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  } else {
    id = spare_.back();
    spare_.pop_back();
  }
  Node& node = nodes_[id];
  node.parent = parent;
  node.begin = static_cast<std::uint32_t>(letters_.size());
  node.count = to - from;
  node.children = 0;
  node.owner = kNoIndex;
  node.chars = text.chars(to) - text.chars(from);
  node.salt = made_++;
  node.holders.clear();
  for (std::uint32_t i = from; i < to; ++i) letters_.push_back(text.letter(i));
  return id;
}

void TextTree::link(std::uint32_t node) {
  const Node& n = nodes_[node];
  children_[child_key(n.parent, letters_[n.begin])] = {node, n.count};
  ++nodes_[n.parent].children;
}

/// Cuts the node `lower`, whose first letters are from..to-1 of `text`; returns the new upper part,
/// which has the tenants, stamps, owner and hash map of the whole.
std::uint32_t TextTree::split(std::uint32_t lower, const PromptText& text, std::uint32_t from,
                              std::uint32_t to) {
  const std::uint32_t upper = make_node(nodes_[lower].parent, text, from, to);
  Node& above = nodes_[upper];
  Node& below = nodes_[lower];
  // The letters stay where they are: the upper part begins where the whole did.
  letters_.resize(above.begin);
  above.begin = below.begin;
  above.owner = below.owner;
  above.salt = below.salt;
  above.holders = below.holders;
  above.holders.set_children(1);
  above.chars = std::min(above.chars, below.chars);
  above.children = 1;
  below.begin += above.count;
  below.count -= above.count;
  below.chars -= above.chars;
  below.parent = upper;
  children_[child_key(above.parent, letters_[above.begin])] = {upper, above.count};
  children_[child_key(upper, letters_[below.begin])] = {lower, below.count};
  return upper;
}

/// Whose node it is: its owner, as long as that holds it, then the first in its hash map.
std::uint32_t TextTree::tenant_of(std::uint32_t node) {
  Node& n = nodes_[node];
  if (n.holders.empty()) return kNoIndex;
  if (n.owner != kNoIndex && holder(node, n.owner) != nullptr) return n.owner;
  n.owner = kNoIndex;
  n.holders.for_each([&](const Holder& h) {
    if (n.owner == kNoIndex || precedes(n, h.tenant, n.owner)) n.owner = h.tenant;
  });
  return n.owner;
}

void TextTree::stamp_path(std::uint32_t node, std::uint32_t tenant, std::int64_t now_ms) {
  for (; node != kNoIndex; node = nodes_[node].parent)
    if (Holder* h = holder(node, tenant)) h->stamp = now_ms;
}

/// The longest known beginning of `text`; the tenant is not looked for.
TextTree::Match TextTree::find(const PromptText& text) const {
  Match match;
  if (text.copy >= roots_.size()) {
    match.node = match.deepest = kNoIndex;
    return match;
  }
  match.node = match.deepest = roots_[text.copy];
  const std::uint32_t letters = text.letters();
  while (match.letters < letters) {
    const Child* next = children_.find(child_key(match.node, text.letter(match.letters)));
    if (next == nullptr) break;
    load_ahead(&nodes_[next->node]);
    const std::uint32_t shared = shared_letters(*next, text, match.letters);
    match.letters += shared;
    match.deepest = next->node;
    if (shared < next->count) break;
    match.node = next->node;
    match.full_letters = match.letters;
  }
  return match;
}

TextTree::Match TextTree::match(const PromptText& text, std::int64_t now_ms, std::uint64_t& clock) {
  root_of(text.copy);
  Match match = find(text);
  match.tenant = tenant_of(match.deepest);
  if (kind_ == TreeKind::kSglang2025) {
    if (match.tenant != kNoIndex) stamp_path(match.deepest, match.tenant, now_ms);
    match.stamped = match.tenant != kNoIndex;
    return match;
  }
  const std::uint64_t stamp = clock++;
  if (stamp % 8 == 0 && match.tenant != kNoIndex)
    holder(match.deepest, match.tenant)->stamp = static_cast<std::int64_t>(stamp);
  return match;
}

void TextTree::expect(const Match& match, std::uint32_t tenant) const {
  for (std::uint32_t node = match.node; node != kNoIndex; node = nodes_[node].parent)
    nodes_[node].holders.prefetch(tenant);
}

/// From the end upwards: above a node that the tenant holds it holds all, so that those it does not
/// hold come first, and where SGLang stamps the others it may have done so in the match.
std::uint32_t TextTree::insert(const PromptText& text, std::uint32_t tenant, std::int64_t now_ms,
                               std::uint64_t& clock, const Match& known) {
  const bool whole_path = kind_ == TreeKind::kSglang2025;
  const std::int64_t stamp = whole_path ? now_ms : static_cast<std::int64_t>(clock++);
  std::uint32_t node = known.node == kNoIndex ? root_of(text.copy) : known.node;
  if (known.letters > known.full_letters)
    node = split(known.deepest, text, known.full_letters, known.letters);
  bool stamps = true;          // the next node
  std::uint32_t children = 0;  // which the next node gets
  if (known.letters < text.letters()) {
    const std::uint32_t leaf = make_node(node, text, known.letters, text.letters());
    nodes_[leaf].owner = tenant;
    link(leaf);
    attach(leaf, tenant).holder.stamp = stamp;
    stamps = whole_path;
    children = 1;
  }
  std::uint32_t held = known.letters;
  for (; nodes_[node].parent != kNoIndex; node = nodes_[node].parent) {
    const TenantList::Added at = attach(node, tenant);
    at.holder.children += children;
    if (stamps) at.holder.stamp = stamp;
    if (!at.is_new) break;
    stamps = whole_path;
    children = 1;
    held -= nodes_[node].count;
  }
  const bool done = !whole_path || (known.stamped && known.tenant == tenant);
  if (!done && nodes_[node].parent != kNoIndex) stamp_path(nodes_[node].parent, tenant, now_ms);
  return held;
}

/// Takes `tenant` out of a node that is a leaf for it, and the node out of the tree if it was the
/// last. Returns what the tenant holds above.
Holder* TextTree::drop(std::uint32_t node, std::uint32_t tenant) {
  Node& n = nodes_[node];
  chars_.add(tenant, -n.chars);
  const std::uint32_t parent = n.parent;
  Holder* above = holder(parent, tenant);
  if (above != nullptr) --above->children;
  n.holders.remove(tenant);
  if (!n.holders.empty() || n.children > 0) return above;
  children_.erase(child_key(parent, letters_[n.begin]));
  --nodes_[parent].children;
  dead_letters_ += n.count;
  n.count = 0;
  n.parent = kNoIndex;
  spare_.push_back(node);
  return above;
}

/// Leaves of tenants with more than `most_chars`, in order: they are gathered by node and tenant,
/// so that a stable sort by the bytes of their stamps is all it takes.
std::vector<TextTree::Leaf> TextTree::leaves_of_large(std::int64_t most_chars) const {
  std::vector<Leaf> leaves;
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
    const auto first = static_cast<std::ptrdiff_t>(leaves.size());
    nodes_[node].holders.for_each([&](const Holder& h) {
      if (h.children == 0 && chars_[h.tenant] > most_chars)
        leaves.push_back({h.stamp, node, h.tenant});
    });
    std::ranges::sort(leaves.begin() + first, leaves.end(), {}, &Leaf::tenant);
  }
  if (leaves.empty()) return leaves;
  const auto [least, most] = std::ranges::minmax(leaves, {}, &Leaf::stamp);
  const std::int64_t first = least.stamp;
  const auto range = static_cast<std::uint64_t>(most.stamp - first);
  std::vector<Leaf> sorted(leaves.size());
  for (unsigned shift = 0; shift < 64 && range >> shift > 0; shift += 8) {
    const auto digit = [&](const Leaf& leaf) {
      return static_cast<std::uint64_t>(leaf.stamp - first) >> shift & 255;
    };
    std::array<std::size_t, 257> place{};
    for (const Leaf& leaf : leaves) ++place[digit(leaf) + 1];
    std::partial_sum(place.begin(), place.end(), place.begin());
    for (const Leaf& leaf : leaves) sorted[place[digit(leaf)]++] = leaf;
    leaves.swap(sorted);
  }
  return leaves;
}

/// Asks for the memory that dropping `leaves`, the first of them now, will read: a leaf's node, a
/// while later its holders and its parent, then what the parent says of the tenant and has as its
/// child.
void TextTree::expect_drops(std::span<const Leaf> leaves) const {
  constexpr std::size_t kAhead = 6;
  if (leaves.size() <= 3 * kAhead) return;
  load_ahead(&nodes_[leaves[3 * kAhead].node]);
  const Leaf& second = leaves[2 * kAhead];
  const Node& its = nodes_[second.node];
  its.holders.prefetch(second.tenant);
  if (its.parent != kNoIndex) load_ahead(&nodes_[its.parent]);
  const Leaf& third = leaves[kAhead];
  const Node& node = nodes_[third.node];
  if (node.parent == kNoIndex) return;
  nodes_[node.parent].holders.prefetch(third.tenant);
  if (node.holders.size() == 1) children_.prefetch(child_key(node.parent, letters_[node.begin]));
}

void TextTree::evict(std::int64_t most_chars) {
  const auto over = [&](std::uint32_t tenant) { return chars_[tenant] > most_chars; };
  if (std::ranges::none_of(chars(), [&](std::int64_t c) { return c > most_chars; })) return;
  const std::vector<Leaf> leaves = leaves_of_large(most_chars);
  // Nodes that become leaves on the way.
  std::priority_queue<Leaf, std::vector<Leaf>, std::greater<>> bared;
  for (std::size_t next = 0; next < leaves.size() || !bared.empty();) {
    const bool from_bared = next == leaves.size() || (!bared.empty() && bared.top() < leaves[next]);
    const Leaf leaf = from_bared ? bared.top() : leaves[next];
    if (from_bared) {
      bared.pop();
    } else {
      expect_drops(std::span(leaves).subspan(next));
      ++next;
    }
    if (!over(leaf.tenant)) continue;
    const std::uint32_t parent = nodes_[leaf.node].parent;
    const Holder* above = drop(leaf.node, leaf.tenant);
    if (above != nullptr && above->children == 0 && over(leaf.tenant))
      bared.push({above->stamp, parent, leaf.tenant});
  }
  if (dead_letters_ > kCompactFrom && 2 * dead_letters_ > letters_.size()) compact();
}

void TextTree::compact() {
  std::vector<std::uint32_t> living;
  living.reserve(letters_.size() - dead_letters_);
  for (Node& node : nodes_) {
    const auto begin = letters_.begin() + node.begin;
    node.begin = static_cast<std::uint32_t>(living.size());
    living.insert(living.end(), begin, begin + node.count);
  }
  letters_.swap(living);
  dead_letters_ = 0;
}

/// From the deepest node upwards: above a node that the tenant holds it holds all.
std::uint32_t TextTree::held_letters(const Match& match, std::uint32_t tenant) const {
  if (match.letters == 0) return 0;
  if (match.deepest != match.node && holder(match.deepest, tenant) != nullptr) return match.letters;
  std::uint32_t held = match.full_letters;
  for (std::uint32_t node = match.node; held > 0; node = nodes_[node].parent) {
    if (holder(node, tenant) != nullptr) return held;
    held -= nodes_[node].count;
  }
  return 0;
}

}  // namespace pigou
