import Glibc
import LinearAlgebra

/// The metastable sets of a chain with what remains of its dynamics.
public struct MetastableReduction: Sendable, Equatable {
  /// The sets.
  public let sets: MetastableSets
  /// The generator on the sets, with the slowest eigenvalues of the chain's: Q χ = χ Q_c. It is
  /// that of a Markov chain as far as the sets are crisp.
  public let coarseRates: CoarseRates
  /// The natural logarithms of the stationary probabilities of the sets, χᵀ π; nil where the chain
  /// has several recurrent classes.
  public let logStationary: [Double]?
}

extension MarkovChain {
  /// The metastable sets of the chain in a given number, by generalised Perron cluster analysis of
  /// its generator (Reuter et al. 2018).
  ///
  /// The space of the slowest modes comes from inverse iteration on state reduction without
  /// subtraction, so the sets are right however far apart the rates are; a chain without detailed
  /// balance keeps its pairs of complex eigenvalues together.
  ///
  /// - Parameters:
  ///   - count: The number of sets, at least 2 and at least that of the recurrent classes.
  ///   - weights: By which weights states count. With uniform ones a set of the smallest stationary
  ///     probability is found like any other.
  /// - Returns: The sets, and the generator on them.
  /// - Throws: `CoarseGrainingError.setCount`, `.splitsComplexPair`, `.noSimplex`, `.noSpectralGap`,
  ///   `.weightCount`, `.invalidWeight`; `MarkovChainError` where the eigenvalues are out of reach.
  /// - Complexity: O(n³) for n states.
  public func metastableSets(
    count: Int, weights: StateWeights = .uniform
  ) throws -> MetastableReduction {
    try metastableSets(count: count, weights: weights, spectrum: SlowSpectrum(self))
  }

  /// Compares numbers of metastable sets.
  ///
  /// - Parameters:
  ///   - range: The numbers, at least 2 and at least that of the recurrent classes.
  ///   - weights: By which weights states count.
  /// - Returns: What speaks for each; numbers that would divide a complex pair are left out.
  /// - Throws: As `metastableSets(count:weights:)`, except for what concerns a single number.
  public func metastableSetSelection(
    in range: ClosedRange<Int>, weights: StateWeights = .uniform
  ) throws -> SetCountSelection {
    let spectrum = try SlowSpectrum(self)
    for count in [range.lowerBound, range.upperBound] where !spectrum.accepted.contains(count) {
      throw CoarseGrainingError.setCount(count, accepted: spectrum.accepted)
    }
    var candidates: [SetCountSelection.Candidate] = []
    for count in range where !spectrum.splits(at: count) {
      var sets: MetastableSets?
      do {
        sets = try metastableSets(count: count, weights: weights, spectrum: spectrum).sets
      } catch CoarseGrainingError.noSimplex {
      } catch CoarseGrainingError.noSpectralGap {
      }
      candidates.append(
        .init(
          count: count, minChi: sets?.minChi, crispness: sets?.crispness,
          logTimeGap: spectrum.logTimeGap(count)))
    }
    return SetCountSelection(candidates: candidates)
  }

  private func metastableSets(
    count: Int, weights: StateWeights, spectrum: SlowSpectrum
  ) throws -> MetastableReduction {
    guard spectrum.accepted.contains(count) else {
      throw CoarseGrainingError.setCount(count, accepted: spectrum.accepted)
    }
    guard !spectrum.splits(at: count) else {
      throw CoarseGrainingError.splitsComplexPair(
        count: count,
        accepted: [count - 1, count + 1].filter {
          spectrum.accepted.contains($0) && !spectrum.splits(at: $0)
        })
    }
    let network = network
    let stationary: [ScaledNumber]? =
      spectrum.recurrentCount == 1
      ? stationaryDistribution(of: network, classes: spectrum.classes) : nil
    let values = try weights.values(stateCount: stateCount) {
      stationary?.map(\.value) ?? [Double](repeating: 0, count: stateCount)
    }
    // The trace shows whether the space belongs to these modes and no others.
    guard let slow = SlowSubspace(network, count: count),
      spectrum.isTrace((0..<count).reduce(.zero) { $0 - slow.generator[$1, $1] }, count: count)
    else {
      throw CoarseGrainingError.noSpectralGap(
        count: count, ratio: Glibc.exp(-spectrum.logTimeGap(count)))
    }
    guard let vertices = MembershipOptimizer.innerSimplex(slow.basis.values, weights: values),
      let simplex = slow.recentered(on: vertices)
    else { throw CoarseGrainingError.noSimplex(count: count) }
    let optimum = MetastableSets.optimized(
      simplex.basis.values, vertices: vertices, weights: values)
    let rotation = ScaledMatrix(optimum.rotation)
    guard let coarse = rotation.solve(simplex.generator * rotation) else {
      throw CoarseGrainingError.noSimplex(count: count)
    }
    return MetastableReduction(
      sets: optimum.sets, coarseRates: CoarseRates(coarse),
      logStationary: stationary.map { weights in
        (0..<count).map { j in
          (0..<stateCount).reduce(ScaledNumber.zero) { sum, i in
            sum + weights[i] * ScaledNumber(optimum.sets.memberships[i, j])
          }.logarithm
        }
      })
  }
}

/// The relaxation times as they concern numbers of sets.
private struct SlowSpectrum {
  let classes: [CommunicatingClass]
  let recurrentCount: Int
  private let modes: [RelaxationSpectrum.Mode]
  private let stateCount: Int

  init(_ chain: MarkovChain) throws {
    classes = chain.communicatingClasses
    recurrentCount = classes.count(where: \.isRecurrent)
    modes = try chain.relaxationTimes().modes
    stateCount = chain.stateCount
  }

  var accepted: ClosedRange<Int> {
    let lowest = max(2, recurrentCount)
    return lowest...max(lowest, stateCount)
  }

  /// Whether a number of sets divides a pair.
  func splits(at count: Int) -> Bool {
    modes.prefix(count - recurrentCount).count(where: \.isOscillating) % 2 == 1
  }

  /// Whether a number is the sum of the relaxation rates of the first modes.
  func isTrace(_ sum: ScaledNumber, count: Int) -> Bool {
    let expected = logSumExp(modes.prefix(count - recurrentCount).map { -$0.logTime })
    return expected == -.infinity ? sum.isZero : abs(sum.logarithm - expected) < 1e-6
  }

  /// ln t_m − ln t_{m+1}; the times of the recurrent classes themselves are infinite.
  func logTimeGap(_ count: Int) -> Double {
    let index = count - recurrentCount
    guard index > 0, index < modes.count else { return .infinity }
    return modes[index - 1].logTime - modes[index].logTime
  }
}
