#include "trace/formats/servegen/data.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "core/error.hpp"
#include "io/archive.hpp"
#include "io/csv_reader.hpp"
#include "io/text_file.hpp"
#include "trace/parse/json_fields.hpp"

namespace pigou {
namespace {

constexpr double kOnlyWindow_s = 600;  // a client with a single window has no next one to end it
constexpr double kMostRate = 1e7;
constexpr double kMostCv = 1e6;
constexpr double kMostSeconds = 1e10;
constexpr double kMostShare = 1e12;

bool parse_real(std::string_view text, double& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  return code == std::errc{} && stop == end && std::isfinite(value);
}

/// What a file of the set is about: chunk-12-trace.csv.
struct ChunkName {
  std::uint32_t client = 0;
  bool trace = false;
};

bool parse_name(std::string_view path, ChunkName& name) {
  const std::size_t slash = path.rfind('/');
  std::string_view file = slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (!file.starts_with("chunk-")) return false;
  file.remove_prefix(6);
  const std::size_t dash = file.find('-');
  std::uint64_t number = 0;
  if (dash == std::string_view::npos || !parse_whole(file.substr(0, dash), number)) return false;
  if (number >= 1'000'000) return false;
  const std::string_view rest = file.substr(dash);
  name = {static_cast<std::uint32_t>(number), rest == "-trace.csv"};
  return name.trace || rest == "-dataset.json";
}

double real_field(const RowPlace& place, const char* name, std::string_view text, double most) {
  double value = 0;
  if (!parse_real(text, value) || value < 0 || value > most)
    reject_row(place, std::string("field '") + name + "' is " + quote_field(text),
               "a number of 0 or more is expected");
  return value;
}

ServeGenClient::Window parse_window(const RowPlace& place, std::string_view line) {
  std::string_view fields[6];
  const std::size_t count = split_csv_plain(line, fields);
  if (count != 6)
    reject_row(place, "the row has " + std::to_string(count) + " fields",
               "6 are expected: start, rate, cv, family and its two parameters");
  ServeGenClient::Window window{};
  window.start_s = real_field(place, "start", fields[0], kMostSeconds);
  window.rate = real_field(place, "rate", fields[1], kMostRate);
  window.cv = real_field(place, "cv", fields[2], kMostCv);
  if (fields[3] == "Weibull")
    window.family = GapFamily::kWeibull;
  else if (fields[3] == "Gamma")
    window.family = GapFamily::kGamma;
  else if (!fields[3].empty() || window.rate > 0)
    reject_row(place, "field 'family' is " + quote_field(fields[3]),
               "Gamma or Weibull is expected, or nothing where the rate is 0");
  return window;
}

/// Reads the files of a set one after another, in any order.
class SetReader {
 public:
  explicit SetReader(const ReadOptions& options) : options_(options) {}

  void read_file(const std::string& path, std::string_view text);
  ServeGenData finish(const std::string& path);

 private:
  void read_windows(const std::string& path, std::string_view text, ServeGenClient& client);
  void read_lengths(const std::string& path, std::string_view text, ServeGenClient& client);
  void end_windows(const std::string& path, ServeGenClient& client) const;

