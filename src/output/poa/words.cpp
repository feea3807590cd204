// What is said of prices in sentences: a part of report.hpp.
#include <algorithm>

#include "output/poa/report.hpp"
#include "output/text/label_notes.hpp"
#include "output/text/numbers.hpp"
#include "output/text/seed_note.hpp"

namespace pigou {
namespace {

std::string load_text(double load) { return significant(load, 3) + "x"; }

/// "dynamo-kv costs 1.40 times ... at 1x (3.32 requests/s)".
std::string price_text(const PoaTask& task, const PoaLoad& at) {
  const auto best = at.best();
  std::string text = "at " + load_text(at.load) + " (" + significant(at.requests_per_s, 3) +
                     " requests/s) at most " + significant(at.over_bound(), 3) +
                     " times what any router can reach";
  if (task.routers.size() == 1 || !best) return text;
  if (*best == 0) return text + " and no more than the best known";
  return text + " and " + significant(100 * (at.over_best() - 1), 2) +
         " % more than the best known (" + task.routers[*best].label +
         (task.seeds == 1 ? ", one run each)" : ")");
}

}  // namespace

std::string no_ratio(const PoaTask& task, const PoaLoad& at) {
  const RequestCounts& counts = at.runs.front().requests;
  if (counts.all_finished()) return {};
  std::string text;
  const auto add = [&](std::uint64_t count, const char* what) {
    if (count > 0) text += (text.empty() ? "" : ", ") + grouped(count) + " " + what;
  };
  add(counts.rejected, "rejected");
  add(counts.timed_out, "timed out");
  add(counts.failed, "failed");
  add(counts.in_flight, "in flight");
  return "no price at " + load_text(at.load) + ": of " + grouped(counts.arrived) + " requests of " +
         task.routers.front().label + " " + text + ", so its mean is over others than the bound's";
}

std::string poa_verdict(const PoaTask& task) {
  std::vector<const PoaLoad*> priced;
  for (const PoaLoad& at : task.at)
    if (no_ratio(task, at).empty()) priced.push_back(&at);
  const std::string who =
      "mean " + std::string(cost_title(task.cost)) + " of " + task.routers.front().label + " is ";
  if (priced.empty()) return no_ratio(task, task.at.front()) + ".";
  std::string text = who + price_text(task, *priced.front());
  if (priced.size() > 1) text += "; " + price_text(task, *priced.back());
  return text + ".";
}

std::vector<std::string> poa_assumptions(const PoaTask& task) {
  std::vector<std::string> clauses;
  const LowerBound& bound = task.at.front().bounds.front();
  clauses.push_back(
      "no router beats the bound, yet one need not reach it: it takes every block that an earlier "
      "request had for cached and instances for one, so it is tight below the onset and loose "
      "above, where the best known says more");
  clauses.push_back("the bound counts " + grouped(bound.prefill_instances) +
                    " instances that compute prompts, no transfers, and no decode step of a first "
                    "token");
  if (!bound.regular_rows)
    clauses.push_back(
        "step row: some larger or mixed step is shorter, so waits are from the convex floor below "
        "it");
  std::string left_out;
  for (const PoaLoad& at : task.at)
    for (std::size_t r = 1; r < at.runs.size(); ++r)
      if (!at.runs[r].all_finished())
        left_out +=
            (left_out.empty() ? "" : ", ") + task.routers[r].label + " at " + load_text(at.load);
  if (!left_out.empty())
    clauses.push_back("not among the best known, as not all requests finished: " + left_out);
  clauses.push_back(
      "PoA-hat (arXiv 2606.17081) is a historical index, no price: it falls past the onset, and is "
      "below 1 where one request per instance forces worse choices; with W requests against N "
      "instances it would be nearly W / N");
  if (const std::string note = seed_note(task.seeds, task.random); !note.empty())
    clauses.push_back(note);
  const UnusedLabels& unused = task.lowest.unused;
  for (const std::string& note : label_notes({{task.routers.front().scenario.config.router.name,
                                               task.routers.front().label, unused}}))
    clauses.push_back(note);
  return clauses;
}

}  // namespace pigou
