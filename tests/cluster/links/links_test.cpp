// Do transfers take their links one after the other, and move up when one before them is gone?
#include "cluster/links/links.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace pigou {
namespace {

/// One transfer as the rule has it, looked at picosecond by picosecond.
struct Plain {
  std::uint32_t from = 0, to = 0, call = 0;
  std::int64_t wire = 0;
  std::int64_t started = -1;
  bool over(std::int64_t now) const { return started >= 0 && now >= started + wire; }
};

/// The rule word for word: at every instant those that are over free their links, then whoever has
/// nobody before it on either link starts.
class PlainLinks {
 public:
  explicit PlainLinks(std::int64_t latency) : latency_(latency) {}

  void submit(const Plain& transfer) { all_.push_back(transfer); }
  bool withdraw(CallId call) {
    return std::erase_if(all_, [&](const Plain& t) { return t.call == call && t.started < 0; }) > 0;
  }
  void fail(InstanceId instance) {
    std::erase_if(all_, [&](const Plain& t) { return t.from == instance || t.to == instance; });
  }
  /// What arrives at `now`, by receiver.
  std::map<std::uint32_t, std::uint32_t> arrive(std::int64_t now) {
    std::map<std::uint32_t, std::uint32_t> here;
    for (const Plain& t : all_)
      if (t.started >= 0 && t.started + t.wire + latency_ == now) here[t.to] = t.call;
    std::erase_if(all_, [&](const Plain& t) {
      return t.started >= 0 && t.started + t.wire + latency_ <= now;
    });
    return here;
  }
  void start(std::int64_t now) {
    for (std::size_t n = 0; n < all_.size(); ++n) {
      bool blocked = all_[n].started >= 0;
      for (std::size_t before = 0; before < n; ++before) {
        const Plain& b = all_[before];
        blocked = blocked || (!b.over(now) && (b.from == all_[n].from || b.to == all_[n].to));
      }
      if (!blocked) all_[n].started = now;
    }
  }

 private:
  std::int64_t latency_;
  std::vector<Plain> all_;  ///< in order of submission
};

constexpr std::uint32_t kInstances = 5;

TEST(Links, AgreeWithTheRulePlayedPicosecondByPicosecond) {
  std::uint64_t called_off = 0, cut_short = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    std::mt19937_64 rng(seed);
    const auto below = [&](std::uint64_t n) { return rng() % n; };
    const auto latency = static_cast<std::int64_t>(below(2) * below(30));
    // A byte a picosecond, and one more for the rounding up.
    Links links(std::vector<double>(kInstances, 1e12), static_cast<double>(latency) * 1e-12, 0);
    EventTree events(kInstances);
    PlainLinks plain(latency);
    std::vector<CallId> calls;
    for (std::int64_t now = 1; now < 400; ++now) {
      const auto arrived = plain.arrive(now);
      std::map<std::uint32_t, std::uint32_t> came;
      while (events.top().time.ps == now) {
        const InstanceId to{events.top().source};
        came[to] = links.pop(to, events).call;
      }
      ASSERT_EQ(came, arrived) << "seed " << seed << " at " << now;
      if (below(12) == 0 && !calls.empty()) {
        const CallId call = calls[below(calls.size())];
        InstanceId to = kInstances;
        links.for_each([&](InstanceId at, const Transfer& t) { to = t.call == call ? at : to; });
        if (to < kInstances) {
          const bool waited = links.withdraw(to, call, {now}, events);
          ASSERT_EQ(waited, plain.withdraw(call)) << "seed " << seed << " at " << now;
          called_off += waited ? 1 : 0;
        }
      }
      if (below(60) == 0) {
        const InstanceId dead{static_cast<std::uint32_t>(below(kInstances))};
        links.for_each([&](InstanceId to, const Transfer& t) {
          cut_short += (to == dead || t.from == dead) && links.begun(t, {now}) ? 1 : 0;
        });
        links.fail(dead, {now}, events);
        plain.fail(dead);
      }
      if (now < 300 && below(6) == 0) {
        const InstanceId from{static_cast<std::uint32_t>(below(2))};
        const InstanceId to{static_cast<std::uint32_t>(2 + below(3))};
        const auto bytes = static_cast<std::int64_t>(below(25));
        calls.push_back(CallId{static_cast<std::uint32_t>(calls.size())});
        links.submit(from, to, static_cast<std::uint64_t>(bytes), calls.back(), {now}, events);
        plain.submit({from, to, calls.back(), bytes + 1});
      }
      plain.start(now);
    }
  }
  EXPECT_GT(called_off, 100U);
  EXPECT_GT(cut_short, 100U);
}

TEST(Links, CountWhatTheyHaveSent) {
  Links links({1e12, 1e12}, 0, 0);
  EventTree events(2);
  links.submit(0, 1, 999, 0, {0}, events);  // until 1,000 ps
  links.submit(0, 1, 500, 1, {0}, events);
  links.submit(0, 1, 300, 2, {0}, events);
  EXPECT_EQ(links.sent_bytes(), 1799U);
  EXPECT_FALSE(links.withdraw(1, 0, {400}, events)) << "under way";
  EXPECT_TRUE(links.withdraw(1, 1, {400}, events));
  EXPECT_EQ(links.sent_bytes(), 1299U) << "it never began";
  links.fail(1, {400}, events);
  EXPECT_EQ(links.sent_bytes(), 400U) << "400 ps of 1,000 of the first, nothing of the third";
  EXPECT_EQ(events.top().time, kNever);
}

}  // namespace
}  // namespace pigou
