/// A stretch of time steps of eight trajectories, x ← x + b Δt + w, whose random increments w were
/// made beforehand.
///
/// The loops are inlinable so that they are specialised, drift and all, in the module that knows
/// the concrete landscape: a call per step would cost more than the step.
public struct LaneStretch {
  /// x, one vector of lanes per variable.
  public let positions: UnsafeMutablePointer<Lanes>
  /// w = √(2D) ΔW, a vector per variable, step after step.
  public let increments: UnsafePointer<Lanes>
  /// Room for three vectors per variable.
  public let room: UnsafeMutablePointer<Lanes>
  /// How many steps.
  public let steps: Int
  /// Δt.
  public let timeStep: Double
  /// The box whose walls reflect; nil for free space.
  public let walls: Domain?

  /// Describes a stretch.
  ///
  /// - Parameters:
  ///   - positions: x, one vector of lanes per variable; replaced by the positions at the end.
  ///   - increments: w, `steps` times as many vectors.
  ///   - room: Three vectors per variable.
  ///   - steps: How many steps.
  ///   - timeStep: Δt.
  ///   - walls: The box whose walls reflect.
  public init(
    positions: UnsafeMutablePointer<Lanes>, increments: UnsafePointer<Lanes>,
    room: UnsafeMutablePointer<Lanes>, steps: Int, timeStep: Double, walls: Domain?
  ) {
    self.positions = positions
    self.increments = increments
    self.room = room
    self.steps = steps
    self.timeStep = timeStep
    self.walls = walls
  }

  /// x ← x + b(x) Δt + w, step after step (Euler and Maruyama).
  ///
  /// - Parameters:
  ///   - n: The number of variables.
  ///   - drift: b.
  @inlinable @inline(__always)
  public func advanceByEuler(
    dimension n: Int, _ drift: (Span<Lanes>, inout MutableSpan<Lanes>) -> Void
  ) {
    if walls == nil {
      switch n {
      case 1: return advanceByEuler(InlineArray<1, Lanes>(repeating: Lanes(0.0)), drift)
      case 2: return advanceByEuler(InlineArray<2, Lanes>(repeating: Lanes(0.0)), drift)
      case 3: return advanceByEuler(InlineArray<3, Lanes>(repeating: Lanes(0.0)), drift)
      default: break
      }
    }
    var x = buffer(positions, n).mutableSpan
    var b = buffer(room, n).mutableSpan
    euler(&x, &b, walls: walls, drift)
  }

  /// The same for few variables, which stay in registers: a step that waits for the last one to
  /// reach the memory and to come back takes twice as long.
  @inlinable @inline(__always)
  func advanceByEuler<let n: Int>(
    _ zero: InlineArray<n, Lanes>, _ drift: (Span<Lanes>, inout MutableSpan<Lanes>) -> Void
  ) {
    var x = zero
    var b = zero
    for i in 0..<n { x[i] = positions[i] }
    do {
      var x = x.mutableSpan
      var b = b.mutableSpan
      euler(&x, &b, walls: nil, drift)
    }
    for i in 0..<n { positions[i] = x[i] }
  }

  @inlinable @inline(__always)
  func euler(
    _ x: inout MutableSpan<Lanes>, _ b: inout MutableSpan<Lanes>, walls: Domain?,
    _ drift: (Span<Lanes>, inout MutableSpan<Lanes>) -> Void
  ) {
    let dt = Lanes(timeStep)
    var w = increments
    for _ in 0..<steps {
      drift(x.span, &b)
      for i in x.indices { x[i] = x[i] + dt * b[i] + w[i] }
      if let walls { LaneStretch.reflect(&x, walls) }
      w += x.count
    }
  }

  /// x̃ = x + b(x) Δt + w, x ← x + ½(b(x) + b(x̃)) Δt + w: of weak order 2 where the noise does not
  /// depend on the position (Kloeden and Platen 1992, section 15.1).
  ///
  /// - Parameters:
  ///   - n: The number of variables.
  ///   - drift: b.
  @inlinable @inline(__always)
  public func advanceByHeun(
    dimension n: Int, _ drift: (Span<Lanes>, inout MutableSpan<Lanes>) -> Void
  ) {
    if walls == nil {
      switch n {
      case 1: return advanceByHeun(InlineArray<1, Lanes>(repeating: Lanes(0.0)), drift)
      case 2: return advanceByHeun(InlineArray<2, Lanes>(repeating: Lanes(0.0)), drift)
      case 3: return advanceByHeun(InlineArray<3, Lanes>(repeating: Lanes(0.0)), drift)
      default: break
      }
    }
    var x = buffer(positions, n).mutableSpan
    var b = buffer(room, n).mutableSpan
    var predicted = buffer(room + n, n).mutableSpan
    var c = buffer(room + 2 * n, n).mutableSpan
    heun(&x, &b, &predicted, &c, walls: walls, drift)
  }

  /// The same for few variables, which stay in registers.
  @inlinable @inline(__always)
  func advanceByHeun<let n: Int>(
    _ zero: InlineArray<n, Lanes>, _ drift: (Span<Lanes>, inout MutableSpan<Lanes>) -> Void
  ) {
    var x = zero
    var b = zero
    var predicted = zero
    var c = zero
    for i in 0..<n { x[i] = positions[i] }
    do {
      var x = x.mutableSpan
      var b = b.mutableSpan
      var predicted = predicted.mutableSpan
      var c = c.mutableSpan
      heun(&x, &b, &predicted, &c, walls: nil, drift)
    }
    for i in 0..<n { positions[i] = x[i] }
  }

  @inlinable @inline(__always)
  func heun(
    _ x: inout MutableSpan<Lanes>, _ b: inout MutableSpan<Lanes>,
    _ predicted: inout MutableSpan<Lanes>, _ c: inout MutableSpan<Lanes>, walls: Domain?,
    _ drift: (Span<Lanes>, inout MutableSpan<Lanes>) -> Void
  ) {
    let dt = Lanes(timeStep)
    let half = Lanes(0.5 * timeStep)
    var w = increments
    for _ in 0..<steps {
      drift(x.span, &b)
      for i in x.indices { predicted[i] = x[i] + dt * b[i] + w[i] }
      // Outside of the walls there may be no drift.
      if let walls { LaneStretch.reflect(&predicted, walls) }
      drift(predicted.span, &c)
      for i in x.indices { x[i] = x[i] + half * (b[i] + c[i]) + w[i] }
      if let walls { LaneStretch.reflect(&x, walls) }
      w += x.count
    }
  }

  @inlinable @inline(__always)
  func buffer(
    _ base: UnsafeMutablePointer<Lanes>, _ count: Int
  ) -> UnsafeMutableBufferPointer<Lanes> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }

  /// Reflects at the walls of a box; what would leave it on the other side ends at that wall.
  @usableFromInline
  static func reflect(_ x: inout MutableSpan<Lanes>, _ box: Domain) {
    for i in x.indices {
      let lower = Lanes(box.lower[i])
      let upper = Lanes(box.upper[i])
      var value = x[i]
      value = Lanes.select(lower - value, nonnegative: lower + lower - value, negative: value)
      value = Lanes.select(value - upper, nonnegative: upper + upper - value, negative: value)
      x[i] = Lanes.select(lower - value, nonnegative: lower, negative: value)
    }
  }

  /// Reflects a point at the walls of a box.
  public static func reflect(_ x: UnsafeMutablePointer<Lanes>, at box: Domain) {
    var span = UnsafeMutableBufferPointer(start: x, count: box.dimension).mutableSpan
    reflect(&span, box)
  }
}
