// Which of a trace's labels a router made no use of, so that a run can say so.
#pragma once

#include "simulation/config.hpp"
#include "simulation/record/result.hpp"
#include "view/request_label.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// `used` is what the router asked for (ViewNeeds::labels). Labels that tell of the recorded server
/// (instance, finish) or of the kind of request are no news to a router and are not named, nor is
/// `adapter`, which every engine keeps apart.
UnusedLabels unused_labels(const Trace& trace, LabelSet used, const GatewayConfig& gateway);

}  // namespace pigou
