#include "routing/epp_holders.hpp"

namespace pigou {

/// Among those in place; the third makes it a crowd.
bool EppCrowds::touch_few(EppHolders& part, EppHolder by) {
  for (std::uint32_t k = 0; k < part.count; ++k) {
    if (part.few[k].pod != by.pod) continue;
    part.few[k].touch = by.touch;
    return false;
  }
  if (part.count < part.few.size()) {
    part.few[part.count++] = by;
    return true;
  }
  if (spare_.empty()) {
    part.crowd = static_cast<std::uint32_t>(crowds_.size());
    crowds_.emplace_back();
  } else {
    part.crowd = spare_.back();
    spare_.pop_back();
  }
  std::vector<EppHolder>& list = crowds_[part.crowd].list;
  list.assign(part.few.begin(), part.few.end());
  std::ranges::sort(list, {}, &EppHolder::pod);
  return touch(part, by);
}

bool EppCrowds::touch(EppHolders& part, EppHolder by) {
  if (part.crowd == kNoIndex) return touch_few(part, by);
  Crowd& crowd = crowds_[part.crowd];
  if (crowd.touches.empty()) {
    const auto at = std::ranges::lower_bound(crowd.list, by.pod, {}, &EppHolder::pod);
    if (at != crowd.list.end() && at->pod == by.pod) {
      at->touch = by.touch;
      return false;
    }
    ++part.count;
    if (part.count <= pods_ / 16) {
      crowd.list.insert(at, by);
      return true;
    }
    spread(crowd);
  } else if (crowd.touches[by.pod] != 0) {
    crowd.touches[by.pod] = by.touch;
    return false;
  } else {
    ++part.count;
  }
  crowd.touches[by.pod] = by.touch;
  crowd.bits[by.pod / 64] |= std::uint64_t{1} << by.pod % 64;
  return true;
}

/// A list of more than a sixteenth of the pods becomes a column, below half of that a list again.
void EppCrowds::spread(Crowd& crowd) const {
  crowd.touches.assign(pods_, 0);
  crowd.bits.assign((pods_ + 63) / 64, 0);
  for (const EppHolder& holder : crowd.list) {
    crowd.touches[holder.pod] = holder.touch;
    crowd.bits[holder.pod / 64] |= std::uint64_t{1} << holder.pod % 64;
  }
  crowd.list = {};
}

void EppCrowds::gather(Crowd& crowd, std::uint32_t count) {
  crowd.list.reserve(count);
  for (std::uint32_t pod = 0; pod < crowd.touches.size(); ++pod)
    if (crowd.touches[pod] != 0) crowd.list.push_back({pod, crowd.touches[pod]});
  crowd.touches = {};
  crowd.bits = {};
}

void EppCrowds::remove(EppHolders& part, std::uint32_t pod) {
  --part.count;
  if (part.crowd == kNoIndex) {
    if (part.few[0].pod == pod) part.few[0] = part.few[1];
    return;
  }
  Crowd& crowd = crowds_[part.crowd];
  if (crowd.touches.empty()) {
    crowd.list.erase(std::ranges::lower_bound(crowd.list, pod, {}, &EppHolder::pod));
  } else {
    crowd.touches[pod] = 0;
    crowd.bits[pod / 64] &= ~(std::uint64_t{1} << pod % 64);
    if (part.count < pods_ / 32 || part.count == 0) gather(crowd, part.count);
  }
  if (part.count > 0) return;
  crowd = {};
  spare_.push_back(part.crowd);
  part.crowd = kNoIndex;
}

EppHolders EppCrowds::copy(const EppHolders& part) {
  EppHolders made = part;
  if (part.crowd == kNoIndex) return made;
  if (spare_.empty()) {
    made.crowd = static_cast<std::uint32_t>(crowds_.size());
    crowds_.emplace_back();
  } else {
    made.crowd = spare_.back();
    spare_.pop_back();
  }
  crowds_[made.crowd] = crowds_[part.crowd];
  return made;
}

}  // namespace pigou
