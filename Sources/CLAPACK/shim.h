// LAPACK through LAPACKE, served by OpenBLAS.
#ifndef METASTABILITY_CLAPACK_SHIM_H
#define METASTABILITY_CLAPACK_SHIM_H

#include <lapacke.h>

// Declared here because Debian keeps openblas' own header in a folder of its own.
void openblas_set_num_threads(int num_threads);

// BLAS: C = alpha op(A) op(B) + beta C, column by column.
void dgemm_(
    const char *transa, const char *transb, const int *m, const int *n, const int *k,
    const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
    const double *beta, double *c, const int *ldc);

// C += A B for matrices stored row by row: A is m by k, B is k by n.
static inline void metastability_add_product(
    int m, int n, int k, const double *a, const double *b, double *c) {
  const double one = 1;
  dgemm_("N", "N", &n, &m, &k, &one, b, &n, a, &k, &one, c, &n);
}

static inline int metastability_row_major(void) { return LAPACK_ROW_MAJOR; }

#endif
