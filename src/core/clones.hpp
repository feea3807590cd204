// Function multiversioning: the loader picks the widest vectors the machine has. Bodies keep to
// operations whose results do not depend on the width, so every version gives the same bytes.
#pragma once

// Sanitizers instrument the resolver, which runs before they are ready; other machines have one
// version only.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__CUDACC__)
#if defined(__has_feature)
#if !__has_feature(address_sanitizer)
#define PIGOU_CLONES __attribute__((target_clones("default", "avx2", "avx512f")))
#endif
#else
#define PIGOU_CLONES __attribute__((target_clones("default", "avx2", "avx512f")))
#endif
#endif
#ifndef PIGOU_CLONES
#define PIGOU_CLONES
#endif
