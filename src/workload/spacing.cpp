#include "workload/spacing.hpp"

#include <algorithm>

namespace pigou {

void spread_instants(Trace& trace) {
  auto& arrival = trace.arrival;
  const std::size_t rows = arrival.size();
  std::int64_t gap = 0;  // between neighbours of the group before
  for (std::size_t begin = 0, end = 0; begin < rows; begin = end) {
    const std::int64_t at = arrival[begin].ps;
    while (end < rows && arrival[end].ps == at) ++end;
    if (end < rows) gap = (arrival[end].ps - at) / static_cast<std::int64_t>(end - begin);
    for (std::size_t row = begin; row < end; ++row)
      arrival[row].ps = at + gap * static_cast<std::int64_t>(row - begin);
  }
}

void warm_up(Trace& trace, std::uint64_t requests, double rate) {
  auto& arrival = trace.arrival;
  const std::size_t first = std::min<std::size_t>(requests, arrival.size());
  const auto nth = [&](std::size_t n) {
    return from_seconds(static_cast<double>(n) / rate, "workload.warm_up");
  };
  const SimTime begin = nth(first);
  const SimTime before = first < arrival.size() ? arrival[first] : SimTime{};
  for (std::size_t row = 0; row < first; ++row) arrival[row] = nth(row);
  for (std::size_t row = first; row < arrival.size(); ++row)
    arrival[row] = checked_add(begin, arrival[row] - before, "the trace after workload.warm_up");
}

}  // namespace pigou
