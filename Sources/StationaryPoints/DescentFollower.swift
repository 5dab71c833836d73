public import Landscapes
import LinearAlgebra

/// The flow ẋ = b(x) of a field (for a landscape the gradient descent) and the minima in which it
/// ends: exact basin assignment.
///
/// Around every minimum lies a region of sure convergence (`CaptureBall`); a point in one of them
/// is assigned at once, others are followed with error control until they enter one.
public struct DescentFollower: Sendable {
  /// The field whose flow is followed.
  public let field: CompiledField
  /// The minima (stable fixed points), in the order of the answers.
  public let minima: [StationaryPoint]
  /// The box in which the flow is followed.
  public let domain: Domain
  /// Whether the walls of the domain reflect.
  public let reflecting: Bool
  /// The size of what the domain holds.
  let scale: Double
  private let ballIndex: CaptureBallIndex

  /// Prepares the regions of sure convergence.
  ///
  /// - Parameters:
  ///   - field: The field whose flow is followed.
  ///   - minima: The minima (stable fixed points), in the order of the answers.
  ///   - others: The other stationary points that are known; they bound the regions.
  ///   - domain: The box in which the flow is followed.
  ///   - reflecting: Whether the walls reflect: then the flow slides along them, else it is lost.
  public init(
    field: CompiledField, minima: [StationaryPoint], others: [StationaryPoint] = [],
    domain: Domain, reflecting: Bool = false
  ) {
    self.init(
      field: field, minima: minima, others: others, domain: domain, reflecting: reflecting,
      extending: nil, threads: 1)
  }

  /// Prepares the regions on several threads, or takes those that stay valid from a follower that
  /// knows the first of the minima.
  init(
    field: CompiledField, minima: [StationaryPoint], others: [StationaryPoint], domain: Domain,
    reflecting: Bool, extending previous: DescentFollower?, threads: Int
  ) {
    self.field = field
    self.minima = minima
    self.domain = domain
    self.reflecting = reflecting
    let all = minima + others
    // A box may be far larger than what it holds; errors and steps are measured by the latter.
    let extent = all.map { LinearAlgebra.distance($0.coordinates, all[0].coordinates) }.max() ?? 0
    scale = extent > 0 ? min(domain.diameter, 3 * extent) : domain.diameter
    let places = all.flatMap(\.coordinates)
    let balls = parallelMap(count: minima.count, threads: minima.count < 32 ? 1 : threads) {
      number in
      let point = minima[number]
      var largest = min(
        domain.diameter, 0.95 * distanceToNearest(number, among: places, dimension: field.dimension)
      )
      if !reflecting {
        // A region that reaches over the wall would hide that the flow leaves the domain.
        for i in point.coordinates.indices {
          let room = min(
            point.coordinates[i] - domain.lower[i], domain.upper[i] - point.coordinates[i])
          largest = min(largest, max(room, 1e-6 * domain.diameter))
        }
      }
      if let known = previous?.ballIndex.balls, number < known.count,
        known[number].reach <= largest
      {
        return known[number]
      }
      return CaptureBall(around: point, field: field, largest: largest)
    }
    ballIndex = CaptureBallIndex(balls)
  }

  /// The radius of each minimum's region of sure convergence (in the norm of the region).
  public var captureRadii: [Double] { ballIndex.balls.map(\.radius) }

  /// The minimum whose region of sure convergence contains a point; nil where none does.
  public func capturingMinimum(_ x: [Double]) -> Int? { ballIndex.ball(containing: x) }

  /// The minimum in which the flow from a point ends.
  ///
  /// - Parameter x: The point.
  /// - Returns: The number of the minimum; nil where the flow leaves the domain or ends in a point
  ///   that is none of the minima.
  /// - Throws: `StationaryPointError.notFinite` or `.descentUnfinished`.
  public func minimum(reachedFrom x: [Double]) throws -> Int? {
    if let number = capturingMinimum(x) { return number }
    switch try follow(from: x, recording: false).end {
    case .minimum(let number): return number
    case .left, .elsewhere: return nil
    }
  }

  /// How a descent ended.
  enum End: Equatable {
    case minimum(Int)
    /// It left the domain, or came to rest on a reflecting wall.
    case left
    /// It came to rest in a point that is none of the minima.
    case elsewhere([Double])
  }

  struct Descent {
    var end: End
    var points: [[Double]]
    /// Whether it ran into a saddle and was pushed off.
    var wasPerturbed: Bool
    /// How often the drift and its Jacobian matrix were evaluated.
    var counts: EvaluationCounts
  }

