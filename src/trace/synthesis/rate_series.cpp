// Reading a recorded rate: CSV lines of time and rate.
#include <array>

#include "core/error.hpp"
#include "core/parse_number.hpp"
#include "io/csv_reader.hpp"
#include "io/text_file.hpp"
#include "trace/synthesis/arrival_process.hpp"

namespace pigou {
namespace {

bool parse_real(std::string_view text, double& value) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return parse_number(text, value);
}

}  // namespace

std::vector<RateStep> read_rate_series(const std::string& path) {
  std::vector<RateStep> series;
  LineReader reader(path);
  for (std::string_view line; reader.next(line);) {
    std::array<std::string_view, 2> fields;
    RateStep step{};
    if (line.empty()) continue;
    const bool good = split_csv_plain(line, fields) >= 2 && parse_real(fields[0], step.start_s) &&
                      parse_real(fields[1], step.rate);
    if (!good && reader.line_number() == 1) continue;  // a header
    if (!good || !(step.rate >= 0) || !(step.rate <= 1e9) || !(step.start_s <= 1e12) ||
        !(step.start_s >= -1e12) || (!series.empty() && step.start_s <= series.back().start_s))
      throw UserError("'" + path + "' line " + std::to_string(reader.line_number()) + " is no rate",
                      "lines are time_s,rate with rising times", "correct the line");
    series.push_back(step);
  }
  if (series.empty())
    throw UserError("'" + path + "' has no rates", "lines are time_s,rate", "name another file");
  return series;
}

}  // namespace pigou
