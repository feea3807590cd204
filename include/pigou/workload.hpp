// Where requests come from: traces read from files or made up, and workloads built from them.
#pragma once

#include "trace/reader.hpp"
#include "trace/synthesis/from_numbers.hpp"
#include "workload/workload.hpp"
