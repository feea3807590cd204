#include "study/executor/parallel.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>

namespace pigou {
namespace {

/// The tasks still to do, and who may yet add some.
class TaskQueue {
 public:
  explicit TaskQueue(const std::vector<std::size_t>& tasks)
      : waiting_(tasks.begin(), tasks.end()) {}

  /// Waits while there is nothing to do but somebody at work could add more. False: all is done.
  bool take(std::size_t& task) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !waiting_.empty() || at_work_ == 0; });
    if (waiting_.empty()) return false;
    task = waiting_.front();
    waiting_.pop_front();
    ++at_work_;
    return true;
  }
  void finish(const std::vector<std::size_t>& more) {
    const std::lock_guard lock(mutex_);
    if (!fault_) waiting_.insert(waiting_.begin(), more.begin(), more.end());
    --at_work_;
    changed_.notify_all();
  }
  void fail(std::exception_ptr fault) {
    const std::lock_guard lock(mutex_);
    if (!fault_) fault_ = std::move(fault);
    waiting_.clear();
    --at_work_;
    changed_.notify_all();
  }
  void rethrow() const {
    if (fault_) std::rethrow_exception(fault_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::size_t> waiting_;
  std::size_t at_work_ = 0;
  std::exception_ptr fault_;
};

}  // namespace

void run_growing(const std::vector<std::size_t>& tasks, unsigned threads,
                 const std::function<std::vector<std::size_t>(std::size_t)>& work) {
  TaskQueue queue(tasks);
  const auto loop = [&] {
    for (std::size_t task = 0; queue.take(task);) {
      try {
        queue.finish(work(task));
      } catch (...) {
        queue.fail(std::current_exception());
      }
    }
  };
  {
    std::vector<std::jthread> pool;
    for (unsigned i = 1; i < std::max(1u, threads); ++i) pool.emplace_back(loop);
    loop();
  }
  queue.rethrow();
}

void run_parallel(std::size_t count, unsigned threads,
                  const std::function<void(std::size_t)>& work) {
  std::vector<std::size_t> tasks(count);
  std::iota(tasks.begin(), tasks.end(), std::size_t{0});
  const auto workers = static_cast<unsigned>(std::min<std::size_t>(threads, count));
  run_growing(tasks, workers, [&](std::size_t task) {
    work(task);
    return std::vector<std::size_t>{};
  });
}

unsigned default_threads() { return std::max(1u, std::thread::hardware_concurrency()); }

}  // namespace pigou
