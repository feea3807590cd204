#include "output/text/seed_note.hpp"

#include <cmath>

#include "output/text/numbers.hpp"
#include "study/statistics/paired_differences.hpp"

namespace pigou {
namespace {

constexpr std::size_t kEnough = 5;
/// Half of an interval over `seeds`, in standard deviations of a draw.
double half_width(std::size_t seeds) {
  return student_t(seeds - 1, 0.95) / std::sqrt(static_cast<double>(seeds));
}

constexpr const char* kChance =
    "past saturation one token more in one request moves means by up to 10 %, so a difference "
    "there rests on seeds: ";

}  // namespace

std::string seed_note(std::size_t seeds, bool drawn) {
  if (!drawn)
    return std::string("one run, as nothing is drawn; ") + kChance +
           "--set workload.jitter_s=1 draws arrivals anew under each";
  if (seeds >= kEnough) return "";
  if (seeds == 1)
    return std::string("one seed, so there is no interval over seeds; ") + kChance +
           "add --seeds 5";
  return "few seeds: intervals over " + std::to_string(seeds) + " are " +
         significant(half_width(seeds) / half_width(kEnough), 2) + " times as wide as over " +
         std::to_string(kEnough);
}

}  // namespace pigou
