import Landscapes

struct MullerBrown: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    var sum = S(0.0)
    for k in 0..<4 {
      let a: Double = [-1, -1, -6.5, 0.7][k]
      let b: Double = [0, 0, 11, 0.6][k]
      let c: Double = [-10, -10, -6.5, 0.7][k]
      let u: S = x[0] - S([1, 0, -0.5, -1][k])
      let v: S = x[1] - S([0, 0.5, 1.5, 1][k])
      let exponent: S = S(a) * u.squared() + S(b) * u * v + S(c) * v.squared()
      sum = sum + S([-200, -100, -170, 15][k]) * exp(exponent)
    }
    return sum
  }
}

struct Himmelblau: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    let first: S = x[0].squared() + x[1] - S(11.0)
    let second: S = x[0] + x[1].squared() - S(7.0)
    return first.squared() + second.squared()
  }
}

struct SixHumpCamel: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    let u: S = x[0].squared()
    let v: S = x[1].squared()
    let first: S = (S(4.0) - S(2.1) * u + u.squared() / S(3.0)) * u
    return first + x[0] * x[1] + (S(-4.0) + S(4.0) * v) * v
  }
}

struct ThreeHole: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    let u: S = x[0].squared()
    let v: S = x[1] - S(1.0 / 3)
    let w: S = x[1] - S(5.0 / 3)
    let y: S = x[1].squared()
    let hills: S = S(3.0) * exp(-u - v.squared()) - S(3.0) * exp(-u - w.squared())
    let right: S = S(5.0) * exp(-(x[0] - S(1.0)).squared() - y)
    let left: S = S(5.0) * exp(-(x[0] + S(1.0)).squared() - y)
    return hills - right - left + S(0.2) * x[0].raised(to: 4) + S(0.2) * v.raised(to: 4)
  }
}

struct StyblinskiTang: Landscape {
  let dimension: Int
  func energy<S: Scalar>(at x: Span<S>) -> S {
    var sum = S(0.0)
    for i in 0..<dimension {
      sum = sum + x[i].raised(to: 4) - S(16.0) * x[i].squared() + S(5.0) * x[i]
    }
    return S(0.5) * sum
  }
}

struct Rastrigin: Landscape {
  let dimension: Int
  func energy<S: Scalar>(at x: Span<S>) -> S {
    var sum = S(10.0 * Double(dimension))
    for i in 0..<dimension {
      sum = sum + x[i].squared() - S(10.0) * cos(S(2 * Double.pi) * x[i])
    }
    return sum
  }
}

/// V = (x² − 1)²/4 + 0.15 x + y²(1 + 0.3 x).
struct TiltedDoubleWell: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    let well: S = S(0.25) * (x[0].squared() - S(1.0)).squared()
    return well + S(0.15) * x[0] + x[1].squared() * (S(1.0) + S(0.3) * x[0])
  }
}

/// (x² + y² − 1)²: a circle of minima around a maximum.
struct MexicanHat: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    (x[0].squared() + x[1].squared() - S(1.0)).squared()
  }
}

/// A double well in x that does not depend on y.
struct Strip: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S { (x[0].squared() - S(1.0)).squared() }
}

/// Two bowls of radius 1 at (∓2, 0) in a plain: max(…) written with `select`.
struct BowlsInPlain: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    let first: S = (x[0] + S(2.0)).squared() + x[1].squared() - S(1.0)
    let second: S = (x[0] - S(2.0)).squared() + x[1].squared() - S(1.0)
    return S.select(first, nonnegative: S(0.0), negative: first)
      + S.select(second, nonnegative: S(0.0), negative: second)
  }
}

/// x⁴ + y²: an isolated minimum with a vanishing second derivative.
struct QuarticValley: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S { x[0].raised(to: 4) + x[1].squared() }
}

/// tanh x + y²: falls towards the left, but not without bound.
struct Slide: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S { tanh(x[0]) + x[1].squared() }
}

/// −x⁴ + y²: unbounded below.
struct Abyss: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S { -x[0].raised(to: 4) + x[1].squared() }
}

/// ln x: no number for x ≤ 0.
struct Logarithm: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S { x[0] * log(x[0]) }
}

/// A chain of double wells with springs between neighbours: (x² − 1)²/4 + (k/2)(xᵢ − xᵢ₊₁)².
struct WellChain: Landscape {
  let dimension: Int
  let coupling: Double
  func energy<S: Scalar>(at x: Span<S>) -> S {
    var sum = S(0.0)
    for i in 0..<dimension {
      sum = sum + S(0.25) * (x[i].squared() - S(1.0)).squared()
      if i + 1 < dimension {
        sum = sum + S(0.5 * coupling) * (x[i] - x[i + 1]).squared()
      }
    }
    return sum
  }
}

/// Ackley's function in two dimensions, with a cone instead of a minimum at the origin.
struct Ackley: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    let radius: S = (S(0.5) * (x[0].squared() + x[1].squared())).squareRoot()
    let waves: S = S(0.5) * (cos(S(2 * Double.pi) * x[0]) + cos(S(2 * Double.pi) * x[1]))
    return S(-20.0) * exp(S(-0.2) * radius) - exp(waves) + S(20 + 2.718281828459045)
  }
}

/// Chaudhari and Soatto 2018, Example 19: b = −∇Φ + e^Φ J.
struct ChaudhariExample: VectorField {
  let strength: Double
  var dimension: Int { 2 }
  func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) {
    let u: S = x[0].squared()
    let v: S = x[1].squared()
    let potential: S = S(0.25) * (u - S(1.0)).squared() + S(0.5) * v
    let swirl: S = S(strength) * exp(potential - S(0.25) * (u + v).squared())
    b[0] = -(u - S(1.0)) * x[0] - swirl * x[1]
    b[1] = -x[1] + swirl * x[0]
  }
}

/// Maier and Stein 1993: (x − x³ − αxy², −(1 + x²)y).
struct MaierStein: VectorField {
  let alpha: Double
  var dimension: Int { 2 }
  func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) {
    let v: S = x[1].squared()
    b[0] = x[0] - x[0].raised(to: 3) - S(alpha) * x[0] * v
    b[1] = -(S(1.0) + x[0].squared()) * x[1]
  }
}

/// Two Maier–Stein systems side by side.
struct TwoMaierStein: VectorField {
  var dimension: Int { 4 }
  func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) {
    for k in [0, 2] {
      b[k] = x[k] - x[k].raised(to: 3) - S(2.0) * x[k] * x[k + 1].squared()
      b[k + 1] = -(S(1.0) + x[k].squared()) * x[k + 1]
    }
  }
}

/// (x² − 1)² + 10 (y − x²/2)²: a bent valley with minima at (±1, 1/2).
struct BentValley: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    let bend: S = x[1] - S(0.5) * x[0].squared()
    return (x[0].squared() - S(1.0)).squared() + S(10.0) * bend.squared()
  }
}
