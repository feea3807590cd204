// The unit of what a study sets, for titles and files.
#pragma once

#include <string>

#include "scenario/scenario.hpp"

namespace pigou {

/// Unit of a scenario key or of a parameter of the router, "1" for pure numbers and words.
std::string setting_unit(const std::string& key, const Scenario& scenario);

/// The key as a column's title: with its unit unless its name says it, or there is none.
std::string setting_title(const std::string& key, const Scenario& scenario);

}  // namespace pigou
