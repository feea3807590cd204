// The list of figures as people, programs and docs/metrics.md read it.
#pragma once

#include <string>

namespace pigou {

/// A line a figure: key, unit, which direction is better, definition.
std::string figure_list_text();

/// An array of {"key", "unit", "better", "definition", "over_seeds", "json", "hdf5", "alias"}.
std::string figure_list_json();

/// The table of docs/metrics.md; a test holds the page to it.
std::string figure_list_markdown();

}  // namespace pigou
