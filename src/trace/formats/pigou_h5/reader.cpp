// Our own HDF5 trace: every column as it stands in memory, so that it opens at the speed of memory.
#include "trace/formats/pigou_h5/reader.hpp"

#include <algorithm>
#include <limits>

#include "core/error.hpp"
#include "core/huge_pages.hpp"
#include "io/hdf5_reader.hpp"
#include "trace/check.hpp"
#include "trace/format.hpp"
#include "trace/keep_rows.hpp"

namespace pigou {
namespace {

constexpr std::uint64_t kMostLabels = 1'000;

class TraceLoader {
 public:
  explicit TraceLoader(const std::string& path) : file_(path) {}

  Trace load() {
    check_kind();
    every_member_is_stored(trace_);
    const auto format = words("/reading/format");
    if (format.size() != 1) file_.reject("/reading/format is not one word");
    trace_.format = format.front();
    for_each_stored_number(trace_, [this](const char* path, auto& number, auto&&...) {
      number = narrow<std::remove_reference_t<decltype(number)>>(path);
    });
    trace_.timeless = narrow<std::uint8_t>("/reading/timeless") != 0;
    for_each_stored_column(trace_, [this](const char* path, auto& column, auto&&...) {
      if (file_.has(path)) read(path, column);
    });
    if (file_.has("/lanes/first_row")) lanes();
    if (file_.has("/labels/names/begin")) labels();
    if (file_.has("/reading/passed_over/count")) passed_over();
    if (file_.has("/reading/calendar_start")) {
      std::int64_t parts[2] = {0, 0};
      file_.column("/reading/calendar_start", parts);
      trace_.calendar_start = TimeStamp{parts[0], parts[1]};
    }
    // What readers keep empty when there is no block id at all.
    if (const std::string fault = fault_of(trace_); !fault.empty()) file_.reject(fault);
    return std::move(trace_);
  }

 private:
  void check_kind() const {
    const auto kind = file_.text_attribute("filetype");
    if (kind && kind->starts_with("pigou") && *kind != kPigouTraceType)
      throw UserError("'" + file_.path() + "' is no trace", "it is a result file, " + *kind,
                      "name the trace it was made from");
    if (!kind || *kind != kPigouTraceType)
      throw UserError("'" + file_.path() + "' is no Pigou trace",
                      "an HDF5 file whose attribute filetype is pigou-trace is expected",
                      "make one with pigou trace convert");
    const std::vector<int> version = file_.integer_attribute("format_version");
    if (version.size() != 2) file_.reject("it has no format version");
    if (version[0] != kPigouTraceVersion[0])
      throw UserError("'" + file_.path() + "' cannot be read",
                      "it is a Pigou trace of format version " + std::to_string(version[0]) +
                          " and this program reads version 1",
                      "convert the original again");
  }

  template <class T>
  void make_room(const std::string& path, std::vector<T>& column) const {
    const std::uint64_t entries = file_.entries(path);
    reserve_huge(column, entries);
    column.resize(entries);
  }
  void read(const std::string& path, std::vector<SimTime>& column) const {
    make_room(path, column);
    file_.column(path, std::span<std::int64_t>(&column.data()->ps, column.size()));
  }
  template <class T>
  void read(const std::string& path, std::vector<T>& column) const {
    make_room(path, column);
    file_.column(path, std::span<T>(column));
  }

  template <class T>
  T narrow(const std::string& path) const {
    std::uint64_t number = 0;
    file_.column(path, std::span<std::uint64_t>(&number, 1));
    if (number > std::numeric_limits<T>::max()) file_.reject(path + " is out of range");
    return static_cast<T>(number);
  }

  std::vector<std::string> words(const std::string& path) const {
    std::vector<std::uint8_t> bytes;
    std::vector<std::uint64_t> begin;
    read(path + "/bytes", bytes);
    read(path + "/begin", begin);
    std::vector<std::string> list;
    for (std::size_t i = 0; i + 1 < begin.size(); ++i) {
      if (begin[i] > begin[i + 1] || begin[i + 1] > bytes.size())
        file_.reject(path + " does not add up");
      list.emplace_back(bytes.begin() + static_cast<std::ptrdiff_t>(begin[i]),
                        bytes.begin() + static_cast<std::ptrdiff_t>(begin[i + 1]));
    }
    return list;
  }

