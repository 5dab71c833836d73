#include "CLanes.h"

#include <string.h>

#include "CClones.h"

typedef uint64_t words __attribute__((ext_vector_type(8)));
typedef metastability_lanes lanes;

#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

void metastability_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)PHILOX_M0 * c0;
    uint64_t p1 = (uint64_t)PHILOX_M1 * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += PHILOX_W0;
    k1 += PHILOX_W1;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

metastability_word_pair metastability_philox_words(uint64_t seed, uint64_t stream,
                                                   uint64_t position) {
  const uint32_t counter[4] = {(uint32_t)position, (uint32_t)(position >> 32), (uint32_t)stream,
                               (uint32_t)(stream >> 32)};
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  uint32_t out[4];
  metastability_philox(counter, key, out);
  return (metastability_word_pair){out[0] | (uint64_t)out[1] << 32,
                                   out[2] | (uint64_t)out[3] << 32};
}

METASTABILITY_INLINE lanes as_lanes(words w) {
  lanes r;
  memcpy(&r, &w, sizeof r);
  return r;
}

METASTABILITY_INLINE words as_words(lanes a) {
  words r;
  memcpy(&r, &a, sizeof r);
  return r;
}

// sqrt(-2 ln u) for u in (0, 1] made from the upper 52 bits.
METASTABILITY_INLINE lanes radius(words bits) {
  lanes u = 2.0 - as_lanes((bits >> 12) | 0x3FF0000000000000ull);
  // u = m 2^k with m in [sqrt(1/2), sqrt(2)): the mantissa is shifted so that it wraps there.
  words shifted = as_words(u) + (0x3FF0000000000000ull - 0x3FE6A09E00000000ull);
  lanes k = as_lanes((shifted >> 52) | 0x4330000000000000ull) - (4503599627370496.0 + 1023.0);
  lanes m = as_lanes((shifted & 0x000FFFFFFFFFFFFFull) + 0x3FE6A09E00000000ull);
  // ln m = 2 artanh s, with a Chebyshev interpolant in s^2 (its relative error is below 1e-17).
  lanes s = (m - 1.0) / (m + 1.0);
  lanes z = s * s;
  lanes p = 0.14619343453512615 * z + 0.15331487235865734;
  p = p * z + 0.18182896183483085;
  p = p * z + 0.2222221103781659;
  p = p * z + 0.28571428626570206;
  p = p * z + 0.3999999999989819;
  p = p * z + 0.666666666666667;
  lanes logarithm = k * 0.6931471805599453 + (2.0 * s + s * z * p);
  return __builtin_elementwise_sqrt(__builtin_elementwise_abs(-2.0 * logarithm));
}

// sin and cos of a uniform angle: the upper 52 bits place it in a quarter turn around zero, the
// lowest two choose the quarter. Chebyshev interpolants in f^2, absolute error below 1e-17.
METASTABILITY_INLINE void sine_and_cosine(words bits, lanes *sine, lanes *cosine) {
  lanes f = as_lanes((bits >> 12) | 0x3FF0000000000000ull) - 1.5;
  lanes z = f * f;
  lanes p = 5.633933781537854e-08 * z - 3.59864335298231e-06;
  p = p * z + 0.0001604411507421909;
  p = p * z - 0.004681754132340976;
  p = p * z + 0.07969262624604301;
  p = p * z - 0.6459640975062443;
  p = p * z + 1.5707963267948966;
  lanes s = f * p;
  p = -6.329396344967424e-09 * z + 4.710678405505227e-07;
  p = p * z - 2.5202039028029178e-05;
  p = p * z + 0.0009192602745468447;
  p = p * z - 0.020863480763340773;
  p = p * z + 0.2536695079010478;
  p = p * z - 1.2337005501361697;
  lanes c = p * z + 1.0;
  // A quarter turn exchanges the two; a half turn flips both signs.
  words exchange = (words)0 - (bits & 1);
  words sign = (bits & 2) << 62;
  words a = as_words(s), b = as_words(c);
  words difference = (a ^ b) & exchange;
  *sine = as_lanes(a ^ difference ^ sign);
  *cosine = as_lanes(b ^ difference ^ sign ^ (exchange & 0x8000000000000000ull));
}

METASTABILITY_INLINE void fill_normals(uint64_t seed, const uint64_t streams[8],
                                       const uint64_t steps[8], size_t pairs, size_t dimension,
                                       double scale, double *out) {
  words stream, block;
  for (int lane = 0; lane < 8; lane++) {
    stream[lane] = streams[lane];
    block[lane] = (steps[lane] >> 1) * dimension;
  }
  const words low = (words)0 + 0xFFFFFFFFull;
  const words stream_low = stream & low, stream_high = stream >> 32;
  for (size_t pair = 0; pair < pairs; pair++) {
    double *first = out + 2 * pair * dimension * 8;
    double *second = first + dimension * 8;
    for (size_t component = 0; component < dimension; component++) {
      words c0 = block & low, c1 = block >> 32, c2 = stream_low, c3 = stream_high;
      uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
#pragma clang loop unroll(full)
      for (int round = 0; round < 10; round++) {
        // The upper halves hold what no one reads: masked here, where it tells the compiler that one
        // multiplication of 32 bits is enough, and once more at the end.
        words p0 = (c0 & low) * (uint64_t)PHILOX_M0;
        words p1 = (c2 & low) * (uint64_t)PHILOX_M1;
        c0 = (p1 >> 32) ^ c1 ^ (uint64_t)k0;
        c1 = p1;
        c2 = (p0 >> 32) ^ c3 ^ (uint64_t)k1;
        c3 = p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
      }
      lanes r = radius((c0 & low) | (c1 << 32)), sine, cosine;
      sine_and_cosine((c2 & low) | (c3 << 32), &sine, &cosine);
      lanes a = scale * (r * cosine), b = scale * (r * sine);
      memcpy(first + component * 8, &a, sizeof a);
      memcpy(second + component * 8, &b, sizeof b);
      block += 1;
    }
  }
}

METASTABILITY_CLONES void metastability_fill_normals(uint64_t seed, const uint64_t streams[8],
                                                     const uint64_t steps[8], size_t pairs,
                                                     size_t dimension, double scale,
                                                     double *out) {
  fill_normals(seed, streams, steps, pairs, dimension, scale, out);
}

void metastability_fill_normals_baseline(uint64_t seed, const uint64_t streams[8],
                                         const uint64_t steps[8], size_t pairs, size_t dimension,
                                         double scale, double *out) {
  fill_normals(seed, streams, steps, pairs, dimension, scale, out);
}
