// One server as fast as all instances together, always at the job with least left.
#pragma once

#include <span>

#include "core/time.hpp"

namespace pigou {

struct PooledJob {
  SimTime arrival;
  double work_ps = 0;  ///< of one instance
};

/// Sum over jobs, sorted by arrival, of the time from arrival to completion, in ps, at the speed of
/// `instances`. No schedule on them has less: shortest remaining processing time first is the best
/// there is on one server (Schrage, Operations Research 16, 1968), and what instances do one server
/// of their summed speed can.
double pooled_flow_ps(std::span<const PooledJob> jobs, double instances);

}  // namespace pigou
