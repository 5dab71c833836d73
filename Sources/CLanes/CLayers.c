#include "CLayers.h"

#include "CClones.h"
#include "CFunctions.h"

typedef metastability_lanes lanes;

// Swift does not promise more than the alignment of two doubles.
typedef metastability_lanes stored __attribute__((aligned(16)));

// Tiles of sums that stay in registers: six of them also fit where there are sixteen registers of
// four doubles.
enum { SAMPLES = 3, UNITS = 2, INPUTS = 3, SLAB = 16 };

// The eight columns of eight rows.
METASTABILITY_INLINE void transpose(const double *const rows[8], size_t offset, lanes columns[8]) {
  lanes r[8], t[8], u[8];
  for (int l = 0; l < 8; l++) __builtin_memcpy(&r[l], rows[l] + offset, sizeof(lanes));
  for (int l = 0; l < 8; l += 2) {
    t[l] = __builtin_shufflevector(r[l], r[l + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    t[l + 1] = __builtin_shufflevector(r[l], r[l + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int half = 0; half < 8; half += 4) {
    for (int odd = 0; odd < 2; odd++) {
      lanes a = t[half + odd], b = t[half + 2 + odd];
      u[half + odd] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
      u[half + 2 + odd] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int c = 0; c < 4; c++) {
    columns[c] = __builtin_shufflevector(u[c], u[c + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    columns[c + 4] = __builtin_shufflevector(u[c], u[c + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

METASTABILITY_INLINE void gather_rows(const double *table, size_t columns, const ptrdiff_t *samples,
                                      size_t spacing, size_t count, size_t row, stored *out) {
  const size_t width = (columns + 7) / 8 * 8;
  for (size_t b = 0; b < count; b++) {
    const double *rows[8];
    for (int l = 0; l < 8; l++) rows[l] = table + (size_t)samples[(size_t)l * spacing + b] * width;
    for (size_t i = 0; i < columns; i += 8) {
      lanes block[8];
      transpose(rows, i, block);
      const size_t wanted = columns - i < 8 ? columns - i : 8;
      if (wanted == 8) {
        for (int c = 0; c < 8; c++) out[b * row + i + (size_t)c] = block[c];
      } else {
        for (size_t c = 0; c < wanted; c++) out[b * row + i + c] = block[c];
      }
    }
  }
}

// out[b, j] += Σ_i W[j, i] a[b, i] for `units` × `samples` sums and the inputs i < `inputs`.
METASTABILITY_INLINE void forward_tile(const stored *weights, const stored *a, size_t inputs,
                                       size_t below, size_t row, size_t here_row, stored *out,
                                       const int units, const int samples) {
  lanes sums[UNITS][SAMPLES];
  for (int j = 0; j < units; j++)
    for (int b = 0; b < samples; b++) sums[j][b] = out[(size_t)b * here_row + (size_t)j];
  for (size_t i = 0; i < inputs; i++) {
    lanes input[SAMPLES];
    for (int b = 0; b < samples; b++) input[b] = a[(size_t)b * row + i];
    for (int j = 0; j < units; j++) {
      lanes weight = weights[(size_t)j * below + i];
      for (int b = 0; b < samples; b++) sums[j][b] += weight * input[b];
    }
  }
  for (int j = 0; j < units; j++)
    for (int b = 0; b < samples; b++) out[(size_t)b * here_row + (size_t)j] = sums[j][b];
}

METASTABILITY_INLINE void layer_forward(const stored *weights, const stored *biases,
                                        const stored *inputs, size_t count, size_t below,
                                        size_t here, size_t row, size_t here_row, stored *out) {
  for (size_t b = 0; b < count; b++)
    for (size_t j = 0; j < here; j++)
      out[b * here_row + j] = biases ? biases[j] : metastability_lanes_broadcast(0.0);
  // A slab of the inputs of all samples stays in the nearest cache while the weights go by.
  for (size_t slab = 0; slab < below; slab += SLAB) {
    const size_t depth = below - slab < SLAB ? below - slab : SLAB;
    size_t j = 0;
    for (; j + UNITS <= here; j += UNITS) {
      const stored *w = weights + j * below + slab;
      size_t b = 0;
      for (; b + SAMPLES <= count; b += SAMPLES)
        forward_tile(w, inputs + b * row + slab, depth, below, row, here_row,
                     out + b * here_row + j, UNITS, SAMPLES);
      for (; b < count; b++)
        forward_tile(w, inputs + b * row + slab, depth, below, row, here_row,
                     out + b * here_row + j, UNITS, 1);
    }
    for (; j < here; j++) {
      const stored *w = weights + j * below + slab;
      size_t b = 0;
      for (; b + SAMPLES <= count; b += SAMPLES)
        forward_tile(w, inputs + b * row + slab, depth, below, row, here_row,
                     out + b * here_row + j, 1, SAMPLES);
      for (; b < count; b++)
        forward_tile(w, inputs + b * row + slab, depth, below, row, here_row,
                     out + b * here_row + j, 1, 1);
    }
  }
}

// G[j, i] += Σ_b e[b, j] a[b, i] for `units` × `inputs` sums.
METASTABILITY_INLINE void gradient_tile(const stored *errors, const stored *a, size_t count,
                                        size_t below, size_t row, size_t here_row, stored *weights,
                                        const int units, const int inputs) {
  lanes sums[UNITS][INPUTS];
  for (int j = 0; j < units; j++)
    for (int i = 0; i < inputs; i++) sums[j][i] = weights[(size_t)j * below + (size_t)i];
  for (size_t b = 0; b < count; b++) {
    for (int j = 0; j < units; j++) {
      lanes error = errors[b * here_row + (size_t)j];
      for (int i = 0; i < inputs; i++) sums[j][i] += error * a[b * row + (size_t)i];
    }
  }
  for (int j = 0; j < units; j++)
    for (int i = 0; i < inputs; i++) weights[(size_t)j * below + (size_t)i] = sums[j][i];
}

METASTABILITY_INLINE void layer_gradient(const stored *errors, const stored *inputs, size_t count,
                                         size_t below, size_t here, size_t row, size_t here_row,
                                         stored *weights, stored *biases) {
  size_t i = 0;
  for (; i + INPUTS <= below; i += INPUTS) {
    size_t j = 0;
    for (; j + UNITS <= here; j += UNITS)
      gradient_tile(errors + j, inputs + i, count, below, row, here_row, weights + j * below + i,
                    UNITS, INPUTS);
    for (; j < here; j++)
      gradient_tile(errors + j, inputs + i, count, below, row, here_row, weights + j * below + i,
                    1, INPUTS);
  }
  for (; i < below; i++) {
    size_t j = 0;
    for (; j + UNITS <= here; j += UNITS)
      gradient_tile(errors + j, inputs + i, count, below, row, here_row, weights + j * below + i,
                    UNITS, 1);
    for (; j < here; j++)
      gradient_tile(errors + j, inputs + i, count, below, row, here_row, weights + j * below + i,
                    1, 1);
  }
  if (!biases) return;
  for (size_t j = 0; j < here; j++) {
    lanes sum = biases[j];
    for (size_t b = 0; b < count; b++) sum += errors[b * here_row + j];
    biases[j] = sum;
  }
}

// out[b, i] = s[b, i] Σ_j e[b, j] W[j, i] for `samples` × `inputs` sums.
METASTABILITY_INLINE void backward_tile(const stored *weights, const stored *errors,
                                        const stored *slopes, size_t below, size_t here, size_t row,
                                        size_t here_row, stored *out, const int samples,
                                        const int inputs) {
  lanes sums[SAMPLES][UNITS];
  for (int b = 0; b < samples; b++)
    for (int i = 0; i < inputs; i++) sums[b][i] = metastability_lanes_broadcast(0.0);
  for (size_t j = 0; j < here; j++) {
    for (int i = 0; i < inputs; i++) {
      lanes weight = weights[j * below + (size_t)i];
      for (int b = 0; b < samples; b++)
        sums[b][i] += errors[(size_t)b * here_row + j] * weight;
    }
  }
  for (int b = 0; b < samples; b++)
    for (int i = 0; i < inputs; i++)
      out[(size_t)b * row + (size_t)i] = sums[b][i] * slopes[(size_t)b * row + (size_t)i];
}

METASTABILITY_INLINE void layer_backward(const stored *weights, const stored *errors,
                                         const stored *slopes, size_t count, size_t below,
                                         size_t here, size_t row, size_t here_row, stored *out) {
  size_t i = 0;
  for (; i + UNITS <= below; i += UNITS) {
    size_t b = 0;
    for (; b + SAMPLES <= count; b += SAMPLES)
      backward_tile(weights + i, errors + b * here_row, slopes + b * row + i, below, here, row,
                    here_row, out + b * row + i, SAMPLES, UNITS);
    for (; b < count; b++)
      backward_tile(weights + i, errors + b * here_row, slopes + b * row + i, below, here, row,
                    here_row, out + b * row + i, 1, UNITS);
  }
  for (; i < below; i++) {
    for (size_t b = 0; b < count; b++)
      backward_tile(weights + i, errors + b * here_row, slopes + b * row + i, below, here, row,
                    here_row, out + b * row + i, 1, 1);
  }
}

METASTABILITY_INLINE void tanh_slopes(stored *values, stored *slopes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    lanes value = metastability_lanes_tanh(values[i]);
    values[i] = value;
    slopes[i] = 1.0 - value * value;
  }
}

METASTABILITY_INLINE void descend(stored *x, stored *gradient, size_t count, double rate,
                                  double shrink) {
  const lanes zero = metastability_lanes_broadcast(0.0);
  for (size_t i = 0; i < count; i++) {
    lanes value = x[i];
    x[i] = value - (rate * gradient[i] + shrink * value);
    gradient[i] = zero;
  }
}

// No vector may be an argument of a call in a function of several versions: the bodies are above.

METASTABILITY_CLONES void metastability_gather_rows(const double *table, size_t columns,
                                                    const ptrdiff_t *samples, size_t spacing,
                                                    size_t count, size_t row, void *out) {
  gather_rows(table, columns, samples, spacing, count, row, out);
}

METASTABILITY_CLONES void metastability_layer_forward(const void *weights, const void *biases,
                                                      const void *inputs, size_t count,
                                                      size_t below, size_t here, size_t row,
                                                      size_t here_row, void *out) {
  layer_forward(weights, biases, inputs, count, below, here, row, here_row, out);
}

METASTABILITY_CLONES void metastability_layer_gradient(const void *errors, const void *inputs,
                                                       size_t count, size_t below, size_t here,
                                                       size_t row, size_t here_row, void *weights,
                                                       void *biases) {
  layer_gradient(errors, inputs, count, below, here, row, here_row, weights, biases);
}

METASTABILITY_CLONES void metastability_layer_backward(const void *weights, const void *errors,
                                                       const void *slopes, size_t count,
                                                       size_t below, size_t here, size_t row,
                                                       size_t here_row, void *out) {
  layer_backward(weights, errors, slopes, count, below, here, row, here_row, out);
}

METASTABILITY_CLONES void metastability_tanh_slopes(void *values, void *slopes, size_t count) {
  tanh_slopes(values, slopes, count);
}

METASTABILITY_CLONES void metastability_descend(void *x, void *gradient, size_t count, double rate,
                                                double shrink) {
  descend(x, gradient, count, rate, shrink);
}
