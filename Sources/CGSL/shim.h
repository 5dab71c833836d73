// The GNU Scientific Library, as seen from Swift.
//
// GSL exposes its type tags as mutable globals, which Swift 6 rightly calls shared mutable state;
// each that is used here has an accessor. OpenBLAS is linked before GSL and serves as its CBLAS.
#ifndef METASTABILITY_CGSL_SHIM_H
#define METASTABILITY_CGSL_SHIM_H

#define HAVE_INLINE 1
#define GSL_RANGE_CHECK_OFF 1

#include <gsl/gsl_cblas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_fft_real.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_odeiv2.h>
#include <gsl/gsl_qrng.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_sf.h>
#include <gsl/gsl_statistics_double.h>

static inline const gsl_odeiv2_step_type *metastability_odeiv2_msbdf(void) {
  return gsl_odeiv2_step_msbdf;
}
static inline const gsl_odeiv2_step_type *metastability_odeiv2_rk8pd(void) {
  return gsl_odeiv2_step_rk8pd;
}
static inline const gsl_odeiv2_step_type *metastability_odeiv2_rkf45(void) {
  return gsl_odeiv2_step_rkf45;
}
static inline const gsl_qrng_type *metastability_qrng_sobol(void) { return gsl_qrng_sobol; }
static inline const gsl_qrng_type *metastability_qrng_halton(void) {
  return gsl_qrng_reversehalton;
}
static inline const gsl_root_fsolver_type *metastability_root_brent(void) {
  return gsl_root_fsolver_brent;
}
static inline const gsl_min_fminimizer_type *metastability_min_brent(void) {
  return gsl_min_fminimizer_brent;
}

#endif
