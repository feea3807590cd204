#include "simulation/request_hints.hpp"

#include "core/error.hpp"
#include "core/parse_number.hpp"

namespace pigou {
namespace {

template <class Number>
std::vector<Number> numbers_of(const LabelColumn* label, const char* wanted) {
  std::vector<Number> numbers;
  if (label == nullptr) return numbers;
  for (const std::string& word : label->values) {
    Number& number = numbers.emplace_back();
    if (!parse_number(word, number))
      throw UserError("the trace's label " + label->name + " is '" + word + "'",
                      std::string(wanted) + " is expected", "correct the trace");
  }
  return numbers;
}

std::vector<double> numbers_from_zero(const LabelColumn* label) {
  std::vector<double> numbers = numbers_of<double>(label, "a number from 0");
  for (std::size_t code = 0; code < numbers.size(); ++code)
    if (!(numbers[code] >= 0))
      throw UserError("the trace's label " + label->name + " is '" + label->values[code] + "'",
                      "a number from 0 is expected", "correct the trace");
  return numbers;
}

std::uint32_t code_in(const LabelColumn* label, std::uint32_t row) {
  return label == nullptr ? kNoIndex : label->code[row];
}

}  // namespace

RequestHintTable::RequestHintTable(const Trace& trace)
    : priority_(trace.label("priority")),
      strict_(trace.label("strict_priority")),
      class_(trace.label("policy_class")),
      tenant_(trace.label("tenant")),
      slo_(trace.label("slo_ttft_ms")),
      priorities_(numbers_of<double>(priority_, "a number")),
      stricts_(numbers_of<std::uint32_t>(strict_, "a whole number from 0")),
      slos_(numbers_of<std::uint32_t>(slo_, "a whole number of milliseconds from 0")) {
  for (std::size_t v = 0; v < kOwnLabels; ++v) {
    const std::size_t label = static_cast<std::size_t>(kFirstOwnValue) + v;
    own_[v] = trace.label(kRequestLabels[label]);
    own_values_[v] = numbers_from_zero(own_[v]);
  }
}

RequestHints RequestHintTable::of(RowId row) const {
  RequestHints hints;
  if (const std::uint32_t code = code_in(priority_, row); code != kNoIndex)
    hints.priority = priorities_[code];
  if (const std::uint32_t code = code_in(strict_, row); code != kNoIndex)
    hints.strict_priority = stricts_[code];
  if (const std::uint32_t code = code_in(class_, row); code != kNoIndex)
    hints.policy_class = class_->values[code];
  if (const std::uint32_t code = code_in(tenant_, row); code != kNoIndex)
    hints.tenant = tenant_->values[code];
  if (const std::uint32_t code = code_in(slo_, row); code != kNoIndex)
    hints.slo_ttft_ms = slos_[code];
  for (std::size_t v = 0; v < kOwnLabels; ++v)
    if (const std::uint32_t code = code_in(own_[v], row); code != kNoIndex)
      hints.own_values[v] = own_values_[v][code];
  return hints;
}

}  // namespace pigou
