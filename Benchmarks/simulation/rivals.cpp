// Hand-written loops for the same step, x += -grad V dt + sqrt(2 D dt) z, to measure against:
// the standard library's generators, a ziggurat, and eight lanes of Box and Muller fed by the
// counter-based generator of this package or by xoshiro256++, which is cheaper and has no counter.
// Answers requests "case steps" on standard input with the steps and the seconds that they took.

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <random>
#include <string>

typedef double lanes __attribute__((vector_size(64)));
typedef uint64_t words __attribute__((vector_size(64)));

static const double dt = 1e-3, noise = std::sqrt(2 * 0.5 * dt);

static uint64_t splitmix(uint64_t &s) {
  uint64_t z = (s += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

template <class W> static inline W rotate(W x, int k) { return (x << k) | (x >> (64 - k)); }

template <class W> struct Xoshiro {
  W s[4];
  W next() {
    W result = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0], s[3] ^= s[1], s[1] ^= s[2], s[0] ^= s[3], s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
  }
};

static Xoshiro<words> eight_xoshiro(uint64_t seed) {
  Xoshiro<words> x;
  for (auto &w : x.s)
    for (int i = 0; i < 8; i++) w[i] = splitmix(seed);
  return x;
}

static inline lanes as_lanes(words w) { return (lanes)w; }
static inline words as_words(lanes a) { return (words)a; }

static inline lanes root(lanes a) {
  lanes r;
  for (int i = 0; i < 8; i++) r[i] = std::sqrt(a[i]);
  return r;
}

// Two normals from two words.
static inline void box_muller(words u, words v, lanes &a, lanes &b) {
  lanes x = 2.0 - as_lanes((u >> 12) | 0x3FF0000000000000ull);
  words shifted = as_words(x) + (0x3FF0000000000000ull - 0x3FE6A09E00000000ull);
  lanes k = as_lanes((shifted >> 52) | 0x4330000000000000ull) - (4503599627370496.0 + 1023.0);
  lanes m = as_lanes((shifted & 0x000FFFFFFFFFFFFFull) + 0x3FE6A09E00000000ull);
  lanes s = (m - 1.0) / (m + 1.0), z = s * s;
  lanes p = 0.14619343453512615 * z + 0.15331487235865734;
  p = p * z + 0.18182896183483085;
  p = p * z + 0.2222221103781659;
  p = p * z + 0.28571428626570206;
  p = p * z + 0.3999999999989819;
  p = p * z + 0.666666666666667;
  lanes r = root(-2.0 * (k * 0.6931471805599453 + (2.0 * s + s * z * p)));
  lanes f = as_lanes((v >> 12) | 0x3FF0000000000000ull) - 1.5;
  z = f * f;
  p = 5.633933781537854e-08 * z - 3.59864335298231e-06;
  p = p * z + 0.0001604411507421909;
  p = p * z - 0.004681754132340976;
  p = p * z + 0.07969262624604301;
  p = p * z - 0.6459640975062443;
  p = p * z + 1.5707963267948966;
  lanes sine = f * p;
  p = -6.329396344967424e-09 * z + 4.710678405505227e-07;
  p = p * z - 2.5202039028029178e-05;
  p = p * z + 0.0009192602745468447;
  p = p * z - 0.020863480763340773;
  p = p * z + 0.2536695079010478;
  p = p * z - 1.2337005501361697;
  lanes cosine = p * z + 1.0;
  words exchange = (words){} - (v & 1), sign = (v & 2) << 62;
  words c = as_words(sine), d = as_words(cosine), difference = (c ^ d) & exchange;
  b = r * as_lanes(c ^ difference ^ sign);
  a = r * as_lanes(d ^ difference ^ sign ^ (exchange & 0x8000000000000000ull));
}

struct Philox {
  words block = {}, stream;
  Philox() {
    for (int i = 0; i < 8; i++) stream[i] = i;
  }
  void next(words &u, words &v) {
    const words low = (words){} + 0xFFFFFFFFull;
    words c0 = block & low, c1 = block >> 32, c2 = stream & low, c3 = stream >> 32;
    uint32_t k0 = 1, k1 = 0;
    for (int round = 0; round < 10; round++) {
      words p0 = (c0 & low) * (uint64_t)0xD2511F53u, p1 = (c2 & low) * (uint64_t)0xCD9E8D57u;
      c0 = (p1 >> 32) ^ c1 ^ (uint64_t)k0;
      c1 = p1 & low;
      c2 = (p0 >> 32) ^ c3 ^ (uint64_t)k1;
      c3 = p0 & low;
      k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    block += 1;
    u = c0 | (c1 << 32), v = c2 | (c3 << 32);
  }
};

struct Bulk {
  Xoshiro<words> generator = eight_xoshiro(1);
  void next(words &u, words &v) { u = generator.next(), v = generator.next(); }
};

// Each word pair serves one component in two steps, as it does in the package.
template <class Generator> static double well(long steps) {
  Generator generator;
  lanes x = (lanes){} + 1.0, y = (lanes){} + 1.0;
  for (long step = 0; step < steps / 8; step += 2) {
    lanes z[4];
    for (int i = 0; i < 2; i++) {
      words u, v;
      generator.next(u, v);
      box_muller(u, v, z[i], z[i + 2]);
    }
    for (int i = 0; i < 4; i += 2) {
      lanes gx = 4.0 * x * (x * x - 1.0), gy = 2.0 * y;
      x += noise * z[i] - dt * gx;
      y += noise * z[i + 1] - dt * gy;
    }
  }
  return x[0] + y[0];
}

template <class Generator> static double styblinski(long steps) {
  Generator generator;
  const int n = 10;
  lanes x[n], z[2 * n];
  for (auto &c : x) c = (lanes){} + 1.0;
  for (long step = 0; step < steps / 8; step += 2) {
    for (int i = 0; i < n; i++) {
      words u, v;
      generator.next(u, v);
      box_muller(u, v, z[i], z[i + n]);
    }
    for (int s = 0; s < 2; s++)
      for (int i = 0; i < n; i++) {
        lanes g = 2.0 * x[i] * x[i] * x[i] - 16.0 * x[i] + 2.5;
        x[i] += noise * z[s * n + i] - dt * g;
      }
  }
  return x[0][0];
}

// Marsaglia and Tsang's ziggurat with 256 layers.
struct Ziggurat {
  double w[257], f[257];
  Xoshiro<uint64_t> generator;
  Ziggurat() {
    uint64_t seed = 1;
    for (auto &s : generator.s) s = splitmix(seed);
    const double r = 3.6541528853610088, v = 0.00492867323399;
    auto density = [](double x) { return std::exp(-0.5 * x * x); };
    w[256] = v / density(r), w[255] = r, w[0] = 0;
    for (int i = 254; i > 0; i--) w[i] = std::sqrt(-2 * std::log(v / w[i + 1] + density(w[i + 1])));
    for (int i = 0; i < 257; i++) f[i] = density(w[i]);
  }
  double uniform() { return ((generator.next() >> 11) + 1) * 0x1p-53; }
  double next() {
    for (;;) {
      uint64_t bits = generator.next();
      int layer = (bits & 255) + 1;
      double u = (double)((int64_t)bits >> 11) * 0x1p-52, x = u * w[layer];
      if (std::fabs(x) < w[layer - 1]) return x;
      if (layer == 256) {
        double a, b;
        do a = -std::log(uniform()) / w[255], b = -std::log(uniform());
        while (b + b < a * a);
        return u < 0 ? -w[255] - a : w[255] + a;
      }
      if (f[layer] + uniform() * (f[layer - 1] - f[layer]) < std::exp(-0.5 * x * x)) return x;
    }
  }
};

template <class Normal> static double scalar(long steps, Normal next) {
  double x = 1, y = 1;
  for (long step = 0; step < steps; step++) {
    double gx = 4 * x * (x * x - 1), gy = 2 * y;
    x += noise * next() - dt * gx;
    y += noise * next() - dt * gy;
  }
  return x + y;
}

int main() {
  std::string name;
  long steps;
  volatile double sink = 0;
  while (std::cin >> name >> steps) {
    auto start = std::chrono::steady_clock::now();
    if (name == "philox") sink = well<Philox>(steps);
    else if (name == "xoshiro") sink = well<Bulk>(steps);
    else if (name == "styblinski-philox") sink = styblinski<Philox>(steps);
    else if (name == "styblinski-xoshiro") sink = styblinski<Bulk>(steps);
    else if (name == "ziggurat") {
      Ziggurat z;
      sink = scalar(steps, [&] { return z.next(); });
    } else if (name == "standard") {
      std::mt19937_64 engine(1);
      std::normal_distribution<double> normal;
      sink = scalar(steps, [&] { return normal(engine); });
    } else return 2;
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("%ld %.9f\n", steps, seconds.count());
    std::fflush(stdout);
  }
}
