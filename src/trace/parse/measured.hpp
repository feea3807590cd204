// What a log says that the recorded server did, row by row.
#pragma once

#include <cstdint>
#include <string_view>

#include "trace/trace.hpp"

namespace pigou {

/// "Not recorded" in Trace::recorded_service and Trace::recorded_ttft.
inline constexpr SimTime kNotMeasured{-1};

struct MeasuredRow {
  SimTime service = kNotMeasured;  ///< E2E, from sending to the last token
  SimTime ttft = kNotMeasured;
  std::int32_t cached_tokens = -1;
};

/// Appends to the recorded columns: call once per row, whatever is known of it.
void add_measured(Trace& trace, const MeasuredRow& recorded);

/// Appends the row's word; an empty one means that the row has none.
void add_word(LabelColumn& label, std::string_view word);

/// Removes recorded columns and labels in which no row has an entry.
void drop_empty_columns(Trace& trace);

}  // namespace pigou
