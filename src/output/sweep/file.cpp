// The HDF5 file of a sweep.
#include <optional>

#include "core/parse_number.hpp"
#include "output/run/result_file.hpp"
#include "output/sweep/report.hpp"
#include "output/text/setting_unit.hpp"

namespace pigou {
namespace {

/// The values as numbers, if all of them are.
std::optional<std::vector<double>> as_numbers(const std::vector<std::string>& texts) {
  std::vector<double> numbers;
  for (const std::string& text : texts) {
    double value = 0;
    if (!parse_number(text, value)) return std::nullopt;
    numbers.push_back(value);
  }
  return numbers;
}

void write_values(Hdf5Writer& writer, const std::string& path,
                  const std::vector<std::string>& texts, const std::string& unit,
                  const std::string& description) {
  if (const auto numbers = as_numbers(texts))
    writer.column(path, std::span<const double>(*numbers), {unit, description});
  else
    writer.texts(path, texts, description);
}

void write_axes(Hdf5Writer& writer, const SweepPlan& plan) {
  for (std::size_t a = 0; a < plan.axes.size(); ++a) {
    const Axis& axis = plan.axes[a];
    const std::string group = "/axes/" + std::to_string(a);
    std::string keys;
    for (std::size_t k = 0; k < axis.keys.size(); ++k) {
      keys += (k == 0 ? "" : ",") + axis.keys[k];
      std::vector<std::string> values;
      for (const auto& position : axis.values) values.push_back(position[k]);
      write_values(writer, group + "/" + axis.keys[k], values,
                   setting_unit(axis.keys[k], plan.base), "Values along the axis, in order.");
    }
    writer.attribute(group, "keys", keys);
  }
}

void write_points(Hdf5Writer& writer, const SweepPlan& plan, const SweepResults& results) {
  std::vector<std::vector<std::string>> by_key;
  std::vector<std::string> keys;
  for (std::size_t point = 0; point < plan.points; ++point) {
    const auto settings = grid_settings(plan.axes, point);
    by_key.resize(settings.size());
    for (std::size_t k = 0; k < settings.size(); ++k) by_key[k].push_back(settings[k].value);
    if (point > 0) continue;
    for (const auto& setting : settings) keys.push_back(setting.key);
  }
  for (std::size_t k = 0; k < keys.size(); ++k)
    write_values(writer, "/points/settings/" + keys[k], by_key[k], setting_unit(keys[k], plan.base),
                 "Value of the key, by point.");
  writer.texts("/points/scenario_hash", plan.hashes,
               "FNV-1a 64 of the point's resolved scenario, hexadecimal.");
  writer.column(
      "/points/random", std::span<const std::uint8_t>(results.randomness()),
      {"1", "1: some draw of the seed could change the point; 0: one run stands for all."});
  writer.column("/points/step_model", std::span<const std::uint32_t>(results.provenances().of),
                {"1", "Index into /input/step_models, by point."});
  writer.texts("/input/step_models", results.provenances().distinct,
               "Where step times come from and how far they are off held-out measurements.");
  std::vector<std::string> assumed;
  for (const auto& clauses : results.assumed().distinct) assumed.push_back(joined(clauses));
  writer.column("/points/assumed", std::span<const std::uint32_t>(results.assumed().of),
                {"1", "Index into /input/assumed, by point."});
  writer.texts("/input/assumed", assumed, "What to know before believing the numbers.");
}

}  // namespace

void write_sweep_file(const OutputTarget& target, const SweepPlan& plan,
                      const SweepResults& results) {
  Hdf5Writer writer(target);
  write_header(writer, "pigou-sweep", plan.base);
  write_axes(writer, plan);
  write_points(writer, plan, results);
  writer.column("/seeds", std::span<const std::uint64_t>(plan.seeds),
                {"1", "Seeds, in the order of the columns of /result."});
  for (const SweepColumn& column : results.columns())
    writer.grid("/result/" + column.note.path, column.values, plan.seeds.size(),
                {column.note.unit, column.note.description});
  writer.commit();
}

}  // namespace pigou
