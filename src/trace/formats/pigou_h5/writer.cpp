#include <algorithm>
#include <vector>

#include "io/hdf5_writer.hpp"
#include "trace/formats/pigou_h5/reader.hpp"
#include "trace/writer.hpp"

namespace pigou {
namespace {

class TraceWriter {
 public:
  TraceWriter(const Trace& trace, const OutputTarget& target)
      : trace_(trace), file_(target, Hdf5Metadata::kChecksummed) {}

  void write() {
    every_member_is_stored(trace_);
    file_.attribute("/", "filetype", kPigouTraceType);
    file_.attribute("/", "format_version", kPigouTraceVersion);
    file_.attribute("/", "description",
                    "A trace of LLM requests, one entry of each column in /requests per request.");
    words("/reading/format", {trace_.format}, "Format the trace was first read from.");
    for_each_stored_number(
        trace_, [this](const char* path, auto number, const char* unit, const char* description) {
          number_of(path, number, unit, description);
        });
    number_of("/reading/timeless", std::uint64_t{trace_.timeless}, "1",
              "1: the first file recorded no times and every arrival is 0.");
    for_each_stored_column(trace_, [this](const char* path, const auto& column, const char* unit,
                                          const char* description) {
      if (!column.empty()) file_.column(path, plain(column), {unit, description});
    });
    if (trace_.closed_loop()) lanes();
    labels();
    passed_over();
    if (trace_.calendar_start) calendar(*trace_.calendar_start);
    file_.commit();
  }

 private:
  /// Times as their picoseconds: SimTime is one 64-bit integer.
  static std::span<const std::int64_t> plain(const std::vector<SimTime>& times) {
    static_assert(sizeof(SimTime) == sizeof(std::int64_t) && std::is_standard_layout_v<SimTime>);
    return {&times.data()->ps, times.size()};
  }
  template <class T>
  static std::span<const T> plain(const std::vector<T>& column) {
    return column;
  }

  void number_of(const std::string& path, std::uint64_t number, const std::string& unit,
                 const std::string& description) {
    file_.column(path, std::span<const std::uint64_t>(&number, 1), {unit, description});
  }

  /// Words as their bytes in a row and where each begins: any text, of any length.
  void words(const std::string& path, const std::vector<std::string>& list,
             const std::string& description) {
    std::vector<std::uint8_t> bytes;
    std::vector<std::uint64_t> begin = {0};
    for (const std::string& word : list) {
      bytes.insert(bytes.end(), word.begin(), word.end());
      begin.push_back(bytes.size());
    }
    const char* const how = " UTF-8; word i is bytes begin[i] to begin[i + 1] - 1.";
    file_.column(path + "/bytes", std::span<const std::uint8_t>(bytes), {"1", description + how});
    file_.column(path + "/begin", std::span<const std::uint64_t>(begin),
                 {"bytes", "Where each word begins, and the end of the last."});
  }

  void lanes() {
    const auto put = [this](const char* name, auto member, const char* description) {
      std::vector<std::uint32_t> column;
      for (const Trace::Lane& lane : trace_.lanes) column.push_back(lane.*member);
      file_.column(std::string("/lanes/") + name, std::span<const std::uint32_t>(column),
                   {"1", description});
    };
    put("first_row", &Trace::Lane::first_row, "First row; rows of a lane are sent one by one.");
    put("end_row", &Trace::Lane::end_row, "Row behind the last.");
    put("session", &Trace::Lane::session, "Session the lane belongs to.");
    put("trigger", &Trace::Lane::trigger,
        "Row whose end starts the lane; 4294967295: the session's start does.");
  }

  void labels() {
    std::vector<std::string> names;
    for (const LabelColumn& label : trace_.labels) names.push_back(label.name);
    if (names.empty()) return;
    words("/labels/names", names, "Names of the label columns.");
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string group = "/labels/" + std::to_string(i);
      words(group + "/words", trace_.labels[i].values, "Distinct words of " + names[i] + ".");
      file_.column(group + "/code", std::span<const std::uint32_t>(trace_.labels[i].code),
                   {"1", "Word of each request; 4294967295: not recorded."});
    }
  }

  void passed_over() {
    std::vector<std::string> kinds;
    std::vector<std::uint64_t> counts;
    for (const PassedOver& entry : trace_.passed_over) {
      kinds.push_back(entry.kind);
      counts.push_back(entry.count);
    }
    if (kinds.empty()) return;
    words("/reading/passed_over/kind", kinds, "Records of the first file that are no requests.");
    file_.column("/reading/passed_over/count", std::span<const std::uint64_t>(counts),
                 {"records", "How many of each kind."});
  }

  void calendar(const TimeStamp& start) {
    const std::int64_t parts[] = {start.seconds, start.ps};
    file_.column("/reading/calendar_start", std::span<const std::int64_t>(parts),
                 {"s, ps", "UTC of time 0: seconds from 1970, and picoseconds within the second."});
  }

  const Trace& trace_;
  Hdf5Writer file_;
};

}  // namespace

void write_pigou_h5(const Trace& trace, const OutputTarget& target) {
  std::vector<std::uint8_t> used(trace.distinct_blocks, 0);
  for (const std::uint32_t id : trace.block_ids) used[id] = 1;
  if (std::find(used.begin(), used.end(), 0) == used.end())
    return TraceWriter(trace, target).write();
  Trace dense = trace;  // ids of rows that a lenient reader dropped: nothing has them
  number_blocks(dense);
  TraceWriter(dense, target).write();
}

}  // namespace pigou
