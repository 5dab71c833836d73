/// A database of minima and transition states, as far as kinetics needs it: plain data.
///
/// It comes from PATHSAMPLE files (``PathsampleFormat``), from pele (``PeleFormat``), or from lists
/// of one's own, and ``logRates(temperature:kind:)`` makes a Markov chain's transitions of it.
/// Minima count from 0, in the order of the file.
public struct KineticDatabase: Sendable, Equatable {
  /// A minimum.
  public struct Minimum: Sendable, Equatable {
    /// The energy E.
    public let energy: Double
    /// f, the natural logarithm of the product of the positive eigenvalues of the Hessian.
    public let logProduct: Double
    /// h, the order of the point group, from 1.
    public let pointGroupOrder: Int

    /// Creates a minimum.
    ///
    /// - Parameters:
    ///   - energy: The energy.
    ///   - logProduct: ln of the product of the positive eigenvalues of the Hessian.
    ///   - pointGroupOrder: The order of the point group, from 1.
    public init(energy: Double, logProduct: Double, pointGroupOrder: Int = 1) {
      self.energy = energy
      self.logProduct = logProduct
      self.pointGroupOrder = pointGroupOrder
    }
  }

  /// A transition state, a saddle of index 1.
  ///
  /// Several may join the same pair of minima; one may join a minimum to itself (to its own image
  /// under a symmetry).
  public struct TransitionState: Sendable, Equatable {
    /// The energy E.
    public let energy: Double
    /// f, the natural logarithm of the product of the positive eigenvalues of the Hessian.
    public let logProduct: Double
    /// h, the order of the point group, from 1.
    public let pointGroupOrder: Int
    /// The minimum on one side.
    public let first: Int
    /// The minimum on the other side.
    public let second: Int
    /// λ⁻, the negative eigenvalue of the Hessian; nil where it is not known.
    public let negativeEigenvalue: Double?

    /// Creates a transition state.
    ///
    /// - Parameters:
    ///   - energy: The energy.
    ///   - logProduct: ln of the product of the positive eigenvalues of the Hessian.
    ///   - pointGroupOrder: The order of the point group, from 1.
    ///   - first: The minimum on one side.
    ///   - second: The minimum on the other side.
    ///   - negativeEigenvalue: The negative eigenvalue of the Hessian, or nil.
    public init(
      energy: Double, logProduct: Double, pointGroupOrder: Int = 1, first: Int, second: Int,
      negativeEigenvalue: Double? = nil
    ) {
      self.energy = energy
      self.logProduct = logProduct
      self.pointGroupOrder = pointGroupOrder
      self.first = first
      self.second = second
      self.negativeEigenvalue = negativeEigenvalue
    }
  }

  /// The minima; at least one.
  public let minima: [Minimum]
  /// The transition states; at least one.
  public let transitionStates: [TransitionState]
  /// The minima of set A, nil where the data name none.
  public let setA: [Int]?
  /// The minima of set B, nil where the data name none.
  public let setB: [Int]?
  /// The community of each minimum, from 0; nil where the data have none.
  public let communities: [Int]?
  /// A name for each minimum (in pele its row); nil where the data have none.
  public let labels: [String]?

  /// Creates a database.
  ///
  /// - Parameters:
  ///   - minima: The minima; at least one.
  ///   - transitionStates: The transition states; at least one.
  ///   - setA: The minima of set A, without repetitions, or nil.
  ///   - setB: The minima of set B, disjoint from A, without repetitions, or nil.
  ///   - communities: The community of each minimum, from 0, or nil.
  ///   - labels: A name for each minimum, or nil.
  /// - Throws: `KineticDatabaseError` for numbers that are not finite, orders below 1, eigenvalues
  ///   that are not negative, unknown minima, sets that are empty, repeat a minimum or overlap, and
  ///   lists of another length than the minima.
  public init(
    minima: [Minimum], transitionStates: [TransitionState], setA: [Int]? = nil,
    setB: [Int]? = nil, communities: [Int]? = nil, labels: [String]? = nil
  ) throws {
    self.minima = minima
    self.transitionStates = transitionStates
    self.setA = setA
    self.setB = setB
    self.communities = communities
    self.labels = labels
    try check()
  }

