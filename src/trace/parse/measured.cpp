#include "trace/parse/measured.hpp"

#include <algorithm>

namespace pigou {

void add_measured(Trace& trace, const MeasuredRow& recorded) {
  trace.recorded_service.push_back(recorded.service);
  trace.recorded_ttft.push_back(recorded.ttft);
  trace.recorded_cached_tokens.push_back(recorded.cached_tokens);
}

void add_word(LabelColumn& label, std::string_view word) {
  label.code.push_back(word.empty() ? kNoIndex : label.code_of(word));
}

void drop_empty_columns(Trace& trace) {
  const auto drop = [](auto& column, auto none) {
    if (std::ranges::all_of(column, [none](auto entry) { return entry == none; })) column.clear();
  };
  drop(trace.recorded_service, kNotMeasured);
  drop(trace.recorded_ttft, kNotMeasured);
  drop(trace.recorded_cached_tokens, std::int32_t{-1});
  drop(trace.previous_turn, kNoIndex);
  std::erase_if(trace.labels, [](const LabelColumn& label) { return label.values.empty(); });
}

}  // namespace pigou
