// The HDF5 file of prices of anarchy.
#include <functional>

#include "output/poa/report.hpp"
#include "output/run/result_file.hpp"

namespace pigou {
namespace {

using Numbers = std::vector<double>;

void write_column(Hdf5Writer& writer, const PoaTask& task, const std::string& path,
                  const DatasetNote& note, const std::function<double(const PoaLoad&)>& value) {
  Numbers values;
  for (const PoaLoad& at : task.at) values.push_back(value(at));
  writer.column(path, std::span<const double>(values), note);
}

void write_bounds(Hdf5Writer& writer, const PoaTask& task) {
  Numbers service, pooling;
  for (const PoaLoad& at : task.at)
    for (const LowerBound& bound : at.bounds) {
      service.push_back(bound.service_s);
      pooling.push_back(bound.pooling_s);
    }
  writer.grid("/bounds/service_s", service, task.seeds,
              {"s", "Mean wait for the steps of a request's own tokens, by load and seed."});
  writer.grid("/bounds/pooling_s", pooling, task.seeds,
              {"s", "Mean latency on one server of the summed speed, by load and seed."});
  write_column(writer, task, "/bounds/cost_s", {"s", "Larger of the two, mean over seeds."},
               [](const PoaLoad& at) { return at.bound_s(); });
}

void write_routers(Hdf5Writer& writer, const PoaTask& task) {
  std::vector<std::string> labels;
  for (const PoaRouter& router : task.routers) labels.push_back(router.label);
  writer.texts("/routers/label", labels, "Routers; the first is the one asked about.");
  Numbers means, by_seed;
  for (const PoaLoad& at : task.at)
    for (const PoaRuns& runs : at.runs) {
      means.push_back(runs.mean_s());
      by_seed.insert(by_seed.end(), runs.cost_s.begin(), runs.cost_s.end());
    }
  writer.grid("/routers/cost_s", means, task.routers.size(),
              {"s", "Mean cost, by load and router; NaN: not all requests finished."});
  writer.grid("/routers/by_seed_s", by_seed, task.seeds,
              {"s", "Mean cost of finished requests, by load and router (rows) and seed."});
}

void write_hat(Hdf5Writer& writer, const PoaTask& task, const std::string& name,
               PoaHat PoaLoad::*hat, const std::string& form) {
  const std::string group = "/historical_index/" + name;
  const auto add = [&](const char* what, const std::string& text, double PoaHat::*value) {
    write_column(writer, task, group + what, {"1", text + ", PoA-hat of the " + form + " form."},
                 [&](const PoaLoad& at) { return at.*hat.*value; });
  };
  add("/of_sums", "Ratio of sums", &PoaHat::of_sums);
  add("/median", "Median over windows", &PoaHat::median);
  add("/p90", "90th percentile over windows", &PoaHat::p90);
  add("/max", "Maximum over windows", &PoaHat::max);
  add("/at_most", "What the worst placing would be", &PoaHat::bound);
}

void write_games(Hdf5Writer& writer, const PoaTask& task) {
  const auto add = [&](const char* name, const DatasetNote& note,
                       const std::function<double(const WindowPrices&)>& value) {
    write_column(writer, task, std::string("/window_games/") + name, note,
                 [&](const PoaLoad& at) { return value(at.windows); });
  };
  add("windows", {"windows", "Windows whose game was solved or searched."},
      [](const auto& w) { return static_cast<double>(w.windows); });
  add("solved", {"windows", "Of them, with an optimum known to be one."},
      [](const auto& w) { return static_cast<double>(w.exact); });
  add("choices", {"instances", "Instances that the policy considered for a member, mean."},
      [](const auto& w) { return w.choices; });
  add("greedy_over_best", {"1", "Cost of best responses in order over the best placement found."},
      [](const auto& w) { return w.greedy(); });
  add("observed_over_best", {"1", "Cost of the router's placement over the best found."},
      [](const auto& w) { return w.observed(); });
  add("best_over_bound", {"1", "Cost of the best found over a lower bound."},
      [](const auto& w) { return w.best_s / w.bound_s; });
}

}  // namespace

void write_poa_file(const OutputTarget& target, const PoaTask& task) {
  Hdf5Writer writer(target);
  write_header(writer, "pigou-poa", task.routers.front().scenario);
  writer.attribute("/", "verdict", poa_verdict(task));
  write_column(writer, task, "/loads/load", {"1", "Load, relative to the workload as recorded."},
               [](const PoaLoad& at) { return at.load; });
  write_column(writer, task, "/loads/requests_per_s", {"requests/s", "The same, nominally."},
               [](const PoaLoad& at) { return at.requests_per_s; });
  write_column(writer, task, "/price/cost_s",
               {"s", "Mean cost of the router asked about; NaN: not all requests finished."},
               [](const PoaLoad& at) { return at.runs.front().mean_s(); });
  write_column(writer, task, "/price/over_bound", {"1", "Cost over what no router can beat."},
               [](const PoaLoad& at) { return at.over_bound(); });
  write_column(writer, task, "/price/over_best", {"1", "Cost over the best known router's."},
               [](const PoaLoad& at) { return at.over_best(); });
  write_column(writer, task, "/price/over_best_half",
               {"1", "Half of its 95 % interval over seeds, Student's t; NaN: one seed."},
               [](const PoaLoad& at) { return at.over_best_half(); });
  write_bounds(writer, task);
  write_routers(writer, task);
  write_hat(writer, task, "residents", &PoaLoad::residents, "residents");
  write_hat(writer, task, "logit", &PoaLoad::logit, "logit");
  write_games(writer, task);
  writer.text("/input/cost", cost_name(task.cost), "Latency whose mean is the cost.");
  writer.scalar("/input/window", std::uint64_t{task.window},
                {"requests", "Requests in a window's game."});
  writer.scalar("/input/first_seed", task.first_seed, {"1", "First of the seeds, in order."});
  writer.text("/input/assumed", joined(poa_assumptions(task)),
              "What to know before believing the numbers.");
  writer.commit();
}

}  // namespace pigou
