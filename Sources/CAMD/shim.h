// The approximate minimum degree ordering of SuiteSparse, as seen from Swift.
#ifndef METASTABILITY_CAMD_SHIM_H
#define METASTABILITY_CAMD_SHIM_H

#include <suitesparse/amd.h>

#endif
