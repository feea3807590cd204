// What a policy of your own includes: the interface, what shipped policies are built from, and what
// they share. See docs/adding-a-policy.md.
#pragma once

#include "pigou/routing.hpp"
#include "routing/parts/fleet_side.hpp"
#include "routing/parts/hash_ring.hpp"
#include "routing/parts/request_key.hpp"
#include "routing/parts/scored_rule.hpp"
#include "routing/parts/session_table.hpp"
