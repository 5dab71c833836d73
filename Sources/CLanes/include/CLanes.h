// Eight doubles that are computed on together.
//
// The operations are static inline so that they disappear into the Swift code that calls them.
// Contraction to fused multiply-add is off: the same source gives the same bits on every processor.
#ifndef METASTABILITY_CLANES_H
#define METASTABILITY_CLANES_H

#include <math.h>
#include <stdint.h>

#include "CFunctions.h"
#include "CLaneType.h"
#include "CLayers.h"
#include "CNoise.h"

#pragma STDC FP_CONTRACT OFF

METASTABILITY_INLINE metastability_lanes metastability_lanes_add(metastability_lanes a,
                                                                 metastability_lanes b) {
  return a + b;
}
METASTABILITY_INLINE metastability_lanes metastability_lanes_subtract(metastability_lanes a,
                                                                      metastability_lanes b) {
  return a - b;
}
METASTABILITY_INLINE metastability_lanes metastability_lanes_multiply(metastability_lanes a,
                                                                      metastability_lanes b) {
  return a * b;
}
METASTABILITY_INLINE metastability_lanes metastability_lanes_divide(metastability_lanes a,
                                                                    metastability_lanes b) {
  return a / b;
}
METASTABILITY_INLINE metastability_lanes metastability_lanes_negate(metastability_lanes a) {
  return -a;
}
METASTABILITY_INLINE metastability_lanes metastability_lanes_sqrt(metastability_lanes a) {
  metastability_lanes r;
  for (int i = 0; i < 8; i++) r[i] = __builtin_sqrt(a[i]);
  return r;
}
METASTABILITY_INLINE metastability_lanes metastability_lanes_abs(metastability_lanes a) {
  return __builtin_elementwise_abs(a);
}
/// `a` where `test >= 0`, else `b`, lane by lane.
METASTABILITY_INLINE metastability_lanes metastability_lanes_select(metastability_lanes test,
                                                                    metastability_lanes a,
                                                                    metastability_lanes b) {
  return (test >= 0.0) ? a : b;
}

#endif
