public import Landscapes
import LinearAlgebra
public import StationaryPoints

/// Everything that an escape-rate formula may ask about: the field, its stationary points, its
/// noise and its box.
public struct EscapeProblem: Sendable {
  /// The landscape or drift.
  public let field: CompiledField
  /// Its minima, saddles and connections.
  public let network: StationaryNetwork
  /// The noise.
  public let dynamics: Dynamics
  /// The box in which the stationary points were searched for, if there is one.
  public let domain: Domain?
  /// Whether the faces of the box reflect the process.
  public let isReflecting: Bool
  /// The radius of the balls around the minima that are their basins, where a plateau joins them
  /// and no isolated saddle does (Hu et al. 2019, Example 4.1).
  public let basinRadius: Double?
  /// The noise in the basin of each minimum, the same for formulas and simulations.
  let basinDiffusions: [any Diffusion]

  /// Describes a problem.
  ///
  /// - Parameters:
  ///   - field: The landscape or drift.
  ///   - network: Its stationary points.
  ///   - dynamics: The noise; of the same dimension as the field.
  ///   - domain: The search box.
  ///   - isReflecting: Whether the faces of the box reflect the process.
  ///   - basinRadius: The radius of ball-shaped basins that a plateau joins.
  public init(
    field: CompiledField, network: StationaryNetwork, dynamics: Dynamics, domain: Domain? = nil,
    isReflecting: Bool = false, basinRadius: Double? = nil
  ) {
    self.field = field
    self.network = network
    self.dynamics = dynamics
    self.domain = domain
    self.isReflecting = isReflecting
    self.basinRadius = basinRadius
    basinDiffusions = zip(network.minima, network.basinAnchors).map { minimum, anchor in
      minimum.energy == nil ? dynamics.diffusion : dynamics.diffusion.anchored(at: anchor)
    }
  }
}

/// One escape of a problem with the quantities that the formulas share: the minimum a, the saddle
/// b, the path between them and the noise of a's basin.
public struct EscapeContext: Sendable {
  /// The problem.
  public let problem: EscapeProblem
  /// The escape.
  public let escape: StationaryNetwork.Escape
  /// The minimum a that is left.
  public let minimum: StationaryPoint
  /// The saddle b.
  public let saddle: StationaryPoint
  /// The noise in the basin of a.
  public let diffusion: any Diffusion

  /// Collects what belongs to an escape.
  public init(escape: StationaryNetwork.Escape, problem: EscapeProblem) {
    self.problem = problem
    self.escape = escape
    minimum = problem.network.minima[escape.from]
    saddle = problem.network.saddles[escape.saddle].point
    diffusion = problem.basinDiffusions[escape.from]
  }

  /// ΔL = L(b) − L(a); nil for a drift without an energy.
  public var barrier: Double? {
    guard let low = minimum.energy, let high = saddle.energy else { return nil }
    return high - low
  }

  /// λ_b⁻, the lowest eigenvalue at the saddle.
  public var unstableEigenvalue: Double { saddle.spectrum.first ?? .nan }

  /// The points of the path from the minimum up to the saddle, both included exactly.
  public var climb: [[Double]] {
    var points = Array(escape.path.prefix(escape.saddlePosition + 1))
    if points.first != minimum.coordinates { points.insert(minimum.coordinates, at: 0) }
    if points.last != saddle.coordinates { points.append(saddle.coordinates) }
    return points
  }

  /// The direction in which the path leaves the minimum: from it to the point a tenth of the way
  /// (in length) up to the saddle.
  ///
  /// The limiting tangent of a gradient path is its softest mode whatever the path does next, so
  /// that a point at a distance says more about the escape.
  public var departure: [Double] {
    let points = climb
    let lengths = zip(points, points.dropFirst()).map { distance($0, $1) }
    var remaining = 0.1 * lengths.reduce(0, +)
    for (k, length) in lengths.enumerated() {
      if length >= remaining, length > 0 {
        let share = remaining / length
        return zip(zip(points[k], points[k + 1]), minimum.coordinates).map {
          $0.0.0 + share * ($0.0.1 - $0.0.0) - $0.1
        }
      }
      remaining -= length
    }
    return zip(saddle.coordinates, minimum.coordinates).map { $0 - $1 }
  }
}

/// An eigenvalue of a Hessian with its direction, chosen by alignment with a path.
public struct EscapeDirection: Sendable, Equatable {
  /// The eigenvalue.
  public let eigenvalue: Double
  /// The unit vector; inside a degenerate eigenspace the one closest to the path.
  public let vector: [Double]
  /// |cos| of the angle between the vector and the path.
  public let alignment: Double
}

extension EscapeContext {
  /// The escape direction e at the minimum: the eigenvector of H_a closest to the direction in
  /// which the path leaves a.
  ///
  /// Xie et al. 2020 (section 3) and Mori et al. 2021 (Assumption 4.4): "the most possible escape
  /// direction at one point must be the direction of one eigenvector of the Hessian at the point".
  ///
  /// - Returns: H_ae with its direction.
  /// - Throws: An error of the eigensolver.
  public func escapeDirection() throws -> EscapeDirection {
    try Self.closestEigenvector(of: minimum.hessian, to: departure)
  }

  /// The unstable direction at the saddle, with λ_b⁻; for a gradient.
  ///
  /// - Returns: H_be with its direction.
  /// - Throws: An error of the eigensolver.
  public func unstableDirection() throws -> EscapeDirection {
    let eigen = try saddle.hessian.symmetrized.symmetricEigendecomposition()
    return EscapeDirection(
      eigenvalue: eigen.values[0], vector: eigen.vector(0), alignment: 1)
  }

  static func closestEigenvector(of matrix: Matrix, to path: [Double]) throws -> EscapeDirection {
    let eigen = try matrix.symmetrized.symmetricEigendecomposition()
    let length = norm(path)
    let scale = eigen.values.reduce(0) { max($0, $1.magnitude) }
    var best = EscapeDirection(eigenvalue: .nan, vector: path, alignment: -1)
    var k = 0
    while k < eigen.values.count {
      var end = k + 1
      while end < eigen.values.count, eigen.values[end] - eigen.values[k] <= 1e-8 * scale {
        end += 1
      }
      var projection = [Double](repeating: 0, count: path.count)
      for member in k..<end {
        let vector = eigen.vector(member)
        let component = dot(vector, path)
        for i in path.indices { projection[i] += component * vector[i] }
      }
      let size = norm(projection)
      let alignment = length > 0 ? size / length : 0
      if alignment > best.alignment {
        best = EscapeDirection(
          eigenvalue: eigen.values[k],
          vector: size > 0 ? projection.map { $0 / size } : eigen.vector(k), alignment: alignment)
      }
      k = end
    }
    return best
  }
}
