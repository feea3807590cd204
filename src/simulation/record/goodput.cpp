#include "simulation/record/goodput.hpp"

#include <limits>

namespace pigou {

bool Goodput::attains(const RequestRecord& row) const {
  const auto within = [](double limit, SimTime span) {
    return limit <= 0 || to_seconds(span) <= limit;
  };
  const SimTime decode = row.end - row.first_token;
  const bool tpot = row.output_tokens < 2 || slo_.tpot_s <= 0 ||
                    to_seconds(decode) / (row.output_tokens - 1) <= slo_.tpot_s;
  return within(slo_.ttft_s, row.first_token - row.arrival) && tpot &&
         within(slo_.e2e_s, row.end - row.arrival);
}

void Goodput::finish(RunSummary& summary) const {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const double span = summary.simulated_s > 0 ? summary.simulated_s : kNaN;
  const bool target = slo_.ttft_s > 0 || slo_.tpot_s > 0 || slo_.e2e_s > 0;
  const double attained = target ? static_cast<double>(attained_) : kNaN;
  const auto arrived = static_cast<double>(summary.arrived);
  summary.slo_attained_fraction = arrived > 0 ? attained / arrived : kNaN;
  summary.goodput_requests_per_s = attained / span;
}

}  // namespace pigou
