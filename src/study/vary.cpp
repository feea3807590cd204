#include "study/vary.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <set>

#include "core/error.hpp"
#include "core/parse_number.hpp"

namespace pigou {
namespace {

constexpr const char* kForms = "write KEY=1,2,3 or KEY=1:8[:STEP] or A,B=1:4,2:8";

[[noreturn]] void reject(std::string_view text, const std::string& why,
                         const std::string& suggestion = kForms) {
  throw UserError("--vary " + (text.empty() ? "''" : std::string(text)) + " cannot be read", why,
                  suggestion);
}

/// Splits at `separator`, but not inside quotes, brackets or braces.
std::vector<std::string> split(std::string_view text, char separator, std::string_view whole) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '[' || c == '{')) ++depth;
    if (!quoted && (c == ']' || c == '}')) --depth;
    if (c == separator && !quoted && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  if (quoted) reject(whole, "a double quote is not closed");
  if (depth != 0) reject(whole, "a bracket is not closed");
  return parts;
}

/// A value in quotes is the text inside.
std::string unquoted(const std::string& item) {
  const bool quoted = item.size() >= 2 && item.front() == '"' && item.back() == '"';
  return quoted ? item.substr(1, item.size() - 2) : item;
}

bool read_number(const std::string& text, double& value) {
  return parse_number(text, value) && std::isfinite(value);
}

/// `value` to 12 digits: steps of 0.1 stay readable.
double to_12_digits(double value) {
  char rounded[32];
  std::snprintf(rounded, sizeof rounded, "%.12g", value);
  double exact = 0;
  std::from_chars(rounded, rounded + sizeof rounded, exact);
  return exact;
}

/// FIRST:LAST[:STEP], both ends included.
std::vector<std::string> expand_range(const std::vector<std::string>& parts,
                                      const std::string& item, std::string_view whole) {
  double first = 0, last = 0, step = 1;
  const bool numbers = parts.size() <= 3 && read_number(parts[0], first) &&
                       read_number(parts[1], last) &&
                       (parts.size() < 3 || read_number(parts[2], step));
  if (!numbers) reject(whole, "'" + item + "' is not FIRST:LAST or FIRST:LAST:STEP in numbers");
  const bool whole_ends = first == std::floor(first) && last == std::floor(last);
  if (parts.size() == 2 && !whole_ends)
    reject(whole, "'" + item + "' does not say its step", "write FIRST:LAST:STEP");
  if (step == 0 || (last - first) / step < 0)
    reject(whole, "no step leads from " + parts[0] + " to " + parts[1] + " in '" + item + "'",
           "swap the ends, or give a step in their direction");
  const double steps = std::floor((last - first) / step + 1e-9);
  if (steps >= static_cast<double>(kMostPoints))
    reject(whole, "'" + item + "' has more than a million values", "use a larger step");
  std::vector<std::string> values;
  for (double i = 0; i <= steps; ++i)
    values.push_back(shortest_text(to_12_digits(first + i * step)));
  return values;
}

bool begins_like_a_number(const std::string& text) {
  return !text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) != 0 ||
                           text[0] == '-' || text[0] == '.' || text[0] == '+');
}

void add_item(Axis& axis, const std::string& item, std::string_view whole) {
  if (item.empty()) reject(whole, "a value is missing");
  const auto parts = split(item, ':', whole);
  if (axis.keys.size() > 1) {
    if (parts.size() != axis.keys.size())
      reject(whole,
             "'" + item + "' does not have " + std::to_string(axis.keys.size()) +
                 " values, one for each key",
             "join one value for each key by ':'");
    auto& values = axis.values.emplace_back();
    for (const auto& part : parts) {
      if (part.empty()) reject(whole, "a value is missing in '" + item + "'");
      values.push_back(unquoted(part));
    }
  } else if (parts.size() > 1 && (begins_like_a_number(item) || item.front() == ':')) {
    for (auto& value : expand_range(parts, item, whole)) axis.values.push_back({std::move(value)});
  } else {
    axis.values.push_back({unquoted(item)});
  }
}

}  // namespace

Axis parse_axis(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) reject(text, "it has no '='");
  Axis axis;
  axis.keys = split(text.substr(0, equals), ',', text);
  for (const auto& key : axis.keys)
    if (key.empty()) reject(text, "a key is missing before the '='");
  const std::string_view list = text.substr(equals + 1);
  if (list.empty()) reject(text, "its list of values is empty");
  for (const auto& item : split(list, ',', text)) add_item(axis, item, text);
  return axis;
}

std::size_t grid_points(const std::vector<Axis>& axes) {
  std::set<std::string> keys;
  std::size_t points = 1;
  for (const Axis& axis : axes) {
    for (const auto& key : axis.keys) {
      if (key == "seed")
        throw UserError("--vary cannot move seed", "seeds are the samples of every point",
                        "use --seeds N, and --seed for the first");
      // Both name the router.
      if (!keys.insert(key == "router.name" ? "router" : key).second)
        throw UserError("--vary gives " + key + " twice", "only one of its values could count",
                        "keep one axis for it");
    }
    require(!axis.values.empty(), "an axis has values");
    if (axis.values.size() > kMostPoints / points)
      throw UserError("--vary spans more than 1,000,000 points",
                      "the axes multiply to " + std::to_string(points) + " x " +
                          std::to_string(axis.values.size()) + " and more",
                      "shorten an axis, or join two as A,B=1:4,2:8");
    points *= axis.values.size();
  }
  return points;
}

std::vector<std::size_t> grid_position(const std::vector<Axis>& axes, std::size_t point) {
  std::vector<std::size_t> position(axes.size());
  for (std::size_t a = axes.size(); a-- > 0;) {
    position[a] = point % axes[a].values.size();
    point /= axes[a].values.size();
  }
  return position;
}

std::vector<Setting> grid_settings(const std::vector<Axis>& axes, std::size_t point) {
  const auto position = grid_position(axes, point);
  std::vector<Setting> settings;
  for (std::size_t a = 0; a < axes.size(); ++a)
    for (std::size_t k = 0; k < axes[a].keys.size(); ++k)
      settings.push_back({axes[a].keys[k], axes[a].values[position[a]][k]});
  return settings;
}

}  // namespace pigou
