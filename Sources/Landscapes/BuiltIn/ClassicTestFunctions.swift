/// Himmelblau's function (x² + y − 11)² + (x + y² − 7)²: four minima of value zero, four saddles,
/// one maximum.
public struct Himmelblau: Landscape {
  /// Creates the landscape.
  public init() {}
  /// Two variables.
  public var dimension: Int { 2 }
  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    let u = x[0].squared() + x[1] - 11
    let v = x[0] + x[1].squared() - 7
    return u.squared() + v.squared()
  }
}

/// The six-hump camel function (4 − 2.1x² + x⁴/3)x² + xy + (4y² − 4)y²: six minima.
public struct SixHumpCamel: Landscape {
  /// Creates the landscape.
  public init() {}
  /// Two variables.
  public var dimension: Int { 2 }
  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    let xx = x[0].squared()
    let yy = x[1].squared()
    let first = S(4.0) * xx - S(2.1) * xx.squared() + x[0].raised(to: 6) / S(3.0)
    return first + x[0] * x[1] + S(4.0) * yy.squared() - S(4.0) * yy
  }
}

/// The Rastrigin function Ad + Σ (xᵢ² − A cos 2πxᵢ): a grid of minima.
public struct Rastrigin: Landscape {
  /// The number of variables.
  public let dimension: Int
  /// A, half the height of the ripples.
  public let amplitude: Double

  /// Creates the landscape.
  public init(dimension: Int = 2, amplitude: Double = 10) {
    self.dimension = dimension
    self.amplitude = amplitude
  }

  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    var result = S(amplitude * Double(dimension))
    for i in 0..<dimension {
      result += x[i].squared() - S(amplitude) * S.cos(S(2 * Double.pi) * x[i])
    }
    return result
  }

  /// The gradient, one coordinate at a time.
  @inlinable
  public func gradient<S: Scalar>(at x: Span<S>, into gradient: inout MutableSpan<S>) {
    for i in 0..<dimension {
      let wave = S.sin(S(2 * Double.pi) * x[i])
      gradient[i] = S(2.0) * x[i] + S(2 * Double.pi * amplitude) * wave
    }
  }
}

/// The Ackley function −a·exp(−b√(δ² + Σxᵢ²/d)) − exp(Σ cos(cxᵢ)/d) + a + e.
///
/// The textbook function (δ = 0) has a cusp at its global minimum, the origin, where no Hessian
/// exists and no escape rate has a prefactor; the smoothing δ rounds it.
public struct Ackley: Landscape {
  /// The number of variables.
  public let dimension: Int
  /// a, the depth.
  public let depth: Double
  /// b, the decay.
  public let decay: Double
  /// c, the wave number of the ripples.
  public let waveNumber: Double
  /// δ, the radius of the rounded tip.
  public let smoothing: Double

  /// Creates the landscape.
  public init(
    dimension: Int = 2, depth: Double = 20, decay: Double = 0.2,
    waveNumber: Double = 2 * Double.pi, smoothing: Double = 0.01
  ) {
    self.dimension = dimension
    self.depth = depth
    self.decay = decay
    self.waveNumber = waveNumber
    self.smoothing = smoothing
  }

  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    let share = 1 / Double(dimension)
    var square = S(smoothing * smoothing)
    var ripple = S(0.0)
    for i in 0..<dimension {
      square += S(share) * x[i].squared()
      ripple += S(share) * S.cos(S(waveNumber) * x[i])
    }
    let cone = S(depth) * S.exp(-S(decay) * square.squareRoot())
    return S(depth + 2.718281828459045) - cone - S.exp(ripple)
  }
}

/// The Rosenbrock function Σ 100(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²: a curved valley; from four variables on
/// a second minimum.
public struct Rosenbrock: Landscape {
  /// The number of variables, at least 2.
  public let dimension: Int
  /// The weight of the valley's walls.
  public let steepness: Double

  /// Creates the landscape.
  public init(dimension: Int = 2, steepness: Double = 100) {
    self.dimension = dimension
    self.steepness = steepness
  }

  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    var result = S(0.0)
    for i in 0..<dimension - 1 {
      let wall = x[i + 1] - x[i].squared()
      result += S(steepness) * wall.squared() + (S(1.0) - x[i]).squared()
    }
    return result
  }
}

/// An asymmetric periodic potential (ratchet), h[sin(2πx/p) + a·sin(4πx/p)] + t·x in the first
/// coordinate and a parabola ½xᵢ² in the others.
public struct AsymmetricPeriodic: Landscape {
  /// The number of variables.
  public let dimension: Int
  /// h, the amplitude.
  public let height: Double
  /// p, the period.
  public let period: Double
  /// a, the share of the second harmonic.
  public let asymmetry: Double
  /// t, the tilt.
  public let tilt: Double

  /// Creates the landscape.
  public init(
    dimension: Int = 1, height: Double = 1, period: Double = 1, asymmetry: Double = 0.25,
    tilt: Double = 0
  ) {
    self.dimension = dimension
    self.height = height
    self.period = period
    self.asymmetry = asymmetry
    self.tilt = tilt
  }

  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    let phase = S(2 * Double.pi / period) * x[0]
    let waves = S.sin(phase) + S(asymmetry) * S.sin(S(2.0) * phase)
    var result = S(height) * waves + S(tilt) * x[0]
    for i in 1..<max(dimension, 1) { result += S(0.5) * x[i].squared() }
    return result
  }
}
