// ServeGen client data: rates and length histograms per client, as recorded. No requests yet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/reader.hpp"
#include "trace/synthesis/arrival_process.hpp"

namespace pigou {

/// Lengths in tokens with their probabilities; empty where nothing was recorded.
struct LengthHistogram {
  std::vector<std::uint32_t> tokens;  ///< rising
  std::vector<double> cumulative;     ///< sums of the probabilities up to each, rising

  bool empty() const { return tokens.empty(); }
  double total() const { return cumulative.empty() ? 0 : cumulative.back(); }
  /// The length whose share of the histogram holds `u`, 0 <= u < 1.
  std::uint32_t at(double u) const;
};

struct ServeGenClient {
  struct Window {
    double start_s;
    double length_s;  ///< to the next window; the last is as long as the one before it
    double rate;      ///< requests per second, 0 when idle
    double cv;        ///< of the gaps
    GapFamily family;
  };
  struct Lengths {
    double start_s;
    LengthHistogram input;
    LengthHistogram output;

    bool empty() const { return input.empty() || output.empty(); }
  };

  std::uint32_t number = 0;      ///< K of chunk-K-trace.csv
  std::vector<Window> windows;   ///< by start
  std::vector<Lengths> lengths;  ///< by start; empty: its file is missing

  /// The latest lengths at or before `time_s` that are not empty, else the first after it; nullptr
  /// when the client has none at all.
  const Lengths* lengths_at(double time_s) const;
  bool has_lengths() const { return lengths_at(0) != nullptr; }
};

struct ServeGenData {
  std::vector<ServeGenClient> clients;  ///< by number
  double begin_s = 0;                   ///< first window's start over all clients
  double end_s = 0;                     ///< last window's end
  std::uint64_t skipped_rows = 0;       ///< broken rows and broken length files under lenient
};

/// Reads a folder of chunk-K-trace.csv and chunk-K-dataset.json, or an archive of one. Throws
/// UserError naming file, row and what would be right.
ServeGenData read_servegen_data(const std::string& path, const ReadOptions& options);

/// Whether a folder holds such files.
bool is_servegen_folder(const std::string& path);

/// Parses "{12: 0.5, 40: 0.5}", a Python dict of numbers. False when it is none.
bool parse_length_histogram(std::string_view text, LengthHistogram& histogram);

}  // namespace pigou
