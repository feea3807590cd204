// The finished points of a sweep, a small file each, so that interruption loses nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "output/run/figures.hpp"

namespace pigou {

/// One run of a point as its file keeps it: the figures without unit and description.
struct PointRun {
  std::uint64_t seed = 0;
  bool random = false;  ///< another seed could give another run
  std::string provenance;
  std::vector<std::string> assumed;  ///< clauses
  std::vector<RunFigure> figures;
};

/// FOLDER/<name>.json, where the name is a hash of everything that decides a point's figures: its
/// resolved scenario, the bytes of its input files and those of this program. A point of another
/// scenario, trace or build has another name, so what is found can be used and what is stale is
/// never looked at. Files are written beside their place and renamed, so that whatever kills the
/// program leaves whole files only.
class PointFolder {
 public:
  /// The folder is made when the first point is written. `folder` must not be another kind of file.
  explicit PointFolder(std::filesystem::path folder);

  /// Name of a point: `scenario` is the resolved text's hash, `inputs` what identifies the files.
  std::string name(const std::string& scenario, const std::string& inputs) const;
  /// Runs of the point that are there. A file that is damaged counts as absent.
  std::vector<PointRun> read(const std::string& name) const;
  void write(const std::string& name, const std::vector<PointRun>& runs);
  /// Removes the files of `names`, half-written ones of this and killed processes, and the folder
  /// if nothing is left. Returns how many point files of other sweeps stay.
  std::size_t remove(const std::vector<std::string>& names);

  const std::filesystem::path& path() const { return folder_; }

 private:
  std::filesystem::path file(const std::string& name) const { return folder_ / (name + ".json"); }

  std::filesystem::path folder_;
  std::string program_;  ///< version, revision and hash of the program's bytes
};

}  // namespace pigou
