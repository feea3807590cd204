#include "trace/trace.hpp"

namespace pigou {

std::uint32_t LabelColumn::code_of(std::string_view word) {
  if (!code.empty() && code.back() != kNoIndex && values[code.back()] == word) return code.back();
  for (std::uint32_t i = 0; i < values.size(); ++i)
    if (values[i] == word) return i;
  values.emplace_back(word);
  return static_cast<std::uint32_t>(values.size() - 1);
}

const LabelColumn* Trace::label(std::string_view name) const {
  for (const LabelColumn& label : labels)
    if (label.name == name) return &label;
  return nullptr;
}

LabelColumn& Trace::add_label(const std::string& name) {
  for (LabelColumn& label : labels)
    if (label.name == name) return label;
  labels.push_back({.name = name, .values = {}, .code = {}});
  return labels.back();
}

}  // namespace pigou
