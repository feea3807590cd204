#include "routing/parts/fleet_side.hpp"

#include <algorithm>

namespace pigou {

std::uint32_t usable_count(const FleetSide& side) {
  if (side.columns.eligible == nullptr) return side.count();
  const std::uint8_t* eligible = side.columns.eligible;
  return static_cast<std::uint32_t>(
      side.count() -
      static_cast<std::uint32_t>(std::count(eligible, eligible + side.count(), std::uint8_t{0})));
}

std::uint32_t usable_at(const FleetSide& side, std::uint32_t n) {
  if (side.columns.eligible == nullptr) return n < side.count() ? n : kNoIndex;
  for (std::uint32_t i = 0; i < side.count(); ++i)
    if (side.usable(i) && n-- == 0) return i;
  return kNoIndex;
}

std::uint32_t first_usable(const FleetSide& side) {
  const std::uint32_t first = usable_at(side, 0);
  return first == kNoIndex ? 0 : first;
}

DrawnPair draw_pair(const FleetSide& side, const RandomStream& stream, std::uint32_t entity,
                    std::uint32_t k) {
  const std::uint32_t n = usable_count(side);
  if (n == 0) return {};
  const std::uint32_t first = stream.below(n, entity, k);
  if (n == 1) return {usable_at(side, 0), usable_at(side, 0)};
  const std::uint32_t second = (first + 1 + stream.below(n - 1, entity, k + 1)) % n;
  return {usable_at(side, first), usable_at(side, second)};
}

std::uint32_t draw_usable(const FleetSide& side, const RandomStream& stream, std::uint32_t entity,
                          std::uint32_t k) {
  const std::uint32_t n = usable_count(side);
  return n == 0 ? 0 : usable_at(side, stream.below(n, entity, k));
}

}  // namespace pigou
