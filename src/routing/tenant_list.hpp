// Which tenants hold a node of a text tree: a sorted list of few, a column over all tenants of
// many.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/ids.hpp"

namespace pigou {

/// A tenant's hold on one node.
struct Holder {
  std::uint32_t tenant = kNoIndex;  ///< kNoIndex: nobody, a gap of the column
  std::uint32_t children = 0;       ///< child nodes the tenant holds too
  std::int64_t stamp = 0;
};

/// A value. Finding a tenant among few is a binary search, among many one look. It becomes a column
/// once one tenant in sixteen holds the node (but not for less than three), a list again at half
/// of that.
class TenantList {
 public:
  bool empty() const { return held_ == 0; }
  std::uint32_t size() const { return held_; }

  const Holder* find(std::uint32_t tenant) const {
    const std::size_t place = place_of(tenant);
    return place < holders_.size() && holders_[place].tenant == tenant ? &holders_[place] : nullptr;
  }
  Holder* find(std::uint32_t tenant) {
    return const_cast<Holder*>(static_cast<const TenantList*>(this)->find(tenant));
  }
  /// Asks for what find(tenant) will read.
  void prefetch(std::uint32_t tenant) const {
    __builtin_prefetch(holders_.data() + (column_ ? tenant : holders_.size() / 2));
  }

  /// The holder, added if it is not among them, out of `tenants` there are; and whether it was.
  struct Added {
    Holder& holder;
    bool is_new;
  };
  Added find_or_add(std::uint32_t tenant, std::uint32_t tenants) {
    const std::size_t place = place_of(tenant);
    if (place < holders_.size() && holders_[place].tenant == tenant)
      return {holders_[place], false};
    ++held_;
    if (!column_ && held_ > 2 && 16 * held_ > tenants) spread(tenants);
    if (column_) return {holders_[tenant] = {tenant, 0, 0}, true};
    const auto at = holders_.begin() + static_cast<std::ptrdiff_t>(place);
    return {*holders_.insert(at, {tenant, 0, 0}), true};
  }
  /// Takes away one that is among them.
  void remove(std::uint32_t tenant) {
    const std::size_t place = place_of(tenant);
    --held_;
    if (column_)
      holders_[place] = {};
    else
      holders_.erase(holders_.begin() + static_cast<std::ptrdiff_t>(place));
    if (column_ && 32 * held_ < holders_.size()) gather();
  }
  void clear() {
    holders_.clear();
    held_ = 0;
    column_ = false;
  }

  /// Calls visit(holder) for each, in the order of their numbers.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Holder& holder : holders_)
      if (holder.tenant != kNoIndex) visit(holder);
  }
  /// Every holder has `children` child nodes.
  void set_children(std::uint32_t children) {
    for (Holder& holder : holders_) holder.children = children;
  }

 private:
  /// Where `tenant` is, or would be: a search without branches, which nobody could predict.
  std::size_t place_of(std::uint32_t tenant) const {
    if (column_) return tenant;
    const Holder* first = holders_.data();
    std::size_t left = std::min<std::size_t>(tenant, holders_.size());
    while (left > 0) {
      const std::size_t half = (left + 1) / 2;
      const std::size_t later = first[half - 1].tenant < tenant ? 1 : 0;
      first += half & (0 - later);
      left -= half;
    }
    return static_cast<std::size_t>(first - holders_.data());
  }
  void spread(std::uint32_t tenants) {
    std::vector<Holder> column(tenants);
    for (const Holder& holder : holders_) column[holder.tenant] = holder;
    holders_.swap(column);
    column_ = true;
  }
  void gather() {
    std::erase_if(holders_, [](const Holder& holder) { return holder.tenant == kNoIndex; });
    holders_.shrink_to_fit();
    column_ = false;
  }

  std::vector<Holder> holders_;
  std::uint32_t held_ = 0;
  bool column_ = false;
};

}  // namespace pigou
