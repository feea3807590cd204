// Function multiversioning: the loader picks the widest vectors the machine has. Bodies keep to
// operations whose results do not depend on the width, so every version gives the same bytes.
#pragma once

// Sanitizers of addresses and of threads instrument the resolver, which runs before they are ready;
// other machines have one version only. The levels of x86-64 bring what the bare names leave out:
// products of 64-bit integers in vectors come with AVX512DQ, which every machine of level 4 has.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__CUDACC__)
#if defined(__clang__)
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define PIGOU_VECTOR_VERSIONS __attribute__((target_clones("default", "avx2", "avx512f")))
#endif
#elif __GNUC__ >= 12
#define PIGOU_VECTOR_VERSIONS \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define PIGOU_VECTOR_VERSIONS __attribute__((target_clones("default", "avx2", "avx512f")))
#endif
#endif
#ifndef PIGOU_VECTOR_VERSIONS
#define PIGOU_VECTOR_VERSIONS
#endif
