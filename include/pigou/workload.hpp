// Where requests come from: traces read from files or made up, and workloads built from them.
#pragma once

#include "trace/reader.hpp"
#include "trace/synthesis.hpp"
#include "trace/workload.hpp"
