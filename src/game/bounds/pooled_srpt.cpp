#include "game/bounds/pooled_srpt.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace pigou {

double pooled_flow_ps(std::span<const PooledJob> jobs, double instances) {
  require(instances > 0, "a pool has an instance");
  using Left = std::pair<double, std::size_t>;  // work of the pool, job
  std::priority_queue<Left, std::vector<Left>, std::greater<>> open;
  double flow = 0;
  // Time runs from job to job relative to the last arrival: sums of ps stay exact enough.
  for (std::size_t next = 0; next < jobs.size(); ++next) {
    open.emplace(jobs[next].work_ps / instances, next);
    const bool last = next + 1 == jobs.size();
    const SimTime now = jobs[next].arrival;
    double room = last ? 0 : static_cast<double>((jobs[next + 1].arrival - now).ps);
    double passed = 0;
    while (!open.empty() && (last || room > 0)) {
      const auto [left, job] = open.top();
      open.pop();
      if (!last && left > room) {
        open.emplace(left - room, job);
        break;
      }
      room -= left;
      passed += left;
      flow += static_cast<double>((now - jobs[job].arrival).ps) + passed;
    }
  }
  return flow;
}

}  // namespace pigou
