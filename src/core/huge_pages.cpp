#include "core/huge_pages.hpp"

#if defined(__linux__) && defined(__GLIBC__)
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#endif

namespace pigou {

#if defined(__linux__) && defined(__GLIBC__)

namespace {

constexpr std::uintptr_t kHugePage = std::uintptr_t{2} << 20;

}  // namespace

void advise_huge_array(void* begin, std::size_t bytes) {
  if (bytes < 2 * kHugePage) return;
  const auto at = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t first = (at + kHugePage - 1) / kHugePage * kHugePage;
  const std::uintptr_t last = (at + bytes) / kHugePage * kHugePage;
  madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

void advise_huge_heap(std::size_t bytes) {
  // One large step of the program break, so that one piece of advice covers it; untouched pages
  // cost nothing. Large arrays stay in the heap, too, instead of in mappings of their own.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, INT32_MAX);
  mallopt(M_TOP_PAD, static_cast<int>(bytes));
  const auto before = reinterpret_cast<std::uintptr_t>(sbrk(0));
  void* volatile step = std::malloc(16 << 20);  // volatile: or the compiler drops the pair
  std::free(step);
  const auto after = reinterpret_cast<std::uintptr_t>(sbrk(0));
  mallopt(M_TOP_PAD, 64 << 20);
  const std::uintptr_t first = (before + kHugePage - 1) / kHugePage * kHugePage;
  if (after <= first) return;
  madvise(reinterpret_cast<void*>(first), after - first, MADV_HUGEPAGE);
}

#else

void advise_huge_heap(std::size_t) {}
void advise_huge_array(void*, std::size_t) {}

#endif

}  // namespace pigou