  /// Follows the flow from a point to its end.
  ///
  /// Explicit steps first; where they have to be many, the equations are stiff and backward
  /// differentiation takes over.
  func follow(from start: [Double], recording: Bool) throws -> Descent {
    guard field.drift(at: start).allSatisfy(\.isFinite) else {
      throw StationaryPointError.notFinite(at: start)
    }
    var trace = DescentTrace(start: start, spacing: 0.01 * scale, isOn: recording)
    var x = start
    var perturbations = 0
    for _ in 0..<8 {
      let (end, last) = try leg(from: x, trace: &trace)
      switch end {
      case .elsewhere(let rest):
        guard perturbations < 6, let away = pushedOff(rest) else {
          return Descent(
            end: end, points: trace.finished(at: rest), wasPerturbed: perturbations > 0,
            counts: trace.counts)
        }
        perturbations += 1
        x = away
      case .minimum(let number):
        return Descent(
          end: end, points: trace.finished(at: minima[number].coordinates),
          wasPerturbed: perturbations > 0,
          counts: trace.counts)
      case .left:
        return Descent(
          end: end, points: trace.finished(at: last), wasPerturbed: perturbations > 0,
          counts: trace.counts)
      }
    }
    throw StationaryPointError.descentUnfinished(from: start)
  }

  private func leg(
    from start: [Double], trace: inout DescentTrace
  ) throws -> (end: End, last: [Double]) {
    var explicit = ExplicitFlow(
      follower: self, start: start, tolerance: trace.isOn ? 1e-9 : 1e-7)
    if let end = explicit.run(steps: 1500, trace: &trace) { return (end, explicit.x) }
    guard !reflecting else {
      if let end = explicit.run(steps: 200_000, trace: &trace) { return (end, explicit.x) }
      throw StationaryPointError.descentUnfinished(from: start)
    }
    let speed = norm(field.drift(at: explicit.x))
    let stiff = FlowIntegrator(
      field: field, start: explicit.x, step: 1e-4 * scale / max(speed, 1e-300),
      absoluteError: 1e-9 * scale, relativeError: 1e-9, method: .stiff)
    for _ in 0..<20_000 {
      let before = stiff.state
      guard let time = stiff.advance() else { break }
      trace.counts.gradient += stiff.driftCount
      trace.counts.hessian += stiff.jacobianCount
      stiff.driftCount = 0
      stiff.jacobianCount = 0
      let b = field.drift(at: stiff.state)
      trace.append(stiff.state, b, after: time)
      if let end = end(at: stiff.state, moved: distance(before, stiff.state), trace) {
        return (end, stiff.state)
      }
    }
    if let end = explicit.run(steps: 200_000, trace: &trace) { return (end, explicit.x) }
    throw StationaryPointError.descentUnfinished(from: start)
  }

  /// Whether a descent is over at a point.
  func end(at x: [Double], moved: Double, _ trace: DescentTrace) -> End? {
    if let number = capturingMinimum(x) {
      // A recorded path goes on until the rest is too short to see.
      if !trace.isOn { return .minimum(number) }
      if distance(x, minima[number].coordinates) <= 2e-3 * scale {
        return .minimum(number)
      }
    }
    if !reflecting, !domain.contains(x) { return .left }
    if moved <= 1e-8 * scale, let rest = stationaryPoint(near: x) {
      let close = 1e-6 * scale
      if let number = minima.firstIndex(where: { distance($0.coordinates, rest) <= close }) {
        return .minimum(number)
      }
      return .elsewhere(rest)
    }
    return nil
  }

  /// The stationary point that Newton's method finds close to a place where the flow has slowed.
  private func stationaryPoint(near x: [Double]) -> [Double]? {
    let evaluator = FieldEvaluator(field: field, domain: domain)
    guard let rest = evaluator.newton(from: x, iterations: 20),
      distance(rest, x) <= 1e-4 * scale
    else { return nil }
    return rest
  }

  /// A point beside a saddle, along its most unstable direction; nil where nothing is unstable.
  private func pushedOff(_ x: [Double]) -> [Double]? {
    guard let directions = try? field.hessian(at: x).eigendecomposition(),
      let value = directions.values.first, value.real < 0
    else { return nil }
    let step = 1e-5 * scale / max(norm(directions.vectors[0].real), 1e-300)
    return zip(x, directions.vectors[0].real).map { $0 + step * $1 }
  }
}

/// The Euclidean distance of a point to the nearest other one.
///
/// - Parameters:
///   - number: The number of the point.
///   - places: The coordinates of all points, one after another.
///   - dimension: How many coordinates each has.
/// - Returns: The distance; infinite where there is no other point.
private func distanceToNearest(
  _ number: Int, among places: [Double], dimension: Int
) -> Double {
  let own = number * dimension
  var nearest = Double.infinity
  for start in stride(from: 0, to: places.count, by: dimension) where start != own {
    var sum = 0.0
    for i in 0..<dimension {
      let difference = places[start + i] - places[own + i]
      sum += difference * difference
      if sum > nearest { break }
    }
    nearest = min(nearest, sum)
  }
  return nearest.squareRoot()
}
