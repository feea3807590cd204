// Launcher of score_choose_launcher.cu, for code the host compiler builds.
#pragma once

#include "kernels/batch_body.hpp"

namespace pigou {

/// Starts one block per request on the default stream; `view` and `results` point to device memory.
/// Defined for every cost and choice of kernels/costs/list.inc.
template <class Cost, class Choice>
void launch(const BatchView& view, const Cost& cost, const Choice& choice, ChoiceResult* results);

}  // namespace pigou
