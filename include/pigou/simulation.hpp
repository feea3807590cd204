// A cluster, one simulation of it, and its result. A scenario file resolves to the same records.
#pragma once

#include "model/catalogue.hpp"
#include "scenario/scenario.hpp"
#include "scenario/trace_source.hpp"
#include "simulation/config.hpp"
#include "simulation/record/result.hpp"
#include "simulation/run.hpp"
#include "simulation/simulation.hpp"
