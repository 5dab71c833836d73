#include "CSymbolic.h"

#include <ginac/ginac.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

using GiNaC::ex;
using GiNaC::numeric;
using GiNaC::symbol;

namespace {

ex derivative_of_group(const ex &u, const symbol &s);
ex derivative_of_exp(const ex &u, const symbol &s);
ex derivative_of_log(const ex &u, const symbol &s);
ex derivative_of_sqrt(const ex &u, const symbol &s);
ex derivative_of_sin(const ex &u, const symbol &s);
ex derivative_of_cos(const ex &u, const symbol &s);
ex derivative_of_tan(const ex &u, const symbol &s);
ex derivative_of_sinh(const ex &u, const symbol &s);
ex derivative_of_cosh(const ex &u, const symbol &s);
ex derivative_of_tanh(const ex &u, const symbol &s);
ex derivative_of_abs(const ex &u, const symbol &s);
ex derivative_of_real_power(const ex &u, const ex &exponent, const symbol &s);
ex zero_derivative(const ex &, const symbol &) { return 0; }

// Functions without evaluation rules: GiNaC differentiates them and leaves them alone otherwise.
DECLARE_FUNCTION_1P(metastability_group)
DECLARE_FUNCTION_1P(metastability_exp)
DECLARE_FUNCTION_1P(metastability_log)
DECLARE_FUNCTION_1P(metastability_sqrt)
DECLARE_FUNCTION_1P(metastability_sin)
DECLARE_FUNCTION_1P(metastability_cos)
DECLARE_FUNCTION_1P(metastability_tan)
DECLARE_FUNCTION_1P(metastability_sinh)
DECLARE_FUNCTION_1P(metastability_cosh)
DECLARE_FUNCTION_1P(metastability_tanh)
DECLARE_FUNCTION_1P(metastability_abs)
DECLARE_FUNCTION_1P(metastability_sign)
DECLARE_FUNCTION_1P(metastability_number)
DECLARE_FUNCTION_2P(metastability_real_power)

REGISTER_FUNCTION(metastability_group, expl_derivative_func(derivative_of_group))
REGISTER_FUNCTION(metastability_exp, expl_derivative_func(derivative_of_exp))
REGISTER_FUNCTION(metastability_log, expl_derivative_func(derivative_of_log))
REGISTER_FUNCTION(metastability_sqrt, expl_derivative_func(derivative_of_sqrt))
REGISTER_FUNCTION(metastability_sin, expl_derivative_func(derivative_of_sin))
REGISTER_FUNCTION(metastability_cos, expl_derivative_func(derivative_of_cos))
REGISTER_FUNCTION(metastability_tan, expl_derivative_func(derivative_of_tan))
REGISTER_FUNCTION(metastability_sinh, expl_derivative_func(derivative_of_sinh))
REGISTER_FUNCTION(metastability_cosh, expl_derivative_func(derivative_of_cosh))
REGISTER_FUNCTION(metastability_tanh, expl_derivative_func(derivative_of_tanh))
REGISTER_FUNCTION(metastability_abs, expl_derivative_func(derivative_of_abs))
REGISTER_FUNCTION(metastability_sign, expl_derivative_func(zero_derivative))
REGISTER_FUNCTION(metastability_number, expl_derivative_func(zero_derivative))
REGISTER_FUNCTION(metastability_real_power, expl_derivative_func(derivative_of_real_power))

// Parentheses around whatever GiNaC would flatten, distribute or take apart.
ex grouped(const ex &u) {
  if (GiNaC::is_exactly_a<GiNaC::add>(u)) return metastability_group(u);
  return u;
}

// A base that GiNaC must not take apart: (c·x)^n would become c^n·x^n, and (x−y)^n might become
// (y−x)^n.
ex as_base(const ex &u) {
  if (GiNaC::is_exactly_a<GiNaC::add>(u) || GiNaC::is_exactly_a<GiNaC::mul>(u) ||
      GiNaC::is_exactly_a<GiNaC::power>(u) || GiNaC::is_exactly_a<numeric>(u))
    return metastability_group(u);
  return u;
}

ex slope(const ex &u, const symbol &s) { return grouped(u.diff(s)); }
ex reciprocal(const ex &u) { return GiNaC::pow(as_base(u), -1); }

ex derivative_of_group(const ex &u, const symbol &s) { return slope(u, s); }
ex derivative_of_exp(const ex &u, const symbol &s) { return metastability_exp(u) * slope(u, s); }
ex derivative_of_log(const ex &u, const symbol &s) { return slope(u, s) * reciprocal(u); }
ex derivative_of_sqrt(const ex &u, const symbol &s) {
  return numeric(1, 2) * slope(u, s) * GiNaC::pow(metastability_sqrt(u), -1);
}
ex derivative_of_sin(const ex &u, const symbol &s) { return metastability_cos(u) * slope(u, s); }
ex derivative_of_cos(const ex &u, const symbol &s) { return -metastability_sin(u) * slope(u, s); }
ex derivative_of_tan(const ex &u, const symbol &s) {
  return metastability_group(1 + GiNaC::pow(metastability_tan(u), 2)) * slope(u, s);
}
ex derivative_of_sinh(const ex &u, const symbol &s) { return metastability_cosh(u) * slope(u, s); }
ex derivative_of_cosh(const ex &u, const symbol &s) { return metastability_sinh(u) * slope(u, s); }
ex derivative_of_tanh(const ex &u, const symbol &s) {
  return metastability_group(1 - GiNaC::pow(metastability_tanh(u), 2)) * slope(u, s);
}
ex derivative_of_abs(const ex &u, const symbol &s) { return metastability_sign(u) * slope(u, s); }
ex derivative_of_real_power(const ex &u, const ex &exponent, const symbol &s) {
  return metastability_number(exponent) * metastability_real_power(u, exponent - 1) * slope(u, s);
}

struct failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

ex apply(int32_t function, const ex &u) {
  switch (function) {
    case METASTABILITY_SYMBOLIC_GROUP: return metastability_group(u);
    case METASTABILITY_SYMBOLIC_EXP: return metastability_exp(u);
    case METASTABILITY_SYMBOLIC_LOG: return metastability_log(u);
    case METASTABILITY_SYMBOLIC_SQRT: return metastability_sqrt(u);
    case METASTABILITY_SYMBOLIC_SIN: return metastability_sin(u);
    case METASTABILITY_SYMBOLIC_COS: return metastability_cos(u);
    case METASTABILITY_SYMBOLIC_TAN: return metastability_tan(u);
    case METASTABILITY_SYMBOLIC_SINH: return metastability_sinh(u);
    case METASTABILITY_SYMBOLIC_COSH: return metastability_cosh(u);
    case METASTABILITY_SYMBOLIC_TANH: return metastability_tanh(u);
    case METASTABILITY_SYMBOLIC_ABS: return metastability_abs(u);
    case METASTABILITY_SYMBOLIC_SIGN: return metastability_sign(u);
    default: throw failure("unknown function");
  }
}

int32_t function_number(const GiNaC::function &f) {
  const unsigned serial = f.get_serial();
  if (serial == metastability_group_SERIAL::serial) return METASTABILITY_SYMBOLIC_GROUP;
  if (serial == metastability_exp_SERIAL::serial) return METASTABILITY_SYMBOLIC_EXP;
  if (serial == metastability_log_SERIAL::serial) return METASTABILITY_SYMBOLIC_LOG;
  if (serial == metastability_sqrt_SERIAL::serial) return METASTABILITY_SYMBOLIC_SQRT;
  if (serial == metastability_sin_SERIAL::serial) return METASTABILITY_SYMBOLIC_SIN;
  if (serial == metastability_cos_SERIAL::serial) return METASTABILITY_SYMBOLIC_COS;
  if (serial == metastability_tan_SERIAL::serial) return METASTABILITY_SYMBOLIC_TAN;
  if (serial == metastability_sinh_SERIAL::serial) return METASTABILITY_SYMBOLIC_SINH;
  if (serial == metastability_cosh_SERIAL::serial) return METASTABILITY_SYMBOLIC_COSH;
  if (serial == metastability_tanh_SERIAL::serial) return METASTABILITY_SYMBOLIC_TANH;
  if (serial == metastability_abs_SERIAL::serial) return METASTABILITY_SYMBOLIC_ABS;
  if (serial == metastability_sign_SERIAL::serial) return METASTABILITY_SYMBOLIC_SIGN;
  throw failure("unexpected function");
}

// The rational number that a double is.
numeric exact(double value) {
  int exponent = 0;
  const double mantissa = std::frexp(value, &exponent);
  const auto whole = static_cast<long>(std::ldexp(mantissa, 53));
  return numeric(whole) * GiNaC::ex_to<numeric>(GiNaC::pow(ex(2), ex(exponent - 53)));
}

double whole_number(const numeric &n) {
  const double value = n.to_double();
  if (!std::isfinite(value) || !exact(value).is_equal(n))
    throw failure("a whole number in its derivatives has more than 53 bits");
  return value;
}

class Writer {
 public:
  // What is known already, symbols above all, is referred to rather than written again.
  explicit Writer(const std::vector<ex> &input) {
    for (size_t i = 0; i < input.size(); i++) {
      if (GiNaC::is_exactly_a<numeric>(input[i]) || known.count(input[i]) > 0) continue;
      metastability_symbolic_node node = {};
      node.kind = METASTABILITY_SYMBOLIC_INPUT;
      node.index = static_cast<int32_t>(i);
      known.emplace(input[i], append(node, {}));
    }
  }

