// What one router replica keeps beside its load columns.
#pragma once

#include "view/load_tree.hpp"
#include "view/prefix_index.hpp"
#include "view/separable.hpp"

namespace pigou {

/// Believed caches and shared blocks, and the trees over the replica's own bookings. Replicas hear
/// the same KV events but send different requests, so each has its own.
struct Belief {
  PrefixIndex index;
  SeparableChoice separable;
  LoadTree decode_load;
};

}  // namespace pigou
