// Large pages for the heap of a process that walks through thousands of instances.
#pragma once

#include <cstddef>

namespace pigou {

/// Asks the kernel for transparent huge pages under the next `bytes` of heap, where it has them.
/// State of thousands of instances lies on tens of thousands of small pages, and looking their
/// addresses up costs more than the work (about 15 % of bench-4096). Changes malloc's growth for
/// the whole process: for programs to call once at their start, not for libraries.
void advise_huge_heap(std::size_t bytes);

/// Asks for huge pages under one array that will be filled from one end to the other: the first
/// touch of ordinary pages costs about as much as parsing what goes there. Arrays of less than a
/// few huge pages are left alone; untouched memory still costs nothing.
void advise_huge_array(void* begin, std::size_t bytes);

/// Reserves room in a vector and asks for huge pages under it.
template <class Vector>
void reserve_huge(Vector& column, std::size_t entries) {
  if (entries <= column.capacity()) return;
  column.reserve(entries);
  advise_huge_array(column.data(), column.capacity() * sizeof(*column.data()));
}

}  // namespace pigou