  int32_t write(const ex &e) {
    const auto found = known.find(e);
    if (found != known.end()) return found->second;
    const int32_t id = write_new(e);
    known.emplace(e, id);
    return id;
  }

  std::vector<metastability_symbolic_node> nodes;
  std::vector<int32_t> children;

 private:
  std::unordered_map<ex, int32_t> known;

  int32_t append(metastability_symbolic_node node, const std::vector<int32_t> &list) {
    if (nodes.size() >= 5000000 || children.size() >= 50000000)
      throw failure("its derivatives have more than five million terms");
    node.first_child = static_cast<int32_t>(children.size());
    node.child_count = static_cast<int32_t>(list.size());
    children.insert(children.end(), list.begin(), list.end());
    nodes.push_back(node);
    return static_cast<int32_t>(nodes.size() - 1);
  }

  // The smallest whole shift after which the number is a double.
  void set_shifted(metastability_symbolic_node &node, const numeric &n) {
    for (int shift = 0; shift < 8; shift++) {
      const numeric shifted = n + numeric(shift);
      const double value = shifted.to_double();
      if (!std::isfinite(value) || !exact(value).is_equal(shifted)) continue;
      node.value = value;
      node.divisor = shift;
      return;
    }
    throw failure("an exponent in its derivatives is not a double");
  }

