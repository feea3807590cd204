// One HDF5 file, which gets its name when it is complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "io/output_file.hpp"

namespace pigou {

/// What every dataset carries besides its numbers.
struct DatasetNote {
  std::string unit;         ///< "1" for pure numbers
  std::string description;  ///< one sentence
};

/// Throws UserError unless a result can be put at `target`, with its manifest beside it
/// (manifest_name): what is there already must be older ones, since `-o scenario.json` is a slip
/// that would cost the scenario.
void check_result_target(const std::filesystem::path& target);
std::filesystem::path manifest_name(const std::filesystem::path& result);

/// How the library lays out what is not data. `kChecksummed` needs HDF5 1.10 to read, and damage to
/// it is found by the library instead of being followed.
enum class Hdf5Metadata { kOldest, kChecksummed };

/// Writes a file without any time stamp in it, so equal content means equal bytes. `commit` hands
/// it over to the target; without `commit` nothing remains.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(OutputTarget target, Hdf5Metadata metadata = Hdf5Metadata::kOldest);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  /// Attributes of a group ("/" is the root); the group is made if it does not exist.
  void attribute(const std::string& group, const std::string& name, const std::string& text);
  void attribute(const std::string& group, const std::string& name, std::span<const int> values);

  /// Datasets at an absolute path; groups on the way are made.
  void text(const std::string& path, const std::string& value, const std::string& description);
  void scalar(const std::string& path, double value, const DatasetNote& note);
  void scalar(const std::string& path, std::uint64_t value, const DatasetNote& note);
  void column(const std::string& path, std::span<const double> values, const DatasetNote& note);
  void column(const std::string& path, std::span<const std::uint64_t> values,
              const DatasetNote& note);
  void column(const std::string& path, std::span<const std::int64_t> values,
              const DatasetNote& note);
  void column(const std::string& path, std::span<const std::uint32_t> values,
              const DatasetNote& note);
  void column(const std::string& path, std::span<const std::int32_t> values,
              const DatasetNote& note);
  void column(const std::string& path, std::span<const std::uint8_t> values,
              const DatasetNote& note);
  /// Rows x columns, row by row.
  void grid(const std::string& path, std::span<const double> values, std::size_t columns,
            const DatasetNote& note);
  /// One text per row, stored at the length of the longest.
  void texts(const std::string& path, std::span<const std::string> values,
             const std::string& description);

  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pigou
