// Capacities as people and programs read them.
#pragma once

#include <string>

#include "output/run/report.hpp"
#include "study/capacity/capacity.hpp"

namespace pigou {

/// A row per router, its probes, what it rests on.
std::string capacity_table(const CapacityTask& task, const RunTimes& times);

/// The `--json` document, every probe with its figures by seed.
std::string capacity_json(const CapacityTask& task, const RunTimes& times);

/// What few seeds leave open; empty where there are enough.
std::string capacity_assumptions(const CapacityTask& task);

/// One sentence per router: bracket, confidence, requests per second.
std::string capacity_verdict(const CapacityTask& task, const CapacityArm& arm);

}  // namespace pigou
