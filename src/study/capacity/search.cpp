#include "study/capacity/search.hpp"

#include <algorithm>
#include <cmath>

namespace pigou {

void CapacitySearch::add(double load, Verdict verdict) {
  probes_.push_back({load, verdict});
  std::ranges::sort(probes_, {}, &Probe::load);
}

/// Where loads begin that say something: of a small trace the lowest may be left unsure because
/// next to nothing comes.
std::vector<CapacitySearch::Probe>::const_iterator CapacitySearch::first_telling() const {
  const auto telling =
      std::ranges::find_if(probes_, [](const Probe& p) { return p.verdict != Verdict::kUnsure; });
  const bool met = telling != probes_.end() && telling->verdict == Verdict::kMeets;
  return met ? telling : probes_.begin();
}

/// A load that meets above one that does not is luck: the first that does not ends the range.
std::optional<double> CapacitySearch::lowest_not_met() const {
  for (auto probe = first_telling(); probe != probes_.end(); ++probe)
    if (probe->verdict != Verdict::kMeets) return probe->load;
  return std::nullopt;
}

std::optional<double> CapacitySearch::meets() const {
  std::optional<double> highest;
  for (auto probe = first_telling(); probe != probes_.end(); ++probe) {
    if (probe->verdict != Verdict::kMeets) break;
    highest = probe->load;
  }
  return highest;
}

std::optional<double> CapacitySearch::fails() const {
  const auto met = meets();
  for (const Probe& probe : probes_)
    if (probe.verdict == Verdict::kFails && (!met || probe.load > *met)) return probe.load;
  return std::nullopt;
}

std::optional<double> CapacitySearch::highest_not_failed() const {
  const auto failed = fails();
  std::optional<double> highest;
  for (const Probe& probe : probes_) {
    if (failed && probe.load >= *failed) break;
    highest = probe.load;
  }
  return highest;
}

/// A load inside the gap, if it is wide enough to be split.
std::optional<double> CapacitySearch::split(double below, double above) const {
  if (above <= below * (1 + range_.tolerance) && !range_.whole) return std::nullopt;
  if (!range_.whole) {
    const double middle = std::sqrt(below * above);
    // Neighbouring numbers have nothing between them, however small the tolerance.
    return middle > below && middle < above ? std::optional(middle) : std::nullopt;
  }
  if (above - below <= 1) return std::nullopt;
  const double middle = std::floor(std::sqrt(below * above));
  return std::clamp(middle, below + 1, above - 1);
}

std::optional<double> CapacitySearch::next() const {
  if (probes_.empty()) return range_.start;
  const auto met = meets();
  const auto failed = fails();
  if (!met) {
    const double least = probes_.front().load;
    const double less = range_.whole ? std::floor(least / range_.step) : least / range_.step;
    if (least > range_.low) return std::max(range_.low, less);
  }
  if (!failed) {
    const double most = probes_.back().load;
    if (most < range_.high) return std::min(range_.high, most * range_.step);
  }
  if (!met) return std::nullopt;
  const auto doubted = lowest_not_met();
  if (doubted)
    if (const auto middle = split(*met, *doubted)) return middle;
  if (failed)
    if (const auto middle = split(*highest_not_failed(), *failed)) return middle;
  return std::nullopt;
}

}  // namespace pigou
