// What a routing policy sees and answers, the policies that ship, and the scorer they use.
#pragma once

#include "routing/policy.hpp"
#include "routing/policy_table.hpp"
#include "scoring/scorer.hpp"
#include "view/decision.hpp"
#include "view/router_view.hpp"
