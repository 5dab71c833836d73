// LAPACK through LAPACKE, served by OpenBLAS.
#ifndef METASTABILITY_CLAPACK_SHIM_H
#define METASTABILITY_CLAPACK_SHIM_H

#include <lapacke.h>

// Declared here because Debian keeps openblas' own header in a folder of its own.
void openblas_set_num_threads(int num_threads);

static inline int metastability_row_major(void) { return LAPACK_ROW_MAJOR; }

#endif
