// Work on all cores whose results do not depend on who did what when.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace pigou {

/// Calls `work(task)` for every task on `threads` threads, in the order given; what a call returns
/// is done before the tasks still waiting. The first exception keeps new tasks from starting and is
/// thrown again when those under way have ended.
void run_growing(const std::vector<std::size_t>& tasks, unsigned threads,
                 const std::function<std::vector<std::size_t>(std::size_t)>& work);

/// Calls `work(i)` for i in 0..count-1.
void run_parallel(std::size_t count, unsigned threads,
                  const std::function<void(std::size_t)>& work);

/// One per core, at least one.
unsigned default_threads();

}  // namespace pigou
