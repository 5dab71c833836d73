import LinearAlgebra

extension KineticDatabase {
  /// How a rate follows from a minimum and a transition state.
  public enum RateKind: String, Sendable, CaseIterable {
    /// Harmonic transition-state theory of inertial dynamics with unit masses, the rate that
    /// PATHSAMPLE, PyGT and pele compute:
    /// k = h_i/(2π h_t) · exp((f_i − f_t)/2 − (E_t − E_i)/T).
    case harmonic
    /// The overdamped rate of dx = −∇E dt + √(2T) dW, √|λ⁻| times the harmonic one.
    case eyringKramers
  }

  /// A directed transition over one transition state.
  public struct Transition: Sendable, Equatable {
    /// The minimum that is left.
    public let from: Int
    /// The minimum that is reached.
    public let to: Int
    /// The natural logarithm of the rate.
    public let logRate: Double
    /// The number of the transition state.
    public let transitionState: Int
  }

  /// The rates of a database at one temperature.
  public struct Rates: Sendable, Equatable {
    /// How they were computed.
    public let kind: RateKind
    /// Two transitions for each transition state that joins different minima; those between the same
    /// minima are to be added.
    public let transitions: [Transition]
    /// The number of transition states that join a minimum to itself; they do not change the state
    /// of a chain.
    public let selfJoining: Int
    /// The number of transition states left out because their energy or that of a minimum is
    /// `unreachableEnergy` or more.
    public let unreachable: Int
  }

  /// Energies from here on mean "not to be reached": PATHSAMPLE writes the largest double for
  /// stationary points that it has taken out.
  public static let unreachableEnergy = 1e300

  /// The natural logarithms of the rates between the minima.
  ///
  /// ln k(i→j via t) = ln(h_i/(2π h_t)) + (f_i − f_t)/2 − (E_t − E_i)/T, and ½ ln|λ⁻| more for the
  /// overdamped rate (Wales, *Energy Landscapes*, 2003; Eyring 1935, Kramers 1940). Detailed
  /// balance holds with `logStationaryDistribution(temperature:)` for both.
  ///
  /// - Parameters:
  ///   - temperature: The temperature (k_B T), in the unit of the energies.
  ///   - kind: The kind of rate; nil for the Eyring–Kramers rate where every transition state has a
  ///     negative eigenvalue, and for the harmonic rate otherwise.
  /// - Returns: The rates and their kind.
  /// - Throws: `KineticDatabaseError` for a temperature that is not positive, an eigenvalue that
  ///   the rate needs and the data do not have, or a logarithm beyond the range of doubles.
  public func logRates(temperature: Double, kind: RateKind? = nil) throws -> Rates {
    try checkTemperature(temperature)
    let missing = transitionStates.firstIndex { $0.negativeEigenvalue == nil }
    let kind = kind ?? (missing == nil ? .eyringKramers : .harmonic)
    if kind == .eyringKramers, let missing {
      throw KineticDatabaseError.noNegativeEigenvalue(transitionState: missing)
    }
    var transitions: [Transition] = []
    transitions.reserveCapacity(2 * transitionStates.count)
    var selfJoining = 0
    var unreachable = 0
    for (number, state) in transitionStates.enumerated() {
      guard state.first != state.second else {
        selfJoining += 1
        continue
      }
      let highest = max(
        state.energy, minima[state.first].energy, minima[state.second].energy)
      guard highest < Self.unreachableEnergy else {
        unreachable += 1
        continue
      }
      let curvature =
        kind == .eyringKramers ? logOf((state.negativeEigenvalue ?? 0).magnitude) / 2 : 0
      for (from, to) in [(state.first, state.second), (state.second, state.first)] {
        let minimum = minima[from]
        let symmetry =
          logOf(Double(minimum.pointGroupOrder)) - logOf(Double(state.pointGroupOrder))
          - logOf(2 * .pi)
        let logRate =
          symmetry + (minimum.logProduct / 2 - state.logProduct / 2)
          - (state.energy - minimum.energy) / temperature + curvature
        guard logRate.isFinite else {
          throw KineticDatabaseError.outOfRange(
            of: "transition state \(number)", temperature: temperature)
        }
        transitions.append(
          Transition(from: from, to: to, logRate: logRate, transitionState: number))
      }
    }
    return Rates(
      kind: kind, transitions: transitions, selfJoining: selfJoining,
      unreachable: unreachable)
  }

  /// The natural logarithms of the equilibrium probabilities of the minima.
  ///
  /// ln π_i = −E_i/T − f_i/2 − ln h_i − ln Z, over all minima, joined by transition states or not.
  ///
  /// - Parameter temperature: The temperature (k_B T), in the unit of the energies.
  /// - Returns: One logarithm per minimum; −∞ for energies from `unreachableEnergy` on.
  /// - Throws: `KineticDatabaseError` for a temperature that is not positive, or a logarithm beyond
  ///   the range of doubles.
  public func logStationaryDistribution(temperature: Double) throws -> [Double] {
    try checkTemperature(temperature)
    // Relative to the lowest energy, so that a common offset costs no digits.
    let lowest = minima.reduce(Double.infinity) { min($0, $1.energy) }
    var weights: [Double] = []
    for (number, minimum) in minima.enumerated() {
      guard minimum.energy < Self.unreachableEnergy else {
        weights.append(-.infinity)
        continue
      }
      let weight =
        -(minimum.energy - lowest) / temperature - minimum.logProduct / 2
        - logOf(Double(minimum.pointGroupOrder))
      guard weight.isFinite else {
        throw KineticDatabaseError.outOfRange(of: "minimum \(number)", temperature: temperature)
      }
      weights.append(weight)
    }
    let total = logSumExp(weights)
    guard total.isFinite else {
      throw KineticDatabaseError.outOfRange(of: "all minima", temperature: temperature)
    }
    return weights.map { $0 - total }
  }

  private func checkTemperature(_ temperature: Double) throws {
    guard temperature > 0, temperature < .infinity else {
      throw KineticDatabaseError.invalidTemperature(temperature)
    }
  }
}
