#include "output/text/request_counts.hpp"

#include <nlohmann/json.hpp>

#include "output/text/numbers.hpp"

namespace pigou {

std::string counts_text(const RequestCounts& counts) {
  return grouped(counts.arrived) + " arrived = " + grouped(counts.finished) + " finished + " +
         grouped(counts.rejected) + " rejected + " + grouped(counts.timed_out) + " timed out + " +
         grouped(counts.failed) + " failed + " + grouped(counts.in_flight) + " in flight";
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
