// Random numbers that are functions of their place: Philox4x32-10 (Salmon, Moraes, Dror and Shaw,
// "Parallel random numbers: as easy as 1, 2, 3", 2011) and standard normals made from it in bulk.
//
// A number depends on the seed, the stream (one per trajectory), the step and the component, and on
// nothing else: not on the buffer, the thread or the processor that it is made on.
#ifndef METASTABILITY_CNOISE_H
#define METASTABILITY_CNOISE_H

#include <stddef.h>
#include <stdint.h>

/// One block of Philox4x32-10.
///
/// @param counter Four words.
/// @param key Two words.
/// @param out Receives four random words.
void metastability_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/// Two random words.
typedef struct {
  uint64_t first, second;
} metastability_word_pair;

/// The words of one Philox block whose counter is (position, stream) and whose key is the seed.
metastability_word_pair metastability_philox_words(uint64_t seed, uint64_t stream,
                                                   uint64_t position);

/// Fills a buffer with normals of mean zero for eight streams.
///
/// One Philox block, whose counter is (step/2 · dimension + component, stream) and whose key is the
/// seed, serves one component in two consecutive steps.
///
/// @param seed The key.
/// @param streams The eight streams.
/// @param steps The first step of each stream; even.
/// @param pairs How many pairs of steps are wanted.
/// @param dimension The number of components per step.
/// @param scale The standard deviation.
/// @param out Receives 2 · pairs · dimension · 8 numbers: step by step, component by component,
///   the eight streams side by side.
void metastability_fill_normals(uint64_t seed, const uint64_t streams[8], const uint64_t steps[8],
                                size_t pairs, size_t dimension, double scale, double *out);

/// The same numbers from code for the oldest processor of the architecture, for comparison.
void metastability_fill_normals_baseline(uint64_t seed, const uint64_t streams[8],
                                         const uint64_t steps[8], size_t pairs, size_t dimension,
                                         double scale, double *out);

#endif
