// The vector of eight doubles that everything else is about.
#ifndef METASTABILITY_CLANETYPE_H
#define METASTABILITY_CLANETYPE_H

typedef double metastability_lanes __attribute__((ext_vector_type(8)));

#define METASTABILITY_INLINE static inline __attribute__((always_inline))

METASTABILITY_INLINE metastability_lanes metastability_lanes_broadcast(double x) {
  return (metastability_lanes){x, x, x, x, x, x, x, x};
}

#endif
