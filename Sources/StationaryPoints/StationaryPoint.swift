public import LinearAlgebra

/// A point where the drift vanishes.
///
/// The spectrum is that of −Db, the Hessian of the energy where there is one: a minimum (stable
/// fixed point) has only eigenvalues with positive real parts.
public struct StationaryPoint: Sendable, Equatable {
  /// The coordinates.
  public let coordinates: [Double]
  /// The energy; nil for a drift that is not a gradient.
  public let energy: Double?
  /// −Db at the point: the Hessian of the energy where there is one.
  public let hessian: Matrix
  /// The eigenvalues of `hessian` by ascending real part; imaginary parts are zero for a gradient.
  public let eigenvalues: [ComplexNumber]
  /// The Euclidean norm of the drift at the stored coordinates.
  public let gradientNorm: Double
  /// The number of eigenvalues with a negative real part, flat directions left out.
  public let index: Int
  /// The number of flat directions: eigenvalues that are zero to rounding.
  public let flatDirections: Int
  /// Whether an interval test proved that exactly one stationary point lies here.
  public let isCertified: Bool

  /// Creates a stationary point from its parts.
  public init(
    coordinates: [Double], energy: Double?, hessian: Matrix, eigenvalues: [ComplexNumber],
    gradientNorm: Double, index: Int, flatDirections: Int, isCertified: Bool
  ) {
    self.coordinates = coordinates
    self.energy = energy
    self.hessian = hessian
    self.eigenvalues = eigenvalues
    self.gradientNorm = gradientNorm
    self.index = index
    self.flatDirections = flatDirections
    self.isCertified = isCertified
  }

  /// The real parts of the eigenvalues, ascending.
  public var spectrum: [Double] { eigenvalues.map(\.real) }

  /// Whether a pair of eigenvalues is imaginary to rounding: the linearisation turns around the
  /// point and does not decide its stability.
  public var isCenter: Bool {
    eigenvalues.contains { $0.imaginary != 0 && $0.real.magnitude <= 1e-9 * $0.magnitude }
  }

  /// ln |det H| over the directions that are not flat.
  public var logAbsoluteDeterminant: Double {
    eigenvalues.dropFlat(flatDirections).reduce(0) { $0 + logOf($1.magnitude) }
  }
}

extension [ComplexNumber] {
  /// The eigenvalues without the `count` smallest in absolute value.
  func dropFlat(_ count: Int) -> [ComplexNumber] {
    guard count > 0 else { return self }
    return Array(sorted { $0.magnitude < $1.magnitude }.dropFirst(count))
  }
}

/// A saddle with the minima that it joins.
public struct Saddle: Sendable, Equatable {
  /// The stationary point; of index 1 for an ordinary saddle.
  public let point: StationaryPoint
  /// The minima (their numbers in the network) in which the two descents end; nil where a descent
  /// leaves the domain or ends in no known minimum. One entry per followed descent; empty where
  /// a search was interrupted before.
  public let connects: [Int?]
  /// The points of each descent, from the saddle to its end.
  public let descents: [[[Double]]]

  /// Creates a saddle from its parts.
  public init(point: StationaryPoint, connects: [Int?], descents: [[[Double]]]) {
    self.point = point
    self.connects = connects
    self.descents = descents
  }
}

/// How much is known about the completeness of a list of stationary points.
public struct Completeness: Sendable, Equatable {
  /// The strength of the statement.
  public enum Status: String, Sendable {
    /// An interval argument proved that there are no others in the domain.
    case certified
    /// Independent evidence (repeated hits, Euler sum) found nothing missing.
    case consistent
    /// No statement is possible.
    case unknown
  }

  /// The strength of the statement.
  public let status: Status
  /// What was done, in a sentence.
  public let detail: String

  /// Creates a statement.
  public init(status: Status, detail: String) {
    self.status = status
    self.detail = detail
  }
}

/// How often the field was evaluated.
public struct EvaluationCounts: Sendable, Equatable {
  /// Evaluations of the energy.
  public var energy = 0
  /// Evaluations of the gradient or drift.
  public var gradient = 0
  /// Evaluations of the Hessian or Jacobian matrix.
  public var hessian = 0

  /// Starts at zero.
  public init() {}

  /// Adds the counts of a part of the work.
  static func += (total: inout EvaluationCounts, part: EvaluationCounts) {
    total.energy += part.energy
    total.gradient += part.gradient
    total.hessian += part.hessian
  }
}

/// The minima of a landscape, the saddles and which minima they join: plain data, wherever it
/// comes from.
public struct StationaryNetwork: Sendable, Equatable {
  /// The minima (stable fixed points), by energy, those whose energies agree to 1e-9 by
  /// coordinates; by coordinates alone where there is no energy.
  public let minima: [StationaryPoint]
  /// The saddles, in the same order.
  public let saddles: [Saddle]
  /// Stationary points of index 2 and higher, where they were asked for or came along.
  public let higherIndexPoints: [StationaryPoint]
  /// What is known about the completeness of the lists.
  public let completeness: Completeness
  /// How often the field was evaluated.
  public let evaluations: EvaluationCounts
  /// Sentences about what a reader should know (flat directions, unfinished descents).
  public let findings: [String]

  /// Creates a network from its parts.
  public init(
    minima: [StationaryPoint], saddles: [Saddle], higherIndexPoints: [StationaryPoint] = [],
    completeness: Completeness, evaluations: EvaluationCounts = EvaluationCounts(),
    findings: [String] = []
  ) {
    self.minima = minima
    self.saddles = saddles
    self.higherIndexPoints = higherIndexPoints
    self.completeness = completeness
    self.evaluations = evaluations
    self.findings = findings
  }

  /// A directed escape: from one minimum over a saddle to another one.
  public struct Escape: Sendable, Equatable {
    /// The minimum that is left.
    public let from: Int
    /// The minimum that is reached.
    public let to: Int
    /// The saddle between them.
    public let saddle: Int
    /// The points of the path from the minimum `from` over the saddle to the minimum `to`.
    public let path: [[Double]]
    /// The position of the saddle in `path`.
    public let saddlePosition: Int
  }

  /// All escapes over saddles that join two different minima, in both directions.
  public var escapes: [Escape] {
    var result: [Escape] = []
    for (number, saddle) in saddles.enumerated() where saddle.connects.count == 2 {
      guard let first = saddle.connects[0], let second = saddle.connects[1], first != second
      else { continue }
      let left = saddle.descents[0]
      let right = saddle.descents[1]
      result.append(
        Escape(
          from: first, to: second, saddle: number,
          path: left.reversed() + right.dropFirst(), saddlePosition: max(left.count - 1, 0)))
      result.append(
        Escape(
          from: second, to: first, saddle: number,
          path: right.reversed() + left.dropFirst(), saddlePosition: max(right.count - 1, 0)))
    }
    return result
  }
}
