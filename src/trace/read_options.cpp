// The keys of `workload.read` and `--read`.
#include <cmath>

#include "core/error.hpp"
#include "core/parse_number.hpp"
#include "io/csv_reader.hpp"
#include "trace/reader.hpp"

namespace pigou {
namespace {

[[noreturn]] void reject(const std::string& key, const std::string& value, const char* why,
                         const char* hint) {
  throw UserError("read." + key + " cannot be '" + value + "'", why, hint);
}

bool parse_real(std::string_view text, double& value) {
  return parse_number(text, value) && std::isfinite(value);
}

void set_window(ReadOptions& options, const std::string& value) {
  const auto colon = value.find(':');
  const std::string_view text = value;
  double begin = 0, end = 0;
  const bool open = colon + 1 == value.size();
  const bool good = colon != std::string::npos && parse_real(text.substr(0, colon), begin) &&
                    (open || parse_real(text.substr(colon + 1), end));
  if (!good || begin < 0 || begin > kMaxStampSeconds || (!open && end <= begin))
    reject("window_s", value,
           "it is BEGIN:END in seconds from the first request, or BEGIN:", "write e.g. 0:3600");
  options.begin_s = begin;
  options.end_s.reset();
  if (!open) options.end_s = std::min(end, static_cast<double>(2 * kMaxStampSeconds));
}

void set_clients(ReadOptions& options, const std::string& value) {
  std::string_view rest = value;
  while (true) {
    const auto comma = rest.find(',');
    std::uint64_t number = 0;
    if (!parse_whole(rest.substr(0, comma), number))
      reject("clients", value, "it lists the numbers of clients", "write e.g. 0,3,17");
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  options.draw.clients = value;
}

}  // namespace

const std::vector<std::string>& read_option_names() {
  static const std::vector<std::string> names = {"window_s", "seed", "rate_scale", "clients",
                                                 "max_clients"};
  return names;
}

void set_read_option(ReadOptions& options, const std::string& key, const std::string& value) {
  std::uint64_t whole = 0;
  if (key == "window_s") {
    set_window(options, value);
  } else if (key == "clients") {
    set_clients(options, value);
  } else if (key == "seed") {
    if (!parse_whole(value, options.draw.seed))
      reject(key, value, "it seeds the draws of a generating reader", "use a whole number");
  } else if (key == "max_clients") {
    if (!parse_whole(value, whole) || whole > 1'000'000)
      reject(key, value, "it keeps the busiest clients", "use 1 to 1,000,000, or 0 for all");
    options.draw.max_clients = static_cast<std::uint32_t>(whole);
  } else if (key == "rate_scale") {
    double scale = 0;
    if (!parse_real(value, scale) || !(scale >= 1e-9) || scale > 1e6)
      reject(key, value, "every client's rate is multiplied by it", "use a number above 0");
    options.draw.rate_scale = scale;
  } else {
    throw UserError("unknown read option '" + key + "'", "not a key of workload.read",
                    suggest_name(key, read_option_names()));
  }
}

}  // namespace pigou