  const ReadOptions& options_;
  std::map<std::uint32_t, ServeGenClient> clients_;
  JsonParser parser_;
  std::uint64_t skipped_ = 0;
};

void SetReader::read_file(const std::string& path, std::string_view text) {
  ChunkName name;
  if (!parse_name(path, name)) return;
  ServeGenClient& client = clients_[name.client];
  client.number = name.client;
  if (name.trace ? !client.windows.empty() : !client.lengths.empty())
    throw UserError("'" + path + "' is there twice", "one file of a client counts",
                    "keep one of the two");
  if (name.trace) {
    read_windows(path, text, client);
    return;
  }
  try {
    read_lengths(path, text, client);
  } catch (const UserError&) {
    if (!options_.lenient) throw;
    client.lengths.clear();
    ++skipped_;
  }
}

void SetReader::read_windows(const std::string& path, std::string_view text,
                             ServeGenClient& client) {
  std::uint64_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const RowPlace place{path, number};
    try {
      const ServeGenClient::Window window = parse_window(place, line);
      if (!client.windows.empty() && window.start_s <= client.windows.back().start_s)
        reject_row(place, "the window starts at or before the one above", "rising times");
      client.windows.push_back(window);
    } catch (const UserError&) {
      if (!options_.lenient) throw;
      ++skipped_;
    }
  }
  end_windows(path, client);
}

void SetReader::end_windows(const std::string& path, ServeGenClient& client) const {
  auto& windows = client.windows;
  if (windows.empty())
    throw UserError("'" + path + "' has no usable row", "a client has windows with rates",
                    "check the file");
  for (std::size_t i = 0; i + 1 < windows.size(); ++i)
    windows[i].length_s = windows[i + 1].start_s - windows[i].start_s;
  windows.back().length_s =
      windows.size() > 1 ? windows[windows.size() - 2].length_s : kOnlyWindow_s;
}

void SetReader::read_lengths(const std::string& path, std::string_view text,
                             ServeGenClient& client) {
  JsonElement document;
  const char* fault = nullptr;
  if (!parser_.parse(text, document, fault))
    throw UserError("'" + path + "' is broken JSON", fault,
                    "copy the file again, or leave it out with --lenient");
  std::uint64_t number = 0;
  for (const auto entry : row_object({path, 1}, document)) {
    const RowPlace place{path, ++number, "entry"};
    ServeGenClient::Lengths lengths;
    lengths.start_s = real_field(place, "start", entry.key, kMostSeconds);
    const JsonObject object = row_object(place, entry.value);
    for (const char* const name : {"input_tokens", "output_tokens"}) {
      std::string_view dict;
      if (object[name].get(dict) != simdjson::SUCCESS ||
          !parse_length_histogram(dict, name[0] == 'i' ? lengths.input : lengths.output))
        reject_row(place, std::string("field '") + name + "' cannot be read",
                   "a text such as \"{120: 0.25, 300: 0.75}\" is expected");
    }
    client.lengths.push_back(std::move(lengths));
  }
  std::stable_sort(client.lengths.begin(), client.lengths.end(),
                   [](const auto& a, const auto& b) { return a.start_s < b.start_s; });
}

ServeGenData SetReader::finish(const std::string& path) {
  ServeGenData data;
  data.skipped_rows = skipped_;
  for (auto& [number, client] : clients_)
    if (!client.windows.empty()) data.clients.push_back(std::move(client));
  if (data.clients.empty())
    throw UserError("'" + path + "' holds no ServeGen client",
                    "files named chunk-K-trace.csv are expected", "name the folder they lie in");
  data.begin_s = data.clients.front().windows.front().start_s;
  for (const ServeGenClient& client : data.clients) {
    const auto& last = client.windows.back();
    data.begin_s = std::min(data.begin_s, client.windows.front().start_s);
    data.end_s = std::max(data.end_s, last.start_s + last.length_s);
  }
  return data;
}

}  // namespace

std::uint32_t LengthHistogram::at(double u) const {
  const auto found = std::upper_bound(cumulative.begin(), cumulative.end(), u * total());
  const auto index = static_cast<std::size_t>(found - cumulative.begin());
  return tokens[std::min(index, tokens.size() - 1)];
}

const ServeGenClient::Lengths* ServeGenClient::lengths_at(double time_s) const {
  const Lengths* found = nullptr;
  for (const Lengths& part : lengths) {
    if (part.empty()) continue;
    if (part.start_s > time_s && found != nullptr) break;
    found = &part;
    if (part.start_s > time_s) break;
  }
  return found;
}

bool parse_length_histogram(std::string_view text, LengthHistogram& histogram) {
  const auto take = [&text](char c) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
  };
  const auto number = [&text](double& value) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
    const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return code == std::errc{} && value >= 0 && value <= kMostShare;
  };
  std::vector<std::pair<std::uint32_t, double>> entries;
  if (!take('{')) return false;
  bool closed = take('}');
  while (!closed) {
    double tokens = 0, share = 0;
    if (!number(tokens) || !take(':') || !number(share)) return false;
    if (tokens > kMaxTokens || tokens != std::floor(tokens)) return false;
    if (share > 0) entries.emplace_back(static_cast<std::uint32_t>(tokens), share);
    closed = take('}');
    if (!closed && !take(',')) return false;
  }
  if (text.find_first_not_of(" \t\n") != std::string_view::npos) return false;
  std::sort(entries.begin(), entries.end());
  histogram = {};
  double sum = 0;
  for (const auto& [tokens, share] : entries) {
    histogram.tokens.push_back(tokens);
    histogram.cumulative.push_back(sum += share);
  }
  return true;
}

bool is_servegen_folder(const std::string& path) {
  for (const std::string& file : list_files(path, "chunk-"))
    if (ChunkName name; parse_name(file, name) && name.trace) return true;
  return false;
}

ServeGenData read_servegen_data(const std::string& path, const ReadOptions& options) {
  SetReader reader(options);
  if (is_folder(path)) {
    std::vector<char> buffer;
    const std::string prefix = path.ends_with('/') ? path : path + "/";
    for (const std::string& file : list_files(path, "chunk-")) {
      ChunkName name;
      if (!parse_name(file, name)) continue;
      reader.read_file(prefix + file, read_whole_file(prefix + file, buffer));
    }
  } else {
    for_each_packed_file(
        path,
        [](std::string_view file) {
          ChunkName name;
          return parse_name(file, name);
        },
        [&](std::string_view file, std::string_view text) {
          reader.read_file(path + ":" + std::string(file), text);
        });
  }
  return reader.finish(path);
}

}  // namespace pigou
