import Glibc
import LinearAlgebra
import MarkovChains
import Testing

@Suite("Generators of transition matrices")
struct GeneratorEstimateTests {
  // scipy.linalg.expm of 0.8 Q.
  @Test("The generator behind a transition matrix is found")
  func embeddable() throws {
    let estimate = try GeneratorEstimate(
      transitionMatrix: [
        [0.447496306273371, 0.4580766143388118, 0.09442707938781712],
        [0.08912201938294516, 0.7522619166944648, 0.15861606392259],
        [0.02493303484817228, 0.36179313753665265, 0.6132738276151752],
      ], lag: 0.8)
    #expect(estimate.embeddability == .embeddable && estimate.mostNegativeRate == 0)
    #expect(estimate.residual < 1e-14)
    for (from, to, rate) in [
      (0, 1, 1.0), (0, 2, 0.1), (1, 0, 0.2), (1, 2, 0.3), (2, 1, 0.7),
    ] {
      #expect(abs(exp(estimate.chain.logRate(from: from, to: to)) - rate) < 1e-13)
    }
    // Zero but for rounding.
    #expect(estimate.chain.logRate(from: 2, to: 0) < log(1e-13))
  }

  // Cyclic rates 1 − → 2 − → 3 with a complex pair; scipy.linalg.expm of 0.7 Q.
  @Test("Complex eigenvalues")
  func complexPair() throws {
    let (a, b, c) = (0.5397235767565043, 0.32432478169654033, 0.13595164154695535)
    let estimate = try GeneratorEstimate(
      transitionMatrix: [[a, b, c], [c, a, b], [b, c, a]], lag: 0.7)
    #expect(estimate.embeddability == .embeddable)
    #expect(abs(exp(estimate.chain.logRate(from: 0, to: 1)) - 0.9) < 1e-13)
    #expect(abs(exp(estimate.chain.logRate(from: 0, to: 2)) - 0.1) < 1e-13)
  }

  // mpmath.logm with 30 digits; the last row's negative element −0.0140381664 goes to zero and half
  // of it from each of the others: (0.2445474104 + 0.2305092439)/2.
  @Test("Without a generator the nearest one is given")
  func nearest() throws {
    let estimate = try GeneratorEstimate(
      transitionMatrix: [[0.9, 0.08, 0.02], [0.1, 0.85, 0.05], [0, 0.2, 0.8]], lag: 1)
    #expect(estimate.embeddability == .notEmbeddable)
    #expect(abs(estimate.mostNegativeRate + 0.0140381664138207255) < 1e-14)
    for (from, to, rate) in [
      (0, 1, 0.0893960642945334745), (0, 2, 0.0209451994322512961),
      (1, 0, 0.115254621971622624), (1, 2, 0.0597330359478841210),
      (2, 1, (0.244547410357064774583 + 0.230509243943244049047) / 2),
    ] {
      #expect(abs(exp(estimate.chain.logRate(from: from, to: to)) - rate) < 1e-14)
    }
    #expect(estimate.chain.logRate(from: 2, to: 0) == -.infinity)
    // scipy.linalg.expm of the projected logarithm.
    #expect(abs(estimate.residual - 0.023052458565395548) < 1e-9)
  }

  @Test("A slow chain over a short lag, and one state")
  func extremes() throws {
    let slow = try GeneratorEstimate(
      transitionMatrix: [[1 - 1e-9, 1e-9], [3e-9, 1 - 3e-9]], lag: 1e-3)
    #expect(abs(slow.chain.logRate(from: 0, to: 1) - log(1e-6)) < 1e-7)
    let one = try GeneratorEstimate(transitionMatrix: [[1]], lag: 1)
    #expect(one.chain.transitions.isEmpty && one.residual == 0)
  }

  @Test("What is wrong is named")
  func errors() {
    #expect(throws: EstimationError.invalidProbabilities(row: 1, sum: 1.5)) {
      try GeneratorEstimate(transitionMatrix: [[1, 0], [0.5, 1]], lag: 1)
    }
    #expect(throws: MarkovChainError.invalidLag(0)) {
      try GeneratorEstimate(transitionMatrix: [[1]], lag: 0)
    }
    // Eigenvalues 1 and 0.2 + 0.3 − 1 = −0.5.
    do {
      _ = try GeneratorEstimate(transitionMatrix: [[0.2, 0.8], [0.7, 0.3]], lag: 1)
      Issue.record("a negative eigenvalue was accepted")
    } catch EstimationError.noLogarithm(let eigenvalue) {
      #expect(abs(eigenvalue + 0.5) < 1e-15)
    } catch {
      Issue.record(error)
    }
  }
}
