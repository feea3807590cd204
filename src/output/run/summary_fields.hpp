// Every figure of a run summary, declared once: JSON, HDF5, tables and docs derive from it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "simulation/record/result.hpp"

namespace pigou {

/// One figure. Dots in `path` separate JSON objects and HDF5 groups.
struct SummaryField {
  std::string_view path;
  std::string_view unit;
  std::string_view description;
  double (*real)(const RunSummary&) = nullptr;  ///< one of these two is set
  std::uint64_t (*count)(const RunSummary&) = nullptr;
};

/// In the order of the JSON document.
std::span<const SummaryField> summary_fields();

struct PoolField {
  std::string_view name;
  std::string_view unit;
  std::string_view description;
  double (*real)(const PoolSummary&) = nullptr;
  std::uint64_t (*count)(const PoolSummary&) = nullptr;
};

std::span<const PoolField> pool_fields();

}  // namespace pigou
