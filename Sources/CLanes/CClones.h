// One body, compiled several times: the loader picks the version for the processor. Only
// additions, multiplications, divisions and square roots are used, all of which are rounded
// correctly everywhere, so that the versions give the same bits.
#ifndef METASTABILITY_CCLONES_H
#define METASTABILITY_CCLONES_H

#if defined(__x86_64__) && defined(__linux__)
#define METASTABILITY_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define METASTABILITY_CLONES
#endif

// Helpers are always inlined: no vector is ever passed in a call.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma STDC FP_CONTRACT OFF

#endif
