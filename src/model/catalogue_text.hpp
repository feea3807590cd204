// The catalogue's JSON files as embedded by cmake/embed.cmake.
#pragma once

#include <string_view>

namespace pigou {

std::string_view gpus_text();
std::string_view models_text();
std::string_view step_rows_text();  ///< one row per line, so that one row can be read alone

}  // namespace pigou
