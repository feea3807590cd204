#include "core/parameter.hpp"

#include <charconv>
#include <cmath>

#include "core/error.hpp"

namespace pigou {
namespace {

std::string range_text(const Parameter& parameter) {
  if (parameter.type == ParameterType::kFlag) return "true or false";
  if (parameter.type == ParameterType::kChoice) {
    std::string list = "one of ";
    for (std::size_t i = 0; i < parameter.choices.size(); ++i)
      list += (i ? ", " : "") + std::string(parameter.choices[i]);
    return list;
  }
  return (parameter.least > 0 ? "0, or " + format_value(parameter, parameter.least)
                              : format_value(parameter, parameter.min)) +
         " to " + format_value(parameter, parameter.max) +
         (parameter.unit == "1" ? "" : " " + std::string(parameter.unit));
}

[[noreturn]] void reject(std::string_view owner, const Parameter& parameter,
                         std::string_view text) {
  throw UserError(std::string(owner) + "." + std::string(parameter.name) + " cannot be '" +
                      std::string(text) + "'",
                  std::string(parameter.sentence), "use " + range_text(parameter));
}

}  // namespace

ParameterValues default_values(const std::vector<Parameter>& declared) {
  ParameterValues values;
  values.reserve(declared.size());
  for (const auto& parameter : declared) values.push_back(parameter.fallback);
  return values;
}

double parse_value(std::string_view owner, const Parameter& parameter, std::string_view text) {
  if (parameter.type == ParameterType::kFlag) {
    if (text == "true" || text == "1") return 1;
    if (text == "false" || text == "0") return 0;
    reject(owner, parameter, text);
  }
  if (parameter.type == ParameterType::kChoice) {
    for (std::size_t i = 0; i < parameter.choices.size(); ++i)
      if (parameter.choices[i] == text) return static_cast<double>(i);
    reject(owner, parameter, text);
  }
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = code == std::errc{} && end == text.data() + text.size();
  const bool integral = parameter.type != ParameterType::kInteger || value == std::floor(value);
  const bool short_of = value > 0 && value < parameter.least;
  if (!whole || !integral || short_of || !(value >= parameter.min && value <= parameter.max))
    reject(owner, parameter, text);
  return value;
}

std::size_t parameter_index(std::string_view owner, const std::vector<Parameter>& declared,
                            std::string_view name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    if (declared[i].name == name) return i;
    names.emplace_back(declared[i].name);
  }
  throw UserError("unknown parameter '" + std::string(name) + "' of " + std::string(owner),
                  names.empty() ? "it takes none" : "not in its parameter record",
                  names.empty() ? "remove it, or name another router" : suggest_name(name, names));
}

std::string format_value(const Parameter& parameter, double value) {
  if (parameter.type == ParameterType::kFlag) return value != 0 ? "true" : "false";
  if (parameter.type == ParameterType::kChoice)
    return std::string(parameter.choices.at(static_cast<std::size_t>(value)));
  char buffer[32];
  const auto [end, code] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return code == std::errc{} ? std::string(buffer, end) : "?";
}

}  // namespace pigou
