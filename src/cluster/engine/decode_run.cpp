#include "cluster/engine/decode_run.hpp"

#include <cmath>

namespace pigou {

std::uint64_t DecodeRun::steps_started(SimTime time) const {
  if (time <= start) return 0;
  const auto elapsed = static_cast<double>(time.ps - start.ps);
  const auto a = static_cast<double>(first_ps);
  const auto g = static_cast<double>(growth_ps);
  // boundary(n) = n*a + g*n*(n-1)/2 solved for n; stable for g -> 0.
  const double b = a - 0.5 * g;
  const double guess = 2.0 * elapsed / (b + std::sqrt(b * b + 2.0 * g * elapsed));
  auto n = static_cast<std::uint64_t>(std::max(1.0, guess));
  while (boundary(n) < time) ++n;
  while (n > 0 && boundary(n - 1) >= time) --n;
  return n;
}

}  // namespace pigou