  private func check() throws {
    guard !minima.isEmpty else { throw KineticDatabaseError.noMinima }
    guard !transitionStates.isEmpty else { throw KineticDatabaseError.noTransitionStates }
    for (number, minimum) in minima.enumerated() {
      try KineticDatabaseError.check(
        "minimum \(number)", numbers: [minimum.energy, minimum.logProduct],
        order: minimum.pointGroupOrder)
    }
    for (number, state) in transitionStates.enumerated() {
      let name = "transition state \(number)"
      try KineticDatabaseError.check(
        name, numbers: [state.energy, state.logProduct, state.negativeEigenvalue ?? -1],
        order: state.pointGroupOrder)
      for minimum in [state.first, state.second] where !minima.indices.contains(minimum) {
        throw KineticDatabaseError.unknownMinimum(minimum, count: minima.count)
      }
      if let eigenvalue = state.negativeEigenvalue, eigenvalue >= 0 {
        throw KineticDatabaseError.eigenvalueNotNegative(eigenvalue, of: name)
      }
    }
    for set in [setA, setB] {
      guard let set else { continue }
      guard !set.isEmpty else { throw KineticDatabaseError.emptySet }
      guard Set(set).count == set.count else { throw KineticDatabaseError.repeatedMinimum }
      for minimum in set where !minima.indices.contains(minimum) {
        throw KineticDatabaseError.unknownMinimum(minimum, count: minima.count)
      }
    }
    if let minimum = setB?.first(where: Set(setA ?? []).contains) {
      throw KineticDatabaseError.overlappingSets(minimum: minimum)
    }
    for count in [communities?.count, labels?.count] {
      guard let count, count != minima.count else { continue }
      throw KineticDatabaseError.wrongCount(count, minima: minima.count)
    }
    if let community = communities?.first(where: { $0 < 0 }) {
      throw KineticDatabaseError.negativeCommunity(community)
    }
  }
}

/// What can be wrong with a database of stationary points, or with a question about it.
public enum KineticDatabaseError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There are no minima.
  case noMinima
  /// There are no transition states.
  case noTransitionStates
  /// A number is infinite or not a number.
  case notFinite(of: String)
  /// The order of a point group is below 1.
  case invalidOrder(Int, of: String)
  /// A minimum that does not exist.
  case unknownMinimum(Int, count: Int)
  /// The eigenvalue along the reaction path is not negative.
  case eigenvalueNotNegative(Double, of: String)
  /// A set of minima is empty.
  case emptySet
  /// A set of minima names one twice.
  case repeatedMinimum
  /// A minimum stands in both sets.
  case overlappingSets(minimum: Int)
  /// A list has another length than the list of minima.
  case wrongCount(Int, minima: Int)
  /// A community is negative.
  case negativeCommunity(Int)
  /// The temperature is not a positive number.
  case invalidTemperature(Double)
  /// The negative eigenvalue that a rate needs is not known.
  case noNegativeEigenvalue(transitionState: Int)
  /// The logarithm of a rate or a probability is beyond the range of doubles.
  case outOfRange(of: String, temperature: Double)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .noMinima: "there are no minima; at least one is needed"
    case .noTransitionStates: "there are no transition states; at least one is needed"
    case .notFinite(let name):
      "\(name) has an energy, logarithm of eigenvalues or eigenvalue that is not a finite number"
    case .invalidOrder(let order, let name):
      "\(name) has a point group of order \(order); accepted: from 1"
    case .unknownMinimum(let minimum, let count):
      "there is no minimum \(minimum); the minima are 0 to \(count - 1)"
    case .eigenvalueNotNegative(let value, let name):
      "the eigenvalue of \(name) along the reaction path is \(value); accepted: below 0, or none"
    case .emptySet: "a set of minima is empty; name at least one minimum, or give no set"
    case .repeatedMinimum: "a set of minima names a minimum twice; once is accepted"
    case .overlappingSets(let minimum):
      "minimum \(minimum) stands in set A and in set B; they must be disjoint"
    case .wrongCount(let count, let minima):
      "\(count) communities or labels for \(minima) minima; one for each is needed"
    case .negativeCommunity(let community): "community \(community); accepted: from 0"
    case .invalidTemperature(let value):
      "the temperature is \(value); accepted: a positive number, in the unit of the energies"
    case .noNegativeEigenvalue(let state):
      "transition state \(state) has no negative eigenvalue, which the Eyring–Kramers rate needs; "
        + "add it, or use the harmonic rate"
    case .outOfRange(let name, let temperature):
      "at the temperature \(temperature) the rate or probability of \(name) has a logarithm beyond "
        + "the range of doubles; raise the temperature"
    }
  }

  static func check(_ name: String, numbers: [Double], order: Int) throws {
    guard numbers.allSatisfy(\.isFinite) else { throw KineticDatabaseError.notFinite(of: name) }
    guard order >= 1 else { throw KineticDatabaseError.invalidOrder(order, of: name) }
  }
}
