#include "routing/text_tree.hpp"

#include <algorithm>
#include <queue>

#include "core/error.hpp"

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
    : kind_(kind), stream_(stream), chars_(tenants, 0) {}

std::uint32_t TextTree::root_of(std::uint32_t copy) {
  while (roots_.size() <= copy) {
    roots_.push_back(static_cast<std::uint32_t>(nodes_.size()));
    nodes_.emplace_back();
  }
  return roots_[copy];
}

std::uint32_t TextTree::child(std::uint32_t node, std::uint32_t letter) const {
  const std::uint32_t* found = children_.find(child_key(node, letter));
  return found == nullptr ? kNoIndex : *found;
}

std::uint32_t TextTree::shared_letters(const Node& node, const PromptText& text,
                                       std::uint32_t from) const {
  const std::uint32_t most = std::min(node.count, text.letters() - from);
  std::uint32_t shared = 0;
  while (shared < most && letters_[node.begin + shared] == text.letter(from + shared)) ++shared;
  return shared;
}

/// Whether the hash map of `node` lists tenant a before b. The order of a real one is arbitrary but
/// stays as it is, so the draw is the node's, not the request's.
bool TextTree::precedes(std::uint32_t node, std::uint32_t a, std::uint32_t b) const {
  const std::uint32_t salt = nodes_[node].salt;
  return stream_.bits(salt, a) < stream_.bits(salt, b);
}

/// Makes `tenant` a holder of `node`, with stamp 0 if it is new there.
Holder& TextTree::attach(std::uint32_t node, std::uint32_t tenant) {
  if (Holder* known = holder(node, tenant)) return *known;
  chars_[tenant] += nodes_[node].chars;
  if (Holder* above = holder(nodes_[node].parent, tenant)) ++above->children;
  std::uint32_t& owner = nodes_[node].owner;
  if (kind_ == TreeKind::kSglang2025 && owner != kNoIndex && precedes(node, tenant, owner))
    owner = tenant;
  return nodes_[node].holders.add(tenant, static_cast<std::uint32_t>(chars_.size()));
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
  children_[child_key(n.parent, letters_[n.begin])] = node;
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
  children_[child_key(above.parent, letters_[above.begin])] = upper;
  children_[child_key(upper, letters_[below.begin])] = lower;
  return upper;
}

/// Whose node it is: its owner, as long as that holds it, then the first in its hash map.
std::uint32_t TextTree::tenant_of(std::uint32_t node) {
  Node& n = nodes_[node];
  if (n.holders.empty()) return kNoIndex;
  if (n.owner != kNoIndex && holder(node, n.owner) != nullptr) return n.owner;
  n.owner = kNoIndex;
  n.holders.for_each([&](const Holder& h) {
    if (n.owner == kNoIndex || precedes(node, h.tenant, n.owner)) n.owner = h.tenant;
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
    const std::uint32_t next = child(match.node, text.letter(match.letters));
    if (next == kNoIndex) break;
    const std::uint32_t shared = shared_letters(nodes_[next], text, match.letters);
    match.letters += shared;
    match.deepest = next;
    if (shared < nodes_[next].count) break;
    match.node = next;
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

void TextTree::insert(const PromptText& text, std::uint32_t tenant, std::int64_t now_ms,
                      std::uint64_t& clock, const Match* known) {
  std::uint32_t node = root_of(text.copy);
  std::uint32_t at = 0;
  if (known != nullptr && known->node != kNoIndex) {
    node = known->node;
    at = known->full_letters;
    // Ancestors first, so that a child's tenants are always among its parent's: above a node that
    // the tenant holds it holds all.
    path_.clear();
    for (std::uint32_t up = node; nodes_[up].parent != kNoIndex && holder(up, tenant) == nullptr;
         up = nodes_[up].parent)
      path_.push_back(up);
    for (auto up = path_.rbegin(); up != path_.rend(); ++up) attach(*up, tenant);
  }
  const std::uint32_t letters = text.letters();
  while (at < letters) {
    const std::uint32_t next = child(node, text.letter(at));
    if (next == kNoIndex) {
      const std::uint32_t leaf = make_node(node, text, at, letters);
      nodes_[leaf].owner = tenant;
      link(leaf);
      node = leaf;
      at = letters;
    } else {
      const std::uint32_t shared = shared_letters(nodes_[next], text, at);
      node = shared < nodes_[next].count ? split(next, text, at, at + shared) : next;
      at += shared;
    }
    attach(node, tenant);
  }
  if (kind_ == TreeKind::kSglang2025) {
    stamp_path(node, tenant, now_ms);
  } else {
    const std::uint64_t stamp = clock++;
    if (Holder* h = holder(node, tenant)) h->stamp = static_cast<std::int64_t>(stamp);
  }
}

/// Takes `tenant` out of a node that is a leaf for it, and the node out of the tree if it was the
/// last.
void TextTree::drop(std::uint32_t node, std::uint32_t tenant) {
  Node& n = nodes_[node];
  chars_[tenant] -= n.chars;
  const std::uint32_t parent = n.parent;
  if (Holder* above = holder(parent, tenant)) --above->children;
  n.holders.remove(tenant);
  if (!n.holders.empty() || n.children > 0) return;
  children_.erase(child_key(parent, letters_[n.begin]));
  --nodes_[parent].children;
  dead_letters_ += n.count;
  n.count = 0;
  n.parent = kNoIndex;
  spare_.push_back(node);
}

void TextTree::evict(std::int64_t most_chars) {
  const auto over = [&](std::uint32_t tenant) { return chars_[tenant] > most_chars; };
  if (std::ranges::none_of(chars_, [&](std::int64_t c) { return c > most_chars; })) return;
  struct Leaf {
    std::int64_t stamp;
    std::uint32_t node;
    std::uint32_t tenant;
    auto operator<=>(const Leaf&) const = default;
  };
  std::priority_queue<Leaf, std::vector<Leaf>, std::greater<>> leaves;
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
    nodes_[node].holders.for_each([&](const Holder& h) {
      if (h.children == 0 && over(h.tenant)) leaves.push({h.stamp, node, h.tenant});
    });
  }
  while (!leaves.empty()) {
    const Leaf leaf = leaves.top();
    leaves.pop();
    if (!over(leaf.tenant)) continue;
    const std::uint32_t parent = nodes_[leaf.node].parent;
    drop(leaf.node, leaf.tenant);
    const Holder* above = holder(parent, leaf.tenant);
    if (above != nullptr && above->children == 0) leaves.push({above->stamp, parent, leaf.tenant});
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
