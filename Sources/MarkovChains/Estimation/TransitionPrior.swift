/// What is assumed about transitions before any was counted, as pseudo-counts.
///
/// Without detailed balance the prior of each row is a Dirichlet distribution with the pseudo-counts
/// as parameters. With detailed balance the prior density of the symmetric weights x_ij = π_i p_ij
/// is ∏_{i≤j} x_ij^{α_ij + α_ji − 1} / ∏_i (Σ_j x_ij)^{α_i} (α_ii instead of 2α_ii on the diagonal),
/// which is what counts α would contribute to the likelihood, times ∏ dx/x (Trendelkamp-Schroer,
/// Wu, Paul & Noé 2015; `sparse` is the case of all their exponents equal to −1).
public enum TransitionPrior: Sendable, Equatable {
  /// No pseudo-counts: transitions that were not seen (with detailed balance: in neither
  /// direction) have probability zero. Improper, but the posterior is not; without detailed balance
  /// its mean is the maximum-likelihood estimate.
  case sparse
  /// A pseudo-count for each transition that was seen in this or the other direction, and for
  /// staying.
  case neighbours(Double)
  /// A pseudo-count for each pair of states and for staying: 1 for a uniform density of every row,
  /// ½ for Jeffreys' prior.
  case uniform(Double)

  var pseudoCount: Double? {
    switch self {
    case .sparse: nil
    case .neighbours(let count), .uniform(let count): count
    }
  }
}
