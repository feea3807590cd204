#include "study/executor/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>

namespace pigou {
namespace {

TEST(RunGrowing, DoesEveryTaskOnceAndThoseItGrows) {
  for (const unsigned threads : {1u, 2u, 7u}) {
    std::mutex mutex;
    std::multiset<std::size_t> done;
    run_growing({1, 2, 3}, threads, [&](std::size_t task) {
      const std::lock_guard lock(mutex);
      done.insert(task);
      return task < 10 ? std::vector<std::size_t>{task * 10, task * 10 + 1}
                       : std::vector<std::size_t>{};
    });
    EXPECT_EQ(done, (std::multiset<std::size_t>{1, 2, 3, 10, 11, 20, 21, 30, 31})) << threads;
  }
}

TEST(RunGrowing, DoesWhatATaskGrewBeforeWhatWaits) {
  std::vector<std::size_t> order;
  run_growing({1, 2}, 1, [&](std::size_t task) {
    order.push_back(task);
    return task == 1 ? std::vector<std::size_t>{10, 11} : std::vector<std::size_t>{};
  });
  EXPECT_EQ(order, (std::vector<std::size_t>{1, 10, 11, 2}));
}

TEST(RunGrowing, StopsAtTheFirstFaultAndThrowsIt) {
  std::atomic<int> done{0};
  const auto work = [&](std::size_t task) -> std::vector<std::size_t> {
    if (task == 3) throw std::runtime_error("three");
    ++done;
    return {};
  };
  EXPECT_THROW(run_growing({1, 2, 3, 4, 5}, 1, work), std::runtime_error);
  EXPECT_EQ(done, 2);
}

TEST(RunParallel, CallsForEachNumber) {
  std::vector<std::atomic<int>> calls(100);
  run_parallel(calls.size(), 3, [&](std::size_t i) { ++calls[i]; });
  for (const auto& count : calls) EXPECT_EQ(count, 1);
  run_parallel(0, 3, [&](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace pigou
