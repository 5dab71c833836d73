// The layers of a network for eight sets of parameters at once, each with samples of its own.
//
// A lane is a set of parameters with its samples. Sums are taken in the order in which a loop over
// one set would take them, sample after sample and unit after unit, without fused operations: the
// bits agree with such a loop, and do not depend on the processor.
//
// Untyped pointers are to vectors of lanes, which Swift cannot point to.
#ifndef METASTABILITY_CLAYERS_H
#define METASTABILITY_CLAYERS_H

#include <stddef.h>

/// Rows of a table, one per sample and lane: out[b · row + i] has in lane l the number in column i
/// of row samples[l · spacing + b].
///
/// @param table The rows, each padded to a multiple of eight columns.
/// @param columns How many columns are wanted.
/// @param samples The numbers of the rows, lane after lane.
/// @param spacing How many of `samples` belong to a lane.
/// @param count How many samples b are wanted.
/// @param row The distance of two samples in `out`.
/// @param out Receives the numbers.
void metastability_gather_rows(const double *table, size_t columns, const ptrdiff_t *samples,
                               size_t spacing, size_t count, size_t row, void *out);

/// z_b = W a_b + c for the samples b.
///
/// @param weights W, `here` rows of `below` numbers.
/// @param biases c, or null.
/// @param inputs a_b, `below` numbers at b · row.
/// @param count How many samples.
/// @param below The units below.
/// @param here The units of this layer.
/// @param row The distance of two samples in `inputs`.
/// @param here_row The distance of two samples in `out`.
/// @param out Receives z_b.
void metastability_layer_forward(const void *weights,
                                 const void *biases,
                                 const void *inputs, size_t count, size_t below,
                                 size_t here, size_t row, size_t here_row,
                                 void *out);

/// Adds Σ_b e_b a_bᵀ to the gradient of W, and Σ_b e_b to that of c.
///
/// @param errors e_b, `here` numbers at b · here_row.
/// @param inputs a_b, `below` numbers at b · row.
/// @param count How many samples.
/// @param below The units below.
/// @param here The units of this layer.
/// @param row The distance of two samples in `inputs`.
/// @param here_row The distance of two samples in `errors`.
/// @param weights The gradient of W.
/// @param biases The gradient of c, or null.
void metastability_layer_gradient(const void *errors,
                                  const void *inputs, size_t count, size_t below,
                                  size_t here, size_t row, size_t here_row,
                                  void *weights, void *biases);

/// The errors of the layer below: (Wᵀ e_b)_i s_bi.
///
/// @param weights W, `here` rows of `below` numbers.
/// @param errors e_b, `here` numbers at b · here_row.
/// @param slopes s_b, `below` numbers at b · row.
/// @param count How many samples.
/// @param below The units below.
/// @param here The units of this layer.
/// @param row The distance of two samples in `slopes` and `out`.
/// @param here_row The distance of two samples in `errors`.
/// @param out Receives the errors.
void metastability_layer_backward(const void *weights,
                                  const void *errors,
                                  const void *slopes, size_t count, size_t below,
                                  size_t here, size_t row, size_t here_row,
                                  void *out);

/// values ← tanh(values), slopes ← 1 − tanh².
void metastability_tanh_slopes(void *values, void *slopes,
                               size_t count);

/// x ← x − (rate · gradient + shrink · x), gradient ← 0.
void metastability_descend(void *x, void *gradient, size_t count,
                           double rate, double shrink);

#endif
