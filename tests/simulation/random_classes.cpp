#include "simulation/random_classes.hpp"

#include <random>
#include <string>

#include "routing/dynamo/profile.hpp"
#include "routing/policy_table.hpp"

namespace pigou {
namespace {

class ClassDraw {
 public:
  explicit ClassDraw(std::uint64_t seed) : rng_(seed) {}
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool one_in(std::int64_t n) { return between(1, n) == 1; }

 private:
  std::mt19937_64 rng_;
};

DynamoClass draw_class(ClassDraw& draw, std::string name) {
  DynamoClass c;
  c.name = std::move(name);
  c.order = draw.one_in(2) ? DynamoClass::Order::kFcfs : DynamoClass::Order::kWspt;
  c.quantum = draw.one_in(10) ? std::int64_t{1} << draw.between(0, 53) : draw.between(1, 2000);
  if (draw.one_in(2)) c.prefill_busy_threshold = draw.between(0, 600);
  if (draw.one_in(2)) c.prefill_busy_threshold_frac = static_cast<double>(draw.between(0, 8)) / 4;
  if (c.queues() && draw.one_in(3))
    c.busy_worker_ratio = static_cast<double>(draw.between(1, 4)) / 4;
  if (draw.one_in(4)) c.request_limit = draw.between(0, 6);
  if (draw.one_in(4)) c.input_token_limit = draw.between(0, 2000);
  if (draw.one_in(4)) c.cached_token_limit = draw.between(0, 800);
  return c;
}

DynamoProfile draw_profile(ClassDraw& draw) {
  DynamoProfile profile;
  const std::int64_t families = draw.between(1, 3), buckets = draw.between(1, 3);
  for (std::int64_t b = 0; b < buckets; ++b)
    profile.bucket_from.push_back(b == 0 ? 0 : profile.bucket_from.back() + draw.between(1, 400));
  for (std::int64_t f = 0; f < families; ++f) {
    profile.families.push_back("family" + std::to_string(f));
    for (std::int64_t b = 0; b < buckets; ++b) {
      profile.classes.push_back(draw_class(draw, profile.families.back() + std::to_string(b)));
      profile.bindings.push_back({static_cast<std::uint32_t>(f), static_cast<std::uint32_t>(b)});
    }
  }
  if (draw.one_in(2)) {
    profile.classes.push_back(draw_class(draw, "urgent"));
    profile.bindings.emplace_back();
  }
  profile.default_family = static_cast<std::uint32_t>(draw.between(0, families - 1));
  return profile;
}

void draw_words(ClassDraw& draw, Trace& trace) {
  static const std::string words[] = {"family0", "family1", "family2", "urgent", "family00", "?"};
  LabelColumn& word = trace.add_label("policy_class");
  for (std::size_t row = 0; row < trace.rows(); ++row)
    word.code.push_back(draw.one_in(3)
                            ? kNoIndex
                            : word.code_of(words[static_cast<std::size_t>(draw.between(0, 5))]));
  LabelColumn& priority = trace.add_label("priority");
  for (std::size_t row = 0; row < trace.rows(); ++row)
    priority.code.push_back(draw.one_in(2) ? kNoIndex
                                           : priority.code_of(std::to_string(draw.between(-1, 3))));
}

}  // namespace

void draw_classes(std::uint64_t seed, Trace& trace, RouterConfig& router) {
  ClassDraw draw(seed ^ 0x2545f4914f6cdd1dULL);
  if (!find_policy(router.name).policy_config || draw.one_in(2)) return;
  router.file = std::make_shared<const DynamoProfile>(draw_profile(draw));
  if (draw.one_in(4)) return;
  draw_words(draw, trace);
}

}  // namespace pigou