  int32_t write_new(const ex &e) {
    metastability_symbolic_node node = {};
    std::vector<int32_t> list;
    if (GiNaC::is_exactly_a<numeric>(e)) {
      const auto &n = GiNaC::ex_to<numeric>(e);
      if (!n.is_rational()) throw failure("it is not real");
      node.kind = METASTABILITY_SYMBOLIC_RATIONAL;
      node.value = whole_number(n.numer());
      node.divisor = whole_number(n.denom());
    } else if (GiNaC::is_exactly_a<GiNaC::add>(e) || GiNaC::is_exactly_a<GiNaC::mul>(e)) {
      node.kind = GiNaC::is_exactly_a<GiNaC::add>(e) ? METASTABILITY_SYMBOLIC_SUM
                                                    : METASTABILITY_SYMBOLIC_PRODUCT;
      list.reserve(e.nops());
      for (size_t i = 0; i < e.nops(); i++) list.push_back(write(e.op(i)));
    } else if (GiNaC::is_exactly_a<GiNaC::power>(e)) {
      if (!e.op(1).info(GiNaC::info_flags::integer)) throw failure("it is not real");
      const auto &n = GiNaC::ex_to<numeric>(e.op(1));
      if (GiNaC::abs(n) > 1000000000) throw failure("an exponent is beyond ±1000000000");
      node.kind = METASTABILITY_SYMBOLIC_POWER;
      node.index = n.to_int();
      list.push_back(write(e.op(0)));
    } else if (GiNaC::is_exactly_a<GiNaC::function>(e)) {
      const auto &f = GiNaC::ex_to<GiNaC::function>(e);
      if (f.get_serial() == metastability_number_SERIAL::serial) {
        node.kind = METASTABILITY_SYMBOLIC_NUMBER;
        set_shifted(node, GiNaC::ex_to<numeric>(e.op(0)));
      } else if (f.get_serial() == metastability_real_power_SERIAL::serial) {
        node.kind = METASTABILITY_SYMBOLIC_REAL_POWER;
        set_shifted(node, GiNaC::ex_to<numeric>(e.op(1)));
        list.push_back(write(e.op(0)));
      } else {
        node.kind = METASTABILITY_SYMBOLIC_FUNCTION;
        node.index = function_number(f);
        list.push_back(write(e.op(0)));
      }
    } else {
      throw failure("unexpected kind of expression");
    }
    return append(node, list);
  }
};

std::vector<ex> read(const metastability_symbolic_node *nodes, size_t node_count,
                     const int32_t *children, const std::vector<symbol> &symbols) {
  std::vector<ex> read;
  read.reserve(node_count);
  for (size_t k = 0; k < node_count; k++) {
    const auto &node = nodes[k];
    GiNaC::exvector operands;
    for (int32_t i = 0; i < node.child_count; i++)
      operands.push_back(read.at(static_cast<size_t>(children[node.first_child + i])));
    switch (node.kind) {
      case METASTABILITY_SYMBOLIC_SYMBOL:
        read.emplace_back(symbols.at(static_cast<size_t>(node.index)));
        break;
      case METASTABILITY_SYMBOLIC_RATIONAL:
        read.emplace_back(exact(node.value) / exact(node.divisor));
        break;
      case METASTABILITY_SYMBOLIC_SUM: read.emplace_back(GiNaC::add(operands)); break;
      case METASTABILITY_SYMBOLIC_PRODUCT: read.emplace_back(GiNaC::mul(operands)); break;
      case METASTABILITY_SYMBOLIC_POWER:
        read.push_back(GiNaC::pow(as_base(operands.at(0)), node.index));
        break;
      case METASTABILITY_SYMBOLIC_FUNCTION:
        read.push_back(apply(node.index, operands.at(0)));
        break;
      case METASTABILITY_SYMBOLIC_REAL_POWER:
        read.emplace_back(metastability_real_power(
            operands.at(0), ex(exact(node.value) - exact(node.divisor))));
        break;
      case METASTABILITY_SYMBOLIC_NUMBER:
        read.emplace_back(metastability_number(ex(exact(node.value) - exact(node.divisor))));
        break;
      default: throw failure("unknown kind of node");
    }
  }
  return read;
}

template <typename T>
T *copied(const std::vector<T> &list) {
  auto *copy = static_cast<T *>(std::malloc(list.empty() ? 1 : list.size() * sizeof(T)));
  if (copy == nullptr) throw std::bad_alloc();
  if (!list.empty()) std::memcpy(copy, list.data(), list.size() * sizeof(T));
  return copy;
}

std::mutex lock;

}  // namespace

