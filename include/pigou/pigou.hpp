// What a program that embeds Pigou includes. What these headers declare is kept stable; everything
// else under src/ may change at any time.
#pragma once

#include "pigou/core.hpp"
#include "pigou/routing.hpp"
#include "pigou/simulation.hpp"
#include "pigou/workload.hpp"
