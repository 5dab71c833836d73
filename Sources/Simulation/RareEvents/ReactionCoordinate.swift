public import Landscapes
import LinearAlgebra

/// A function ξ(x) of the state, evaluated for eight trajectories at a time.
///
/// Splitting and forward flux sampling measure by it how far a trajectory has come. Any function
/// gives unbiased probabilities; the better it follows the committor, the smaller their error. The
/// same type serves as the signed level function of a set (`StateRegion`).
public struct ReactionCoordinate: Sendable {
  /// The number of variables of the states.
  public let dimension: Int
  /// What it is, for reports.
  public let name: String
  let lanes: CompiledField.ScalarFunction<Lanes>
  /// ∇ξ where it is known; else differences are taken.
  let exactGradient: (@Sendable ([Double]) -> [Double])?
  /// No |∇ξ| is larger, where that is known.
  let gradientBound: Double?

  init(
    dimension: Int, name: String, gradient: (@Sendable ([Double]) -> [Double])?,
    gradientBound: Double? = nil, lanes: @escaping CompiledField.ScalarFunction<Lanes>
  ) {
    self.gradientBound = gradientBound
    self.dimension = dimension
    self.name = name
    self.lanes = lanes
    exactGradient = gradient
  }

  /// Any function.
  ///
  /// - Parameters:
  ///   - name: What it is, for reports.
  ///   - dimension: The number of variables.
  ///   - evaluate: ξ at eight points: one vector of lanes per variable.
  public init(
    name: String, dimension: Int, _ evaluate: @escaping CompiledField.ScalarFunction<Lanes>
  ) {
    self.init(dimension: dimension, name: name, gradient: nil, lanes: evaluate)
  }

  /// The energy of a landscape, which need not be the one that is moved on: the way to use a
  /// formula.
  ///
  /// - Parameter field: A landscape; a drift without energy gives nil.
  public init?(energyOf field: CompiledField) {
    guard let energyLanes = field.energyLanes else { return nil }
    self.init(
      dimension: field.dimension, name: "energy", gradient: { field.gradient(at: $0) },
      lanes: energyLanes)
  }

  /// ξ at eight points, one vector of lanes per variable.
  public func callAsFunction(_ x: Span<Lanes>) -> Lanes { lanes(x) }

  /// ξ at a point.
  public func callAsFunction(_ x: [Double]) -> Double {
    let points = x.map { Lanes($0) }
    return lanes(points.span)[0]
  }

  /// ∇ξ at a point.
  ///
  /// - Parameters:
  ///   - x: The point.
  ///   - scale: The distances over which differences are taken where the gradient is not known,
  ///     one per variable; a component with the scale zero is left out.
  /// - Returns: The components.
  func gradient(at x: [Double], scale: [Double]) -> [Double] {
    if let exactGradient { return exactGradient(x) }
    var result = [Double](repeating: 0, count: dimension)
    var points = x.map { Lanes($0) }
    // Four central differences in eight lanes.
    for first in stride(from: 0, to: dimension, by: 4) {
      let group = first..<min(first + 4, dimension)
      for (k, i) in group.enumerated() {
        points[i][2 * k] += scale[i]
        points[i][2 * k + 1] -= scale[i]
      }
      let values = lanes(points.span)
      for (k, i) in group.enumerated() {
        if scale[i] > 0 { result[i] = (values[2 * k] - values[2 * k + 1]) / (2 * scale[i]) }
        points[i] = Lanes(x[i])
      }
    }
    return result
  }

  /// sign · ξ + offset.
  ///
  /// - Parameters:
  ///   - sign: 1 or −1.
  ///   - offset: The value where ξ is zero.
  /// - Returns: The function.
  func affine(sign: Double, offset: Double) -> ReactionCoordinate {
    let base = lanes
    let baseGradient = exactGradient
    let shift = Lanes(offset)
    let factor = Lanes(sign)
    let value: CompiledField.ScalarFunction<Lanes> = { x in factor * base(x) + shift }
    var gradient: (@Sendable ([Double]) -> [Double])?
    if let baseGradient { gradient = { x in baseGradient(x).map { sign * $0 } } }
    return ReactionCoordinate(
      dimension: dimension, name: name, gradient: gradient, gradientBound: gradientBound,
      lanes: value)
  }
}

extension ReactionCoordinate {
  /// One of the variables.
  ///
  /// - Parameters:
  ///   - index: Its number, from 0.
  ///   - dimension: The number of variables.
  /// - Returns: xᵢ.
  public static func coordinate(_ index: Int, of dimension: Int) -> ReactionCoordinate {
    precondition((0..<dimension).contains(index), "there is no variable of that number")
    var unit = [Double](repeating: 0, count: dimension)
    unit[index] = 1
    let gradient = unit
    return ReactionCoordinate(
      dimension: dimension, name: "x\(index)", gradient: { _ in gradient }, gradientBound: 1,
      lanes: { $0[index] })
  }

  /// w·x + offset.
  ///
  /// - Parameters:
  ///   - weights: w, one per variable.
  ///   - offset: The value at the origin.
  /// - Returns: The linear function.
  public static func linear(_ weights: [Double], offset: Double = 0) -> ReactionCoordinate {
    ReactionCoordinate(
      dimension: weights.count, name: "linear function", gradient: { _ in weights },
      gradientBound: norm(weights)
    ) { x in
      var sum = Lanes(offset)
      for i in weights.indices { sum = sum + Lanes(weights[i]) * x[i] }
      return sum
    }
  }

  /// The signed distance to a ball, |x − c| − r: negative inside.
  ///
  /// - Parameters:
  ///   - center: c.
  ///   - radius: r; 0 for the distance to a point.
  /// - Returns: The distance.
  public static func distance(toBallAround center: [Double], radius: Double = 0)
    -> ReactionCoordinate
  {
    ReactionCoordinate(
      dimension: center.count, name: "distance",
      gradient: { x in
        let y = zip(x, center).map { $0 - $1 }
        let length = norm(y)
        return length > 0 ? y.map { $0 / length } : y
      },
      gradientBound: 1,
      lanes: { x in
        var square = Lanes(0.0)
        for i in center.indices { square = square + (x[i] - Lanes(center[i])).squared() }
        return square.squareRoot() - Lanes(radius)
      })
  }

  /// The form of an ellipsoid as a distance in units of its size: √((x − c)ᵀA(x − c)/level) − 1,
  /// negative inside.
  ///
  /// - Parameter core: The ellipsoid.
  /// - Returns: The distance.
  public static func distance(toCore core: CoreSet) -> ReactionCoordinate {
    let n = core.center.count
    let form = (0..<n).flatMap { i in (0..<n).map { core.form[i, $0] / core.level } }
    return ReactionCoordinate(
      dimension: n, name: "distance to an ellipsoid",
      gradient: { x in
        let y = zip(x, core.center).map { $0 - $1 }
        let image = (0..<n).map { i in
          (0..<n).reduce(0) { $0 + 0.5 * (form[i * n + $1] + form[$1 * n + i]) * y[$1] }
        }
        let length = max(dot(y, image), 0).squareRoot()
        return length > 0 ? image.map { $0 / length } : image
      },
      gradientBound: (core.form.trace / core.level).squareRoot(),
      lanes: { x in
        var square = Lanes(0.0)
        for i in 0..<n {
          var sum = Lanes(0.0)
          for j in 0..<n {
            sum = sum + Lanes(form[i * n + j]) * (x[j] - Lanes(core.center[j]))
          }
          square = square + sum * (x[i] - Lanes(core.center[i]))
        }
        return square.squareRoot() - Lanes(1.0)
      })
  }
}
