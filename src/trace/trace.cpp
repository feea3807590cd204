#include "trace/trace.hpp"

#include <algorithm>

namespace pigou {

std::uint32_t LabelColumn::code_of(std::string_view word) {
  if (!code.empty() && code.back() != kNoIndex && values[code.back()] == word) return code.back();
  for (std::uint32_t i = 0; i < values.size(); ++i)
    if (values[i] == word) return i;
  values.emplace_back(word);
  return static_cast<std::uint32_t>(values.size() - 1);
}

bool Trace::can_continue(std::size_t earlier, std::size_t later) const {
  if (input_tokens[later] < std::uint64_t{input_tokens[earlier]} + output_tokens[earlier])
    return false;
  if (block_tokens == 0) return true;
  const auto before = blocks(earlier);
  const auto now = blocks(later);
  const std::size_t full =
      std::min<std::size_t>(before.size(), input_tokens[earlier] / block_tokens);
  return full == 0 || (now.size() >= full && now[full - 1] == before[full - 1]);
}

void Trace::pass_over(std::string_view kind, std::uint64_t count) {
  for (PassedOver& entry : passed_over)
    if (entry.kind == kind) {
      entry.count += count;
      return;
    }
  passed_over.push_back({std::string(kind), count});
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
