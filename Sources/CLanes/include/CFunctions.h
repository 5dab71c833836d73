// Elementary functions of eight doubles.
//
// Only additions, multiplications and divisions, which are rounded correctly everywhere, and no
// branch: the same source gives the same bits on every processor.
#ifndef METASTABILITY_CFUNCTIONS_H
#define METASTABILITY_CFUNCTIONS_H

#include <stdint.h>
#include <string.h>

#include "CLaneType.h"

#pragma STDC FP_CONTRACT OFF

// Everything here is always inlined: no vector is ever passed in a call.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

typedef uint64_t metastability_words __attribute__((ext_vector_type(8)));

/// 2^k of whole numbers k from -1022 to 1023, given as k + 1.5·2^52.
METASTABILITY_INLINE metastability_lanes metastability_power_of_two(metastability_lanes shifted) {
  metastability_words bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 1023) << 52;
  metastability_lanes result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

/// x = k ln 2 + high + low with a whole k and |high| < 0.3466: e^high = 1 + high + rest, where rest
/// includes low. `shifted` is k + 1.5·2^52.
typedef struct {
  metastability_lanes shifted, high, rest;
} metastability_exponent;

METASTABILITY_INLINE metastability_exponent metastability_reduce(metastability_lanes x) {
  const double shift = 6755399441055744.0;
  metastability_exponent result;
  result.shifted = x * 1.4426950408889634 + shift;
  metastability_lanes k = result.shifted - shift;
  // The upper part of ln 2 has 27 bits: its product with k is exact.
  metastability_lanes near = x - k * 0.693147175014019;
  metastability_lanes correction = k * 5.5459262969660605e-09;
  metastability_lanes r = near - correction;
  metastability_lanes low = (near - r) - correction;
  // (e^r - 1 - r)/r^2 by its interpolant at Chebyshev nodes; the error of e^r - 1 is below
  // 5e-19 |r|.
  metastability_lanes p = 2.0914680780540263e-09 * r + 2.5105208339987698e-08;
  p = p * r + 2.7557273657975953e-07;
  p = p * r + 2.7557255421023506e-06;
  p = p * r + 2.4801587325536023e-05;
  p = p * r + 0.00019841269874804214;
  p = p * r + 0.0013888888888883752;
  p = p * r + 0.00833333333332614;
  p = p * r + 0.04166666666666667;
  p = p * r + 0.1666666666666667;
  p = p * r + 0.5;
  result.high = r;
  result.rest = r * r * p + low;
  return result;
}

/// e^x, to one unit in the last place; gradual underflow, infinity above 709.78.
METASTABILITY_INLINE metastability_lanes metastability_lanes_exp(metastability_lanes x) {
  const double shift = 6755399441055744.0;
  metastability_lanes top = metastability_lanes_broadcast(710.0);
  metastability_lanes bottom = metastability_lanes_broadcast(-746.0);
  x = (x > top) ? top : x;
  x = (x < bottom) ? bottom : x;
  metastability_exponent e = metastability_reduce(x);
  metastability_lanes value = 1.0 + (e.high + e.rest);
  // Two factors, because 2^k itself may not be a normal number.
  metastability_lanes k = e.shifted - shift;
  metastability_lanes half = k * 0.5 + shift;
  metastability_lanes other = (k - (half - shift)) + shift;
  return value * metastability_power_of_two(half) * metastability_power_of_two(other);
}

/// tanh x = E/(E + 2) with E = e^(2|x|) - 1, to 1.3 units in the last place.
METASTABILITY_INLINE metastability_lanes metastability_lanes_tanh(metastability_lanes x) {
  metastability_lanes size = __builtin_elementwise_abs(x);
  metastability_lanes top = metastability_lanes_broadcast(20.0);
  size = (size > top) ? top : size;
  metastability_exponent e = metastability_reduce(size + size);
  // E = (2^k - 1) + 2^k (high + rest). The rounding errors of the sums are known exactly.
  metastability_lanes scale = metastability_power_of_two(e.shifted);
  metastability_lanes whole = scale - 1.0;
  metastability_lanes part = scale * e.high;
  metastability_lanes sum = whole + part;
  metastability_lanes rest = (part - (sum - whole)) + scale * e.rest;
  metastability_lanes numerator = sum + rest;
  metastability_lanes lost = rest - (numerator - sum);
  metastability_lanes denominator = numerator + 2.0;
  metastability_lanes two = denominator - numerator;
  metastability_lanes lost_below = ((numerator - (denominator - two)) + (2.0 - two)) + lost;
  metastability_lanes value = numerator / denominator;
  // 1/(E + 2) = (1 - tanh)/2, so that putting them back needs no second division.
  value = value + (lost - value * lost_below) * (0.5 - 0.5 * value);
  return __builtin_elementwise_copysign(value, x);
}

#pragma clang diagnostic pop

#endif
