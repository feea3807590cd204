// What a log says that the recorded server did, row by row.
#pragma once

#include <cstdint>
#include <string_view>

#include "trace/trace.hpp"

namespace pigou {

/// "Not recorded" in Trace::recorded_service and Trace::recorded_ttft.
inline constexpr SimTime kNotRecorded{-1};

struct RecordedRow {
  SimTime service = kNotRecorded;  ///< E2E, from sending to the last token
  SimTime ttft = kNotRecorded;
  std::int32_t cached_tokens = -1;
};

/// Appends to the recorded columns: call once per row, whatever is known of it.
void add_recorded(Trace& trace, const RecordedRow& recorded);

/// Appends the row's word; an empty one means that the row has none.
void add_word(LabelColumn& label, std::string_view word);

/// Removes recorded columns and labels in which no row has an entry.
void drop_empty_columns(Trace& trace);

}  // namespace pigou
