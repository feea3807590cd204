#include "core/time.hpp"

#include <cmath>
#include <string>

#include "core/error.hpp"

namespace pigou {

SimTime from_seconds(double seconds, const char* what) {
  const double ps = seconds * 1e12;
  if (!std::isfinite(ps) || std::abs(ps) > static_cast<double>(kLongest.ps)) {
    throw UserError(std::string(what) + " is out of range",
                    "simulated time is a 64-bit count of picoseconds",
                    "use a value between 0 and 4,600,000 seconds");
  }
  return {std::llround(ps)};
}

SimTime checked_add(SimTime a, SimTime b, const char* what) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.ps, b.ps, &sum) || sum > kLongest.ps) {
    throw UserError(std::string(what) + " passes the end of simulated time",
                    "simulated time is a 64-bit count of picoseconds, at most 53 days here",
                    "shorten the trace with workload.window_s or lower workload.repeat");
  }
  return {sum};
}

}  // namespace pigou
