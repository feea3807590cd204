#include "routing/llm_d/prefix_holders.hpp"

namespace pigou {

std::uint32_t EppCrowds::take_list(std::uint32_t size) {
  const std::uint32_t spare = spare_list_[size];
  if (spare != kNoIndex) {
    spare_list_[size] = lists_[spare].pod;
    return spare;
  }
  const auto begin = static_cast<std::uint32_t>(lists_.size());
  lists_.resize(lists_.size() + (std::size_t{kFirstList} << size));
  return begin;
}

void EppCrowds::give_list(std::uint32_t begin, std::uint32_t size) {
  lists_[begin].pod = spare_list_[size];
  spare_list_[size] = begin;
}

std::uint32_t EppCrowds::take_column() {
  const std::uint32_t spare = spare_column_;
  if (spare != kNoIndex) {
    std::uint32_t& next = touches_[spare * std::size_t{pods_}];
    spare_column_ = next;
    next = 0;
    return spare;
  }
  const auto column = static_cast<std::uint32_t>(bits_.size() / words_);
  touches_.resize(touches_.size() + pods_, 0);
  bits_.resize(bits_.size() + words_, 0);
  return column;
}

/// One that nobody is in any more.
void EppCrowds::give_column(std::uint32_t column) {
  touches_[column * std::size_t{pods_}] = spare_column_;
  spare_column_ = column;
}

/// In the column of a part.
void EppCrowds::set(const EppHolders& part, EppHolder by) {
  touches_[part.crowd * std::size_t{pods_} + by.pod] = by.touch;
  std::uint64_t& word = bits_[part.crowd * words_ + by.pod / 64];
  const std::uint64_t bit = std::uint64_t{1} << by.pod % 64;
  word = by.touch != 0 ? word | bit : word & ~bit;
}

/// The third pod makes a list.
bool EppCrowds::touch_in_place(EppHolders& part, EppHolder by) {
  for (std::uint32_t k = 0; k < part.count; ++k) {
    if (part.few[k].pod != by.pod) continue;
    part.few[k].touch = by.touch;
    return false;
  }
  if (part.count < part.few.size()) {
    part.few[part.count++] = by;
    return true;
  }
  const bool sorted = part.few[0].pod < part.few[1].pod;
  part.crowd = take_list(0);
  lists_[part.crowd] = part.few[sorted ? 0 : 1];
  lists_[part.crowd + 1] = part.few[sorted ? 1 : 0];
  size_of(part) = 0;
  return touch(part, by);
}

bool EppCrowds::touch(EppHolders& part, EppHolder by) {
  if (part.crowd == kNoIndex) return touch_in_place(part, by);
  if (!is_column(part)) {
    const auto holders = list(part);
    const auto found = std::ranges::lower_bound(holders, by.pod, {}, &EppHolder::pod);
    const auto place = static_cast<std::size_t>(found - holders.begin());
    if (found != holders.end() && found->pod == by.pod) {
      lists_[part.crowd + place].touch = by.touch;
      return false;
    }
    if (part.count < pods_ / 16) {
      if (part.count == kFirstList << size_of(part)) grow(part);
      EppHolder* const first = &lists_[part.crowd];
      std::copy_backward(first + place, first + part.count, first + part.count + 1);
      first[place] = by;
      ++part.count;
      return true;
    }
    spread(part);
  }
  const bool is_new = column(part)[by.pod] == 0;
  set(part, by);
  part.count += is_new ? 1 : 0;
  return is_new;
}

/// A list gets twice the room.
void EppCrowds::grow(EppHolders& part) {
  const std::uint32_t size = size_of(part);
  const std::uint32_t begin = take_list(size + 1);
  std::copy_n(&lists_[part.crowd], part.count, &lists_[begin]);
  give_list(part.crowd, size);
  part.crowd = begin;
  size_of(part) = size + 1;
}

/// A list of more than a sixteenth of the pods becomes a column, at half of that a list again.
void EppCrowds::spread(EppHolders& part) {
  const std::uint32_t begin = part.crowd;
  const std::uint32_t size = size_of(part);
  part.crowd = take_column();
  size_of(part) = kColumn;
  for (std::uint32_t k = 0; k < part.count; ++k) set(part, lists_[begin + k]);
  give_list(begin, size);
}

void EppCrowds::gather(EppHolders& part) {
  std::uint32_t size = 0;
  while (kFirstList << size < part.count) ++size;
  EppHolders made = part;
  made.crowd = take_list(size);
  size_of(made) = size;
  std::uint32_t next = made.crowd;
  for_each(part, [&](std::uint32_t pod, std::uint32_t touch) { lists_[next++] = {pod, touch}; });
  for (std::uint32_t k = 0; k < part.count; ++k) set(part, {lists_[made.crowd + k].pod, 0});
  give_column(part.crowd);
  part = made;
}

void EppCrowds::remove(EppHolders& part, std::uint32_t pod) {
  if (part.crowd == kNoIndex) {
    --part.count;
    if (part.few[0].pod == pod) part.few[0] = part.few[1];
    return;
  }
  if (is_column(part)) {
    set(part, {pod, 0});
    --part.count;
    if (part.count > 0 && part.count < pods_ / 32) gather(part);
  } else {
    const auto holders = list(part);
    const auto found = std::ranges::lower_bound(holders, pod, {}, &EppHolder::pod);
    EppHolder* const first = &lists_[part.crowd];
    std::copy(first + (found - holders.begin()) + 1, first + part.count,
              first + (found - holders.begin()));
    --part.count;
  }
  if (part.count > 0) return;
  if (is_column(part))
    give_column(part.crowd);
  else
    give_list(part.crowd, size_of(part));
  part.crowd = kNoIndex;
}

EppHolders EppCrowds::copy(const EppHolders& part) {
  EppHolders made = part;
  if (part.crowd == kNoIndex) return made;
  if (is_column(part)) {
    made.crowd = take_column();
    std::copy_n(&touches_[part.crowd * std::size_t{pods_}], pods_,
                &touches_[made.crowd * std::size_t{pods_}]);
    std::copy_n(&bits_[part.crowd * words_], words_, &bits_[made.crowd * words_]);
  } else {
    made.crowd = take_list(size_of(made));
    std::copy_n(&lists_[part.crowd], part.count, &lists_[made.crowd]);
  }
  return made;
}

}  // namespace pigou