  void lanes() {
    const auto take = [this](const char* name, auto member) {
      std::vector<std::uint32_t> column;
      read(std::string("/lanes/") + name, column);
      if (trace_.lanes.empty()) trace_.lanes.resize(column.size());
      if (trace_.lanes.size() != column.size()) file_.reject("/lanes differ in length");
      for (std::size_t i = 0; i < column.size(); ++i) trace_.lanes[i].*member = column[i];
    };
    take("first_row", &Trace::Lane::first_row);
    take("end_row", &Trace::Lane::end_row);
    take("session", &Trace::Lane::session);
    take("trigger", &Trace::Lane::trigger);
  }

  void labels() {
    const auto names = words("/labels/names");
    if (names.size() > kMostLabels) file_.reject("it has too many labels");
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string group = "/labels/" + std::to_string(i);
      trace_.labels.push_back({.name = names[i], .values = words(group + "/words"), .code = {}});
      read(group + "/code", trace_.labels.back().code);
    }
  }

  void passed_over() {
    const auto kinds = words("/reading/passed_over/kind");
    std::vector<std::uint64_t> counts;
    read("/reading/passed_over/count", counts);
    if (counts.size() != kinds.size()) file_.reject("/reading/passed_over does not add up");
    for (std::size_t i = 0; i < kinds.size(); ++i)
      trace_.passed_over.push_back({kinds[i], counts[i]});
  }

  Hdf5Reader file_;
  Trace trace_;
};

/// Keeps the window of `options`, as OpenLoopBuilder does for other formats.
void keep_window(Trace& trace, const std::string& path, const ReadOptions& options) {
  if (!options.windowed() || trace.closed_loop()) return;  // read_trace rejects the latter
  if (trace.timeless)
    throw UserError("'" + path + "' cannot be read by a window", "it records no times",
                    "leave window_s out");
  const double longest = to_seconds(kLongest);
  const SimTime begin = from_seconds(std::min(options.begin_s.value_or(0), longest), "window_s");
  const SimTime end = from_seconds(std::min(options.end_s.value_or(longest), longest), "window_s");
  std::vector<std::uint8_t> keep(trace.rows());
  for (std::size_t row = 0; row < keep.size(); ++row)
    keep[row] = trace.arrival[row] >= begin && (trace.arrival[row] < end || !options.end_s);
  if (std::find(keep.begin(), keep.end(), 1) == keep.end())
    throw UserError("the window of '" + path + "' is empty",
                    "no request arrives in it, counted in seconds from the first request",
                    "choose another window_s");
  keep_rows(trace, keep);
  for (SimTime& arrival : trace.arrival) arrival = arrival - begin;
  if (trace.calendar_start) trace.calendar_start->add_seconds(options.begin_s.value_or(0));
}

}  // namespace

Trace read_pigou_h5(const std::string& path, const ReadOptions& options) {
  Trace trace = TraceLoader(path).load();
  keep_window(trace, path, options);
  return trace;
}

TraceFormat pigou_h5_format() {
  return {.name = "pigou",
          .sentence = "Pigou's own HDF5 trace: every column, opens at the speed of memory",
          .fits = [](const FileSample& file) { return file.text.starts_with("\x89HDF"); },
          .read = read_pigou_h5,
          .write = write_pigou_h5,
          .suffix = ".h5",
          .holds = {.arrival_step = {1},
                    .blocks = true,
                    .closed_loop = true,
                    .previous_turn = true,
                    .recorded_e2e = true,
                    .recorded_ttft = true,
                    .recorded_cached_tokens = true,
                    .labels = {"*"},
                    .calendar_start = true,
                    .reading = true}};
}

}  // namespace pigou
