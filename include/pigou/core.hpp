// Time, ids, errors, named random streams, parameter records.
#pragma once

#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/parameter.hpp"
#include "core/random_stream.hpp"
#include "core/time.hpp"
