// What a gateway believes its workers have cached: a radix tree over the prompts it has sent, each
// node held by the workers (tenants) that got a prompt through it. Never corrected by the engines.
// The structure follows SMG's string tree (crates/kv_index/src/string_tree.rs in smg 1.9.0) and
// SGLang's older tree (sgl-router/src/tree.rs, 2025); written anew, over trace blocks.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/flat_map.hpp"
#include "core/random_stream.hpp"
#include "routing/gateways/tenant_list.hpp"
#include "routing/parts/lowest_counts.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// A prompt as text of which we know where it is equal: a trace block is one letter, its characters
/// are its tokens times `chars_per_token`. What the blocks do not cover is one letter nobody
/// shares.
struct PromptText {
  std::span<const std::uint32_t> blocks;
  std::uint32_t copy = 0;
  std::uint32_t tail = 0;  ///< letter of the part without block ids
  std::int64_t block_tokens = 1;
  std::int64_t tokens = 0;
  double chars_per_token = 1;

  PromptText() = default;
  PromptText(const RequestView& request, std::uint32_t number, double chars);

  std::uint32_t letters() const;
  std::uint32_t letter(std::uint32_t i) const { return i < blocks.size() ? blocks[i] : tail; }
  /// Characters of the first `letters` letters.
  std::int64_t chars(std::uint32_t letters) const;
  std::int64_t chars() const { return chars(letters()); }
};

/// How the two generations of the tree differ.
enum class TreeKind : std::uint8_t {
  /// Logical time stamps, given to the last node of an insert and to one match in eight; a node's
  /// tenant is whoever made it, as long as it holds it.
  kSmg,
  /// Wall-clock milliseconds on the whole path of every insert and match; a node's tenant is the
  /// first in its hash map.
  kSglang2025,
};

/// A value. Costs per call: a hash look-up per node passed and, per node, a search among its
/// tenants.
class TextTree {
 public:
  TextTree() = default;
  /// `stream` stands for what the order of a hash map would decide.
  TextTree(TreeKind kind, std::uint32_t tenants, const RandomStream& stream);

  struct Match {
    std::uint32_t letters = 0;
    std::uint32_t tenant = kNoIndex;  ///< of the deepest node reached; kNoIndex where none was
    std::uint32_t full_letters = 0;   ///< in nodes matched to their end
    std::uint32_t node = 0;           ///< the last of those
    std::uint32_t deepest = 0;        ///< the last one reached
    bool stamped = false;             ///< the tenant's path has the stamp of this match
  };

  /// The longest known beginning of `text`, without a tenant; changes nothing.
  Match find(const PromptText& text) const;
  /// The longest known beginning of `text`. Refreshes time stamps as the real one does: `now_ms`
  /// for kSglang2025, the logical `clock` for kSmg, which it advances.
  Match match(const PromptText& text, std::int64_t now_ms, std::uint64_t& clock);
  /// Says that `tenant` will be looked for on the path of `match`, so that memory can be asked for.
  void expect(const Match& match, std::uint32_t tenant) const;
  /// Letters of the longest beginning of `text` that `tenant` holds.
  std::uint32_t held_letters(const PromptText& text, std::uint32_t tenant) const {
    return held_letters(find(text), tenant);
  }
  /// The same of a text that was matched, while the tree is still as it was.
  std::uint32_t held_letters(const Match& match, std::uint32_t tenant) const;
  /// Adds `text` for `tenant`, going on from a match of the same text at the same time, while the
  /// tree is still as it was. Returns what held_letters() said before.
  std::uint32_t insert(const PromptText& text, std::uint32_t tenant, std::int64_t now_ms,
                       std::uint64_t& clock, const Match& known);
  std::uint32_t insert(const PromptText& text, std::uint32_t tenant, std::int64_t now_ms,
                       std::uint64_t& clock) {
    return insert(text, tenant, now_ms, clock, find(text));
  }
  /// Removes least recently stamped leaves of every tenant with more than `most_chars` until it has
  /// no more than that. Equal stamps: the older node.
  void evict(std::int64_t most_chars);

  /// Characters each tenant holds.
  std::span<const std::int64_t> chars() const { return chars_.all(); }
  /// Who holds the fewest, the first of equals.
  std::uint32_t smallest_tenant() { return chars_.first_lowest(); }
  std::size_t nodes() const { return nodes_.size() - spare_.size(); }

 private:
  /// A child as its parent's hash map has it: of one letter, the key says all there is to compare.
  struct Child {
    std::uint32_t node = kNoIndex;
    std::uint32_t count = 0;
  };
  struct alignas(64) Node {  // a line of memory
    std::uint32_t parent = kNoIndex;
    std::uint32_t begin = 0;  ///< its letters, in letters_
    std::uint32_t count = 0;
    std::uint32_t children = 0;
    std::uint32_t owner = kNoIndex;  ///< who is named where several hold it
    std::uint32_t salt = 0;          ///< of its hash map
    std::int64_t chars = 0;
    TenantList holders;
  };

  std::uint32_t root_of(std::uint32_t copy);
  std::uint32_t shared_letters(Child child, const PromptText& text, std::uint32_t from) const;
  std::uint32_t make_node(std::uint32_t parent, const PromptText& text, std::uint32_t from,
                          std::uint32_t to);
  std::uint32_t split(std::uint32_t lower, const PromptText& text, std::uint32_t from,
                      std::uint32_t to);
  void link(std::uint32_t node);
  const Holder* holder(std::uint32_t node, std::uint32_t tenant) const {
    return nodes_[node].holders.find(tenant);
  }
  Holder* holder(std::uint32_t node, std::uint32_t tenant) {
    return nodes_[node].holders.find(tenant);
  }
  TenantList::Added attach(std::uint32_t node, std::uint32_t tenant);
  bool precedes(const Node& node, std::uint32_t a, std::uint32_t b) const;
  std::uint32_t tenant_of(std::uint32_t node);
  void stamp_path(std::uint32_t node, std::uint32_t tenant, std::int64_t now_ms);
  struct Leaf {
    std::int64_t stamp;
    std::uint32_t node;
    std::uint32_t tenant;
    auto operator<=>(const Leaf&) const = default;
  };
  std::vector<Leaf> leaves_of_large(std::int64_t most_chars) const;
  void expect_drops(std::span<const Leaf> leaves) const;
  Holder* drop(std::uint32_t node, std::uint32_t tenant);
  void compact();

  TreeKind kind_ = TreeKind::kSmg;
  RandomStream stream_;
  std::uint32_t made_ = 0;  ///< nodes ever made: names their hash maps
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> spare_;
  std::vector<std::uint32_t> roots_;  ///< by workload copy, whose letters are its own
  std::vector<std::uint32_t> letters_;
  std::size_t dead_letters_ = 0;
  FlatMap<Child, std::uint64_t> children_;  ///< (node, first letter) to child
  LowestCounts chars_;
};

}  // namespace pigou
