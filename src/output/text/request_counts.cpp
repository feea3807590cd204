#include "output/text/request_counts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "output/text/numbers.hpp"

namespace pigou {

std::string counts_text(const RequestCounts& counts) {
  return fmt::format(
      "{} arrived = {} finished + {} rejected + {} timed out + {} failed + {} in flight",
      grouped(counts.arrived), grouped(counts.finished), grouped(counts.rejected),
      grouped(counts.timed_out), grouped(counts.failed), grouped(counts.in_flight));
}

std::string retries_text(const RequestCounts& counts) {
  return counts.retries == 0 ? ""
                             : "; " + grouped(counts.retries) + " attempts lost and made again";
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  return part == whole ? grouped(part) : grouped(part) + " of " + grouped(whole);
}

nlohmann::ordered_json counts_json(const RequestCounts& counts) {
  return {{"arrived", counts.arrived},   {"finished", counts.finished},
          {"rejected", counts.rejected}, {"timed_out", counts.timed_out},
          {"failed", counts.failed},     {"in_flight", counts.in_flight},
          {"retries", counts.retries}};
}

}  // namespace pigou
