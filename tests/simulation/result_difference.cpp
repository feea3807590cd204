// Whether two results are the same, byte for byte, and where they first differ.
#include <cstring>
#include <sstream>

#include "simulation/random_scenario.hpp"

namespace pigou {
namespace {

template <class T>
void compare(std::string& out, const char* name, const std::vector<T>& a, const std::vector<T>& b) {
  if (!out.empty()) return;
  if (a.size() != b.size()) out = std::string(name) + " differs in length";
  for (std::size_t i = 0; i < a.size() && out.empty(); ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(T)) != 0)
      out = std::string(name) + " differs at row " + std::to_string(i) + ": " +
            std::to_string(a[i]) + " against " + std::to_string(b[i]);
}

}  // namespace

std::string first_difference(const RunResult& a, const RunResult& b) {
  std::string out;
  const RequestColumns& x = a.requests;
  const RequestColumns& y = b.requests;
  compare(out, "outcome", x.outcome, y.outcome);
  compare(out, "instance", x.instance, y.instance);
  compare(out, "decode_instance", x.decode_instance, y.decode_instance);
  compare(out, "arrival_s", x.arrival_s, y.arrival_s);
  compare(out, "queue_s", x.queue_s, y.queue_s);
  compare(out, "ttft_s", x.ttft_s, y.ttft_s);
  compare(out, "e2e_s", x.e2e_s, y.e2e_s);
  compare(out, "end_s", x.end_s, y.end_s);
  compare(out, "attempts", x.attempts, y.attempts);
  compare(out, "attempt", x.attempt, y.attempt);
  compare(out, "tpot_s", x.tpot_s, y.tpot_s);
  compare(out, "hit_tokens", x.hit_tokens, y.hit_tokens);
  compare(out, "believed_tokens", x.believed_tokens, y.believed_tokens);
  compare(out, "preemptions", x.preemptions, y.preemptions);
  compare(out, "request", x.request, y.request);
  compare(out, "input_tokens", x.input_tokens, y.input_tokens);
  compare(out, "output_tokens", x.output_tokens, y.output_tokens);
  compare(out, "recorded_tpot_s", x.recorded_tpot_s, y.recorded_tpot_s);
  compare(out, "recorded_instance", x.recorded_instance, y.recorded_instance);
  compare(out, "timeline time", a.timeline.time_s, b.timeline.time_s);
  compare(out, "timeline in_flight", a.timeline.in_flight, b.timeline.in_flight);
  compare(out, "timeline waiting", a.timeline.waiting, b.timeline.waiting);
  compare(out, "timeline running", a.timeline.running, b.timeline.running);
  compare(out, "timeline kv", a.timeline.kv_used_blocks, b.timeline.kv_used_blocks);
  compare(out, "timeline cv", a.timeline.cv_pending_prefill_tokens,
          b.timeline.cv_pending_prefill_tokens);
  const auto sums = [](const RunSummary& s) {
    std::vector<double> row = {s.itl.mean,
                               s.itl.p50,
                               s.itl.p99,
                               s.itl.max,
                               s.ttft.p99,
                               s.simulated_s,
                               s.cv_pending_prefill_tokens};
    for (const std::uint64_t n :
         {s.hit_tokens, s.phantom_hit_tokens, s.missed_hit_tokens, s.kv_messages_lost, s.kv_resyncs,
          s.engine_steps, s.transferred_bytes, s.finished, s.timed_out, s.failed, s.retries,
          s.breakers_opened, s.moved, s.migrated, s.decisions})
      row.push_back(static_cast<double>(n));
    if (s.recorded) {
      const RecordedSummary& r = *s.recorded;
      for (const RecordedFigure* figure : {&r.ttft, &r.tpot, &r.e2e, &r.cached_tokens})
        row.insert(row.end(), {figure->simulated.p90, figure->recorded.p50,
                               figure->request_error.mean, static_cast<double>(figure->requests)});
      row.push_back(static_cast<double>(r.same_instance));
    }
    for (const PoolSummary& p : s.pools)
      row.insert(row.end(), {p.utilisation, p.available, static_cast<double>(p.preemptions),
                             p.kv_peak, static_cast<double>(p.evicted_blocks)});
    return row;
  };
  compare(out, "summary", sums(a.summary), sums(b.summary));
  return out;
}

}  // namespace pigou
