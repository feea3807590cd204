// A cluster, one simulation of it, and its result. A scenario file resolves to the same records.
#pragma once

#include "experiment/scenario.hpp"
#include "experiment/trace_source.hpp"
#include "model/catalogue.hpp"
#include "simulation/config.hpp"
#include "simulation/result.hpp"
#include "simulation/run.hpp"
#include "simulation/simulation.hpp"
