// Which tenants hold a node of a text tree: a list of few, a hash table of more, a column over all
// tenants of many.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "core/load_ahead.hpp"

namespace pigou {

/// A tenant's hold on one node.
struct Holder {
  std::uint32_t tenant = kNoIndex;  ///< kNoIndex: nobody, a gap
  std::uint32_t children = 0;       ///< child nodes the tenant holds too
  std::int64_t stamp = 0;
};

/// A value. A few tenants are a list that is read through, more a hash table with gaps, and from
/// one tenant in sixteen on (but not for less than three) a column over all tenants; it turns back
/// at half of that. Finding one reads one line of memory, as a rule.
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
    load_ahead(holders_.data() + (form_ == Form::kList ? 0 : home_of(tenant)));
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
    make_room(tenants);
    if (form_ == Form::kList) return {holders_.emplace_back(Holder{tenant, 0, 0}), true};
    return {holders_[place_of(tenant)] = {tenant, 0, 0}, true};
  }
  /// Takes away one that is among them.
  void remove(std::uint32_t tenant) {
    const std::size_t place = place_of(tenant);
    --held_;
    if (form_ == Form::kList) {
      holders_[place] = holders_.back();
      holders_.pop_back();
    } else if (form_ == Form::kColumn) {
      holders_[place] = {};
      if (32 * held_ < holders_.size()) become(fitting(), 0);
    } else {
      close_gap(place);
      if (held_ <= kListed / 2) become(Form::kList, 0);
    }
  }
  void clear() {
    holders_.clear();
    held_ = 0;
    form_ = Form::kList;
  }

  /// Calls visit(holder) for each, in no order.
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
  enum class Form : std::uint8_t { kList, kTable, kColumn };
  static constexpr std::uint32_t kListed = 8;  ///< two lines of memory

  /// Where a table or a column has `tenant`, or a table begins to look for it.
  std::size_t home_of(std::uint32_t tenant) const {
    return form_ == Form::kColumn ? tenant : (tenant * 0x9e3779b1U) >> shift_;
  }
  /// Where `tenant` is, or in a table or a column would be; the end of a list it is not in.
  std::size_t place_of(std::uint32_t tenant) const {
    if (form_ == Form::kColumn) return tenant;
    std::size_t place = 0;
    if (form_ == Form::kList) {
      while (place < holders_.size() && holders_[place].tenant != tenant) ++place;
      return place;
    }
    const std::size_t mask = holders_.size() - 1;
    place = home_of(tenant);
    while (holders_[place].tenant != tenant && holders_[place].tenant != kNoIndex)
      place = (place + 1) & mask;
    return place;
  }

  Form fitting() const { return held_ <= kListed ? Form::kList : Form::kTable; }
  /// One more will come, who counts in held_ already.
  void make_room(std::uint32_t tenants) {
    if (form_ == Form::kColumn) return;
    if (held_ > 2 && 16 * held_ > tenants)
      become(Form::kColumn, tenants);
    else if (form_ == Form::kTable ? 4 * held_ > 3 * holders_.size() : held_ > kListed)
      become(Form::kTable, 0);
  }
  /// The same holders in another form or, for a table, one twice as large as they need.
  void become(Form form, std::uint32_t tenants) {
    std::vector<Holder> old;
    old.swap(holders_);
    form_ = form;
    if (form == Form::kColumn) holders_.resize(tenants);
    if (form == Form::kTable) {
      const std::uint32_t bits = static_cast<std::uint32_t>(std::bit_width(held_)) + 1;
      shift_ = static_cast<std::uint8_t>(32 - bits);
      holders_.resize(std::size_t{1} << bits);
    }
    for (const Holder& holder : old) {
      if (holder.tenant == kNoIndex) continue;
      if (form == Form::kList)
        holders_.push_back(holder);
      else
        holders_[place_of(holder.tenant)] = holder;
    }
  }
  /// Leaves no gap in a table between a holder and its home.
  void close_gap(std::size_t gap) {
    const std::size_t mask = holders_.size() - 1;
    for (std::size_t next = (gap + 1) & mask; holders_[next].tenant != kNoIndex;
         next = (next + 1) & mask) {
      const std::size_t home = home_of(holders_[next].tenant);
      if (((next - home) & mask) < ((next - gap) & mask)) continue;  // it is behind the gap's part
      holders_[gap] = holders_[next];
      gap = next;
    }
    holders_[gap] = {};
  }

  std::vector<Holder> holders_;
  std::uint32_t held_ = 0;
  Form form_ = Form::kList;
  std::uint8_t shift_ = 0;  ///< of a table's hash
};

}  // namespace pigou
