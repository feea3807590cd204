#include "workload/recorded_placement.hpp"

#include <algorithm>
#include <numeric>

#include "core/error.hpp"

namespace pigou {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The run of digits at the start of `text`, taken off it, without leading zeros.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return digits;
}

/// Numbers for the words of a column that some row of the file had, kNoIndex for the empty word.
std::vector<std::uint32_t> number_words(const LabelColumn& column, std::uint32_t& count) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t code = 0; code < column.values.size(); ++code)
    if (!column.values[code].empty()) order.push_back(code);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return natural_less(column.values[a], column.values[b]);
  });
  std::vector<std::uint32_t> number(column.values.size(), kNoIndex);
  for (std::uint32_t n = 0; n < order.size(); ++n) number[order[n]] = n;
  count = static_cast<std::uint32_t>(order.size());
  return number;
}

std::vector<std::uint32_t> numbered_rows(const LabelColumn& column,
                                         const std::vector<std::uint32_t>& number,
                                         std::uint32_t offset) {
  std::vector<std::uint32_t> rows(column.code.size(), kNoIndex);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::uint32_t code = column.code[row];
    if (code != kNoIndex && number[code] != kNoIndex) rows[row] = number[code] + offset;
  }
  return rows;
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const std::string_view x = take_number(a);
      const std::string_view y = take_number(b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      continue;
    }
    if (a.front() != b.front())
      return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;
}

std::vector<std::uint32_t> RecordedPlacement::read_side(const Trace& trace, const char* name,
                                                        std::uint32_t instances,
                                                        std::uint32_t offset) {
  const auto refuse = [this](std::string problem, std::string why, std::string suggestion) {
    problem_ = std::move(problem);
    why_ = std::move(why);
    suggestion_ = std::move(suggestion);
    return std::vector<std::uint32_t>{};
  };
  const std::string column_name = std::string("column '") + name + "'";
  const LabelColumn* column = trace.label(name);
  if (column == nullptr)
    return refuse("the trace has no " + column_name, "the recorded router's choice is read from it",
                  "map it from your log, or choose another router");
  std::uint32_t count = 0;
  const auto number = number_words(*column, count);
  if (count == 0)
    return refuse("the trace's " + column_name + " is empty", "no request names its instance",
                  "choose another router");
  if (count > instances)
    return refuse("the trace names " + std::to_string(count) + " values in " + column_name,
                  "the cluster has " + std::to_string(instances) + " instances on that side",
                  "set cluster.pools[].count to " + std::to_string(count) + " or more");
  return numbered_rows(*column, number, offset);
}

RecordedPlacement::RecordedPlacement(const Trace& trace, std::uint32_t entry_count,
                                     std::uint32_t decode_count) {
  const bool two_sides = trace.label("decode_instance") != nullptr;
  if (decode_count == 0 && two_sides) {
    problem_ = "the record is of a split cluster";
    why_ = "the trace has a column 'decode_instance', and this cluster is aggregated";
    suggestion_ = "give pools the roles prefill and decode, or choose another router";
    return;
  }
  if (decode_count == 0) {
    entry_ = read_side(trace, "instance", entry_count, 0);
    return;
  }
  const bool own = trace.label("prefill_instance") != nullptr || !two_sides;
  auto entry = read_side(trace, own ? "prefill_instance" : "instance", entry_count, 0);
  if (entry.empty()) return;
  decode_ = read_side(trace, "decode_instance", decode_count, entry_count);
  if (!decode_.empty()) entry_ = std::move(entry);
}

void RecordedPlacement::require_fit() const {
  if (!fits()) throw UserError("router recorded does not fit: " + problem_, why_, suggestion_);
}

}  // namespace pigou
