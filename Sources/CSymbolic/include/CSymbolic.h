// Exact derivatives of expressions, by GiNaC.
//
// An expression is a list of nodes, children before parents. Constants are symbols like variables:
// GiNaC sees no floating-point number, so that nothing is rounded, folded or expanded on the way.
// The functions are opaque to GiNaC (it must not turn exp(log(x)) into x or sqrt(-1) into i), and
// sums inside products and powers come wrapped in METASTABILITY_SYMBOLIC_GROUP, so that they keep
// the form they were written in.
//
// The order of sums and products in the result is arbitrary (GiNaC orders by addresses); whoever
// needs the same bits in every run sorts them.
//
// No exception leaves these functions. GiNaC is not thread-safe; a lock inside makes them so.
#ifndef METASTABILITY_CSYMBOLIC_H
#define METASTABILITY_CSYMBOLIC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  METASTABILITY_SYMBOLIC_SYMBOL,      // index: the symbol; the variables come first
  METASTABILITY_SYMBOLIC_RATIONAL,    // value / divisor, both whole
  METASTABILITY_SYMBOLIC_SUM,         // of the children
  METASTABILITY_SYMBOLIC_PRODUCT,     // of the children
  METASTABILITY_SYMBOLIC_POWER,       // child ^ index
  METASTABILITY_SYMBOLIC_FUNCTION,    // index: the function; of the child
  METASTABILITY_SYMBOLIC_REAL_POWER,  // child ^ (value - divisor), exact; divisor is whole
  METASTABILITY_SYMBOLIC_NUMBER,      // value - divisor, exact; divisor is whole
  METASTABILITY_SYMBOLIC_INPUT,       // index: the node of the input that is the same expression
} metastability_symbolic_kind;

typedef enum {
  METASTABILITY_SYMBOLIC_GROUP,  // parentheses: the child itself
  METASTABILITY_SYMBOLIC_EXP,
  METASTABILITY_SYMBOLIC_LOG,
  METASTABILITY_SYMBOLIC_SQRT,
  METASTABILITY_SYMBOLIC_SIN,
  METASTABILITY_SYMBOLIC_COS,
  METASTABILITY_SYMBOLIC_TAN,
  METASTABILITY_SYMBOLIC_SINH,
  METASTABILITY_SYMBOLIC_COSH,
  METASTABILITY_SYMBOLIC_TANH,
  METASTABILITY_SYMBOLIC_ABS,
  METASTABILITY_SYMBOLIC_SIGN,  // the derivative of abs
} metastability_symbolic_function;

typedef struct {
  int32_t kind;
  int32_t index;
  int32_t first_child;  // into the list of children
  int32_t child_count;
  double value;
  double divisor;
} metastability_symbolic_node;

typedef struct {
  metastability_symbolic_node *nodes;
  size_t node_count;
  int32_t *children;
  size_t child_count;
  // For each root its first derivatives by the variables in order; then, where second ones were
  // asked for, those by variables i <= j, row after row.
  int32_t *outputs;
  size_t output_count;
} metastability_symbolic_result;

// Differentiates `roots` by the first `variable_count` symbols, once or (order 2) also twice.
//
// Returns 0 and fills `result`, which metastability_symbolic_free() releases; or returns another
// number, leaves `result` empty and writes a reason into `message`.
int metastability_symbolic_differentiate(const metastability_symbolic_node *nodes,
                                         size_t node_count, const int32_t *children,
                                         const int32_t *roots, size_t root_count,
                                         size_t symbol_count, size_t variable_count, int order,
                                         metastability_symbolic_result *result, char *message,
                                         size_t message_size);

void metastability_symbolic_free(metastability_symbolic_result *result);

// Calls `body` with `size` bytes of memory aligned to 64 bytes: on the stack up to 64 KiB, so that
// evaluating a compiled expression allocates nothing. Beyond that from the heap; null where there
// is none.
void metastability_symbolic_with_scratch(size_t size, void *context,
                                         void (*body)(void *context, void *memory));

#ifdef __cplusplus
}
#endif

#endif
