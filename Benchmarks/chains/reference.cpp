// Stationary distribution and mean first-passage times in quadruple precision, as a reference that
// shares nothing with the package: Grassmann, Taksar & Heyman's elimination (no subtractions) on
// __float128 (113 bits, exponents to 10^±4932), in an order of minimum degree, the last and dense
// part as a matrix.
//
//   g++ -O2 -o reference reference.cpp -lquadmath
//   reference EDGES TO
//
// EDGES has a transition a line: from, to, natural logarithm of the rate. TO are states separated
// by commas. Printed is a line per state: ln π, ln(mean first-passage time to TO), with 25 digits.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <queue>
#include <quadmath.h>
#include <utility>
#include <vector>

using Real = __float128;

struct Entry {
  int state;
  Real rate;
};
using Row = std::vector<Entry>;  // ascending states

// An eliminated state: what it needs for the backward sweeps.
struct Step {
  int state;
  Real exit;
  Row out, in;
};

static void add(Row &row, int self, Real factor, const Row &other) {
  Row sum;
  sum.reserve(row.size() + other.size());
  size_t k = 0;
  for (const Entry &entry : other) {
    if (entry.state == self) continue;
    while (k < row.size() && row[k].state < entry.state) sum.push_back(row[k++]);
    if (k < row.size() && row[k].state == entry.state) {
      sum.push_back({entry.state, row[k++].rate + factor * entry.rate});
    } else {
      sum.push_back({entry.state, factor * entry.rate});
    }
  }
  sum.insert(sum.end(), row.begin() + k, row.end());
  row.swap(sum);
}

static Real *find(Row &row, int state) {
  auto place = std::lower_bound(
      row.begin(), row.end(), state, [](const Entry &a, int b) { return a.state < b; });
  return place != row.end() && place->state == state ? &place->rate : nullptr;
}

static void remove(Row &row, int state) {
  auto place = std::lower_bound(
      row.begin(), row.end(), state, [](const Entry &a, int b) { return a.state < b; });
  if (place != row.end() && place->state == state) row.erase(place);
}

int main(int count, char **arguments) {
  FILE *file = count == 3 ? std::fopen(arguments[1], "r") : nullptr;
  if (!file) {
    std::fprintf(stderr, "usage: reference EDGES TO\n");
    return 1;
  }
  std::vector<Row> rows;
  int from, to;
  char text[128];
  auto insert = [&](int from, int to, Real rate) {
    if ((int)rows.size() <= std::max(from, to)) rows.resize(std::max(from, to) + 1);
    rows[from].push_back({to, rate});
  };
  while (std::fscanf(file, "%d %d %127s", &from, &to, text) == 3) {
    insert(from, to, expq((Real)std::strtod(text, nullptr)));  // the double is the exact input
    insert(to, from, 0);  // the pattern is symmetric
  }
  std::fclose(file);
  const int n = (int)rows.size();
  for (Row &row : rows) {
    std::sort(row.begin(), row.end(),
              [](const Entry &a, const Entry &b) { return a.state < b.state; });
    Row merged;
    for (const Entry &entry : row) {
      if (!merged.empty() && merged.back().state == entry.state) merged.back().rate += entry.rate;
      else merged.push_back(entry);
    }
    row.swap(merged);
  }
  std::vector<char> isTarget(n, 0), isGone(n, 0);
  for (char *p = arguments[2]; *p;) {
    isTarget[std::strtol(p, &p, 10)] = 1;
    if (*p == ',') ++p;
  }

  std::vector<Real> source(n, 1);
  std::vector<Step> steps;
  steps.reserve(n);
  using Candidate = std::pair<size_t, int>;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<Candidate>> queue;
  for (int i = 0; i < n; ++i) {
    if (!isTarget[i]) queue.push({rows[i].size(), i});
  }
  int left = n;
  while (!queue.empty()) {
    auto [degree, x] = queue.top();
    if (isGone[x] || degree != rows[x].size()) {
      queue.pop();
      continue;
    }
    if (2 * (int)degree >= left) break;  // dense from here on
    queue.pop();
    isGone[x] = 1;
    --left;
    Step step{x, 0, {}, {}};
    step.out.swap(rows[x]);
    for (const Entry &entry : step.out) step.exit += entry.rate;
    for (const Entry &entry : step.out) {
      Row &row = rows[entry.state];
      Real rate = *find(row, x);
      remove(row, x);
      step.in.push_back({entry.state, rate});
      add(row, entry.state, rate / step.exit, step.out);
      if (!isTarget[entry.state]) {
        source[entry.state] += rate / step.exit * source[x];
        queue.push({row.size(), entry.state});
      }
    }
    steps.push_back(std::move(step));
  }

  // The rest as a matrix, targets last.
  std::vector<int> states;
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < n; ++i) {
      if (!isGone[i] && isTarget[i] == pass) states.push_back(i);
    }
  }
  const int m = (int)states.size();
  std::vector<int> place(n, -1);
  for (int k = 0; k < m; ++k) place[states[k]] = k;
  std::vector<Real> matrix((size_t)m * m, 0);
  for (int k = 0; k < m; ++k) {
    for (const Entry &entry : rows[states[k]]) {
      matrix[(size_t)k * m + place[entry.state]] = entry.rate;
    }
  }
  for (int k = 0; k + 1 < m; ++k) {
    Step step{states[k], 0, {}, {}};
    const Real *pivot = &matrix[(size_t)k * m];
    for (int j = k + 1; j < m; ++j) {
      step.exit += pivot[j];
      step.out.push_back({states[j], pivot[j]});
    }
    for (int i = k + 1; i < m; ++i) {
      Real *row = &matrix[(size_t)i * m];
      step.in.push_back({states[i], row[k]});
      const Real factor = row[k] / step.exit;
      if (factor == 0) continue;
      for (int j = k + 1; j < m; ++j) row[j] += factor * pivot[j];
      if (!isTarget[states[i]]) source[states[i]] += factor * source[states[k]];
    }
    steps.push_back(std::move(step));
  }

  std::vector<Real> stationary(n, 0), times(n, 0);
  stationary[states[m - 1]] = 1;
  Real total = 1;
  for (size_t s = steps.size(); s-- > 0;) {
    const Step &step = steps[s];
    Real inflow = 0;
    for (const Entry &entry : step.in) inflow += stationary[entry.state] * entry.rate;
    total += stationary[step.state] = inflow / step.exit;
    if (isTarget[step.state]) continue;
    Real time = source[step.state];
    for (const Entry &entry : step.out) time += entry.rate * times[entry.state];
    times[step.state] = time / step.exit;
  }
  for (int i = 0; i < n; ++i) {
    char first[64], second[64];
    quadmath_snprintf(first, sizeof first, "%.25Qg", logq(stationary[i] / total));
    quadmath_snprintf(second, sizeof second, "%.25Qg", logq(times[i]));
    std::printf("%s %s\n", first, second);
  }
}
