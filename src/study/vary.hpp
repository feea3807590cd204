// The axes of a sweep: what `--vary` says, read and checked before anything runs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pigou {

/// One axis. Its keys move together: position i sets keys[k] to values[i][k]. Values are texts as
/// --set takes them.
struct Axis {
  std::vector<std::string> keys;
  std::vector<std::vector<std::string>> values;
};

/// Reads one axis:
///   KEY=ITEM,ITEM,...            an item is a value or a range FIRST:LAST[:STEP], LAST included
///   KEY,KEY=V:V,V:V,...          zipped: as many values in each item as there are keys
/// Double quotes, brackets and braces keep commas and colons together: router="min-ttft:tie=random"
/// or workload.window_s=[0,600],[600,1200]. Throws UserError for an empty list, a range without
/// members or one that is not three numbers.
Axis parse_axis(std::string_view text);

inline constexpr std::size_t kMostPoints = 1'000'000;

/// Points of the grid; throws UserError above kMostPoints, when a key stands in two axes, or when
/// `seed` does, which --seeds counts.
std::size_t grid_points(const std::vector<Axis>& axes);

/// Position on each axis of grid point `point`; the last axis moves fastest.
std::vector<std::size_t> grid_position(const std::vector<Axis>& axes, std::size_t point);

/// A key and its value at one point.
struct Setting {
  std::string key;
  std::string value;
};

/// What `point` sets, in order of the axes.
std::vector<Setting> grid_settings(const std::vector<Axis>& axes, std::size_t point);

}  // namespace pigou
