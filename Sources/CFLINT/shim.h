// Eigenvalues of a Markov generator in arbitrary precision (Arb), as seen from Swift.
//
// Arb's types are arrays of one structure and its entries are reached through macros, which Swift
// does not import; so the one computation that is needed stands here behind plain numbers.
#ifndef METASTABILITY_CFLINT_SHIM_H
#define METASTABILITY_CFLINT_SHIM_H

#include <acb_mat.h>
#include <arb.h>

// A number as significand * 2^exponent.
static inline void metastability_arb_split(double *significand, long *exponent, const arf_t x) {
  arf_t m;
  fmpz_t e;
  arf_init(m);
  fmpz_init(e);
  arf_frexp(m, e, x);
  *significand = arf_get_d(m, ARF_RND_NEAR);
  *exponent = arf_is_zero(x) ? 0 : fmpz_get_si(e);
  arf_clear(m);
  fmpz_clear(e);
}

// The eigenvalues of the generator with the given off-diagonal rates.
//
// size: the number of states n; rates: n*n significands row by row (the diagonal is ignored), with
// binary exponents; escapes: n rates out of the states; scales: n binary exponents d, the matrix is
// scaled to q_ij 2^(d_i - d_j). The diagonal is minus the exact row sum. The results are n real
// and n imaginary parts as significands and exponents. Returns 0 where the iteration failed.
static inline int metastability_generator_eigenvalues(
    long size, const double *rates, const long *rate_exponents, const double *escapes,
    const long *escape_exponents, const long *scales, long precision, double *real,
    long *real_exponents, double *imaginary, long *imaginary_exponents) {
  acb_mat_t matrix;
  arb_t sum, term;
  acb_mat_init(matrix, size, size);
  arb_init(sum);
  arb_init(term);
  for (long i = 0; i < size; i++) {
    arb_set_d(sum, escapes[i]);
    arb_mul_2exp_si(sum, sum, escape_exponents[i]);
    for (long j = 0; j < size; j++) {
      if (i == j || rates[i * size + j] == 0) continue;
      arb_set_d(term, rates[i * size + j]);
      arb_mul_2exp_si(term, term, rate_exponents[i * size + j]);
      arb_add(sum, sum, term, precision);
      arb_mul_2exp_si(term, term, scales[i] - scales[j]);
      acb_set_arb(acb_mat_entry(matrix, i, j), term);
    }
    arb_neg(sum, sum);
    acb_set_arb(acb_mat_entry(matrix, i, i), sum);
  }
  acb_mat_get_mid(matrix, matrix);
  acb_ptr values = _acb_vec_init(size);
  int success = acb_mat_approx_eig_qr(values, NULL, NULL, matrix, NULL, 0, precision);
  for (long i = 0; i < size; i++) {
    metastability_arb_split(&real[i], &real_exponents[i], arb_midref(acb_realref(values + i)));
    metastability_arb_split(
        &imaginary[i], &imaginary_exponents[i], arb_midref(acb_imagref(values + i)));
  }
  _acb_vec_clear(values, size);
  arb_clear(sum);
  arb_clear(term);
  acb_mat_clear(matrix);
  flint_cleanup();
  return success;
}

#endif
