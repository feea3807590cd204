// The HDF5 file of knees.
#include <limits>

#include "game/knee/crossing.hpp"
#include "output/knee/report.hpp"
#include "output/run/result_file.hpp"
#include "output/text/setting_unit.hpp"

namespace pigou {
namespace {

using Numbers = std::vector<double>;

void write_knees(Hdf5Writer& writer, const std::string& group, const KneeTask& task,
                 KneeEstimate KneeCell::*knee, const std::string& what) {
  Numbers load, low, high, rate, parts;
  for (const KneeCell& cell : task.cells) {
    const KneeEstimate& estimate = cell.*knee;
    load.push_back(estimate.load.value_or(std::numeric_limits<double>::quiet_NaN()));
    rate.push_back(load.back() * cell.whole.rate_per_s);
    low.push_back(estimate.low);
    high.push_back(estimate.high);
    parts.insert(parts.end(), estimate.by_part.begin(), estimate.by_part.end());
  }
  writer.column(group + "/load", load, {"1", what + ", relative to the workload as recorded."});
  writer.column(group + "/rate_per_s", rate, {knee_rate_unit(task), "The same as a nominal rate."});
  writer.column(group + "/low", low, {"1", "Lower end of its interval; NaN: none."});
  writer.column(group + "/high", high, {"1", "Upper end of its interval; NaN: none."});
  writer.grid(
      group + "/by_part", parts, task.parts,
      {"1", "By part of the trace, relative to the part as recorded; NaN: not found there."});
}

/// Every replay of every chain, flat.
void write_points(Hdf5Writer& writer, const KneeTask& task) {
  std::vector<std::uint32_t> cells, parts;
  std::vector<std::uint8_t> regimes;
  std::vector<std::uint64_t> arrived, finished;
  Numbers load, rate, cost, ttft, e2e, growth, hits;
  for (std::uint32_t c = 0; c < task.cells.size(); ++c) {
    const KneeCell& cell = task.cells[c];
    for (std::uint32_t part = 0; part <= cell.parts.size(); ++part) {
      const KneeChain& chain = part == 0 ? cell.whole : cell.parts[part - 1];
      for (const LoadPoint& point : chain.points) {
        cells.push_back(c);
        parts.push_back(part);
        load.push_back(point.load);
        rate.push_back(point.load * chain.rate_per_s);
        cost.push_back(point.cost_s);
        ttft.push_back(point.ttft_s);
        e2e.push_back(point.e2e_s);
        growth.push_back(point.drift.growth);
        hits.push_back(point.hit_ratio);
        regimes.push_back(
            static_cast<std::uint8_t>(regime_at(point.load, chain.onset, chain.limit)));
        arrived.push_back(point.requests.arrived);
        finished.push_back(point.requests.finished);
      }
    }
  }
  using Counts = std::span<const std::uint64_t>;
  writer.column("/points/cell", std::span<const std::uint32_t>(cells),
                {"1", "Index into /cells, by replay."});
  writer.column("/points/part", std::span<const std::uint32_t>(parts),
                {"1", "0: the whole trace; else the part of it."});
  writer.column("/points/load", load, {"1", "Load, relative to what was replayed."});
  writer.column("/points/rate_per_s", rate, {knee_rate_unit(task), "The same as a nominal rate."});
  writer.column("/points/cost_s", cost, {"s", "Mean cost of finished requests."});
  writer.column("/points/ttft_s", ttft, {"s", "Mean TTFT of finished requests."});
  writer.column("/points/e2e_s", e2e, {"s", "Mean E2E of finished requests."});
  writer.column("/points/backlog_growth", growth,
                {"1", "Growth of the backlog over the last two thirds, over arrivals in them."});
  writer.column("/points/hit_ratio", hits, {"1", "Share of prompt tokens found in KV caches."});
  writer.column("/points/regime", std::span<const std::uint8_t>(regimes),
                {"1", "0: below the onset; 1: between; 2: past the limit."});
  writer.column("/points/arrived", Counts(arrived), {"requests", "Requests that arrived."});
  writer.column("/points/finished", Counts(finished), {"requests", "Requests that finished."});
}

}  // namespace

void write_knee_file(const OutputTarget& target, const KneeTask& task) {
  Hdf5Writer writer(target);
  write_header(writer, "pigou-knee", task.cells.front().scenario);
  std::vector<std::string> routers, labels, hashes, verdicts;
  Numbers rates;
  for (const KneeCell& cell : task.cells) {
    routers.push_back(cell.scenario.config.router.name);
    labels.push_back(cell.label);
    hashes.push_back(cell.scenario.hash);
    verdicts.push_back(knee_verdict(task, cell));
    rates.push_back(cell.whole.rate_per_s);
  }
  writer.texts("/cells/router", routers, "Name of the policy, by cell.");
  writer.texts("/cells/label", labels, "The same with the parameters that were given.");
  writer.texts("/cells/scenario_hash", hashes, "FNV-1a 64 of the cell's resolved scenario.");
  writer.texts("/cells/verdict", verdicts, "Onset, limit and interval in words.");
  writer.column("/cells/rate_per_s", rates,
                {knee_rate_unit(task), "Nominal rate of the whole trace at load 1."});
  for (std::size_t k = 0; k < task.cells.front().settings.size(); ++k) {
    std::vector<std::string> values;
    for (const KneeCell& cell : task.cells) values.push_back(cell.settings[k].value);
    const std::string& key = task.cells.front().settings[k].key;
    writer.texts(
        "/cells/settings/" + key, values,
        "Value of the key, by cell, in " + setting_unit(key, task.cells.front().scenario) + ".");
  }
  write_knees(writer, "/onset", task, &KneeCell::onset,
              "Load at which cost is twice that of the lowest load");
  write_knees(writer, "/limit", task, &KneeCell::limit,
              "Load at which the backlog grows by over 1 % of arrivals");
  write_points(writer, task);
  writer.text("/input/assumed", knee_assumptions(task),
              "What to know before believing the numbers.");
  writer.text("/input/cost", cost_name(task.cost), "Latency whose mean is the cost.");
  writer.scalar("/input/confidence", task.confidence, {"1", "Of the intervals."});
  writer.commit();
}

}  // namespace pigou