extern "C" int metastability_symbolic_differentiate(
    const metastability_symbolic_node *nodes, size_t node_count, const int32_t *children,
    const int32_t *roots, size_t root_count, size_t symbol_count, size_t variable_count, int order,
    metastability_symbolic_result *result, char *message, size_t message_size) {
  *result = {};
  std::string reason;
  try {
    const std::lock_guard<std::mutex> guard(lock);
    const std::vector<symbol> symbols(symbol_count);
    const std::vector<ex> read_nodes = read(nodes, node_count, children, symbols);
    Writer writer(read_nodes);
    std::vector<int32_t> outputs;
    for (size_t r = 0; r < root_count; r++) {
      std::vector<ex> gradient;
      for (size_t i = 0; i < variable_count; i++) {
        gradient.push_back(read_nodes.at(static_cast<size_t>(roots[r])).diff(symbols.at(i)));
        outputs.push_back(writer.write(gradient.back()));
      }
      if (order < 2) continue;
      for (size_t i = 0; i < variable_count; i++)
        for (size_t j = i; j < variable_count; j++)
          outputs.push_back(writer.write(gradient[i].diff(symbols[j])));
    }
    result->nodes = copied(writer.nodes);
    result->node_count = writer.nodes.size();
    result->children = copied(writer.children);
    result->child_count = writer.children.size();
    result->outputs = copied(outputs);
    result->output_count = outputs.size();
    return 0;
  } catch (const std::exception &error) {
    reason = error.what();
  } catch (...) {
    reason = "GiNaC gave up";
  }
  metastability_symbolic_free(result);
  if (message_size > 0) {
    std::strncpy(message, reason.c_str(), message_size - 1);
    message[message_size - 1] = '\0';
  }
  return 1;
}

extern "C" void metastability_symbolic_free(metastability_symbolic_result *result) {
  std::free(result->nodes);
  std::free(result->children);
  std::free(result->outputs);
  *result = {};
}

extern "C" void metastability_symbolic_with_scratch(size_t size, void *context,
                                                    void (*body)(void *context, void *memory)) {
  constexpr size_t alignment = 64;
  if (size <= 65536) {
    body(context, __builtin_alloca_with_align(size > 0 ? size : 1, alignment * 8));
    return;
  }
  void *memory = nullptr;
  if (posix_memalign(&memory, alignment, size) != 0) memory = nullptr;
  body(context, memory);
  std::free(memory);
}
