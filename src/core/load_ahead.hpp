// Asking for memory before it is read.
#pragma once

namespace pigou {

/// Starts loading the cache line that `at` points into; a bad address does no harm. The empty
/// assembly has a reason: GCC takes a function that does nothing but prefetch for one without
/// effect, and drops calls of it.
inline void load_ahead(const void* at) {
  __builtin_prefetch(at);
  asm volatile("");
}

}  // namespace pigou
