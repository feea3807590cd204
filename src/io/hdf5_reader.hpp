// Reading HDF5 files that somebody else may have written, or that are damaged.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pigou {

/// Reads one-dimensional, uncompressed datasets and root attributes. Nothing in the file is
/// trusted: links must be hard, data must lie in the file itself, and a dataset claims no more than
/// the file has bytes. Every fault is a UserError that names file and dataset.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(std::string path);
  ~Hdf5Reader();
  Hdf5Reader(const Hdf5Reader&) = delete;
  Hdf5Reader& operator=(const Hdf5Reader&) = delete;

  const std::string& path() const;
  /// A text attribute of the root; none when there is no such attribute, or it is no short text.
  std::optional<std::string> text_attribute(const std::string& name) const;
  /// The same for a list of at most 16 integers; empty without one.
  std::vector<int> integer_attribute(const std::string& name) const;

  bool has(const std::string& dataset) const;
  /// Entries of a dataset, which must be there.
  std::uint64_t entries(const std::string& dataset) const;
  /// Fills `to`, which must have as many entries as the dataset; the type must be the same.
  void column(const std::string& dataset, std::span<std::int64_t> to) const;
  void column(const std::string& dataset, std::span<std::uint64_t> to) const;
  void column(const std::string& dataset, std::span<std::int32_t> to) const;
  void column(const std::string& dataset, std::span<std::uint32_t> to) const;
  void column(const std::string& dataset, std::span<std::uint8_t> to) const;
  void column(const std::string& dataset, std::span<double> to) const;
  /// Texts of fixed length: a list of them, or one.
  std::vector<std::string> texts(const std::string& dataset) const;

  /// Throws the UserError of a file that opens and does not hold what it should.
  [[noreturn]] void reject(const std::string& why) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pigou
