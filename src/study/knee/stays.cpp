#include "study/knee/stays.hpp"

#include <algorithm>

namespace pigou {
namespace {

constexpr double kNever_s = std::numeric_limits<double>::infinity();

double served_s(const RequestColumns& requests, std::size_t i) {
  const bool served = requests.outcome[i] == static_cast<std::uint8_t>(Outcome::kFinished);
  return served ? requests.end_s[i] : kNever_s;
}

std::vector<Stay> sessions_of(const Workload& workload, const RequestColumns& requests) {
  const Trace& trace = workload.trace;
  std::vector<std::uint32_t> session_of(trace.rows());
  for (const Trace::Lane& lane : trace.lanes)
    std::fill(session_of.begin() + lane.first_row, session_of.begin() + lane.end_row, lane.session);
  std::vector<Stay> stays(workload.session_start.size());
  for (std::size_t s = 0; s < stays.size(); ++s)
    stays[s] = {to_seconds(workload.session_start[s]), 0};
  for (std::size_t i = 0; i < requests.request.size(); ++i) {
    const auto request = static_cast<std::size_t>(requests.request[i]);
    Stay& stay = stays[std::size_t{workload.copy_of(request)} * trace.sessions +
                       session_of[workload.row[request]]];
    stay.end_s = std::max(stay.end_s, served_s(requests, i));
  }
  return stays;
}

}  // namespace

std::vector<Stay> stays_of(const Workload& workload, const RequestColumns& requests) {
  if (workload.trace.closed_loop()) return sessions_of(workload, requests);
  std::vector<Stay> stays(requests.request.size());
  for (std::size_t i = 0; i < stays.size(); ++i)
    stays[i] = {requests.arrival_s[i], served_s(requests, i)};
  return stays;
}

double first_begin_s(const std::vector<Stay>& stays) {
  return stays.empty() ? 0 : std::ranges::min_element(stays, {}, &Stay::begin_s)->begin_s;
}

}  // namespace pigou
