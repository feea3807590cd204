// A parameter declared once: help, validation, docs, JSON and manifest all derive from this record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pigou {

enum class ParameterType { kInteger, kReal, kFlag, kChoice };

/// One parameter of a policy. `unit` is "1" for pure numbers. Choices only for kChoice.
struct Parameter {
  std::string_view name;
  ParameterType type;
  std::string_view unit;
  double fallback;  ///< default value; for a flag 0/1, for a choice the index
  double min;
  double max;
  std::string_view sentence;
  std::vector<std::string_view> choices = {};
  double least = 0;   ///< the smallest value but 0, for times after which things are repeated
  bool live = false;  ///< may change during a run (Policy::set)
};

/// The same, and it may change during a run.
inline Parameter live(Parameter parameter) {
  parameter.live = true;
  return parameter;
}

/// Values in the order of their declarations; doubles hold every type exactly up to 2^53.
using ParameterValues = std::vector<double>;

/// Defaults of every parameter.
ParameterValues default_values(const std::vector<Parameter>& declared);

/// Parses `text` for `parameter`. Throws UserError naming `owner`, the parameter, range and unit.
double parse_value(std::string_view owner, const Parameter& parameter, std::string_view text);

/// Index of `name` in `declared`. Throws UserError naming the nearest.
std::size_t parameter_index(std::string_view owner, const std::vector<Parameter>& declared,
                            std::string_view name);

/// The value as a user would write it ("0.5", "true", "argmin").
std::string format_value(const Parameter& parameter, double value);

}  // namespace pigou
