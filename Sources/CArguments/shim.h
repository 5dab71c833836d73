// glibc's argument parser, as seen from Swift.
#ifndef METASTABILITY_CARGUMENTS_SHIM_H
#define METASTABILITY_CARGUMENTS_SHIM_H

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void metastability_set_usage_exit_status(int status) {
  argp_err_exit_status = status;
}
static inline int metastability_argp_unknown(void) { return ARGP_ERR_UNKNOWN; }
// `argp_error` and `argp_usage` are variadic or macros; Swift calls these instead.
static inline void metastability_argp_error(const struct argp_state *state, const char *message) {
  argp_error(state, "%s", message);
}
static inline void metastability_argp_usage(const struct argp_state *state) { argp_usage(state); }

// `stderr` and `SIG_DFL` are a mutable global and a macro with a cast; neither reaches Swift.
static inline void metastability_print_error(const char *text) {
  fputs(text, stderr);
  fflush(stderr);
}
static inline void metastability_default_interrupt(void) { signal(SIGINT, SIG_DFL); }

#endif
