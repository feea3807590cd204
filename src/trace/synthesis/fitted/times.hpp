// Arrival times by a fitted rate series.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/synthesis/fitted/model.hpp"

namespace pigou {

/// `requests` sorted times from 0: Weibull gaps, stretched so that they follow the model's rates,
/// which repeat after their end, and set back to its clock grid. As many requests fill as many
/// rounds of the rates as in the recording. Rates waver from one 10 s cell to the next, or swing
/// less, by as much as gives the 10 s counts of this draw the model's dispersion. All 0 for a
/// model without rates.
std::vector<SimTime> fitted_arrivals(const FittedModel& model, std::uint64_t requests,
                                     std::uint64_t seed);

}  // namespace pigou
