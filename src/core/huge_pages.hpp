// Large pages for the heap of a process that walks through thousands of instances.
#pragma once

#include <cstddef>

namespace pigou {

/// Asks the kernel for transparent huge pages under the next `bytes` of heap, where it has them.
/// State of thousands of instances lies on tens of thousands of small pages, and looking their
/// addresses up costs more than the work (about 15 % of bench-4096). Changes malloc's growth for
/// the whole process: for programs to call once at their start, not for libraries.
void advise_huge_heap(std::size_t bytes);

}  // namespace pigou
