import Foundation
import Landscapes
import LinearAlgebra
import Simulation

/// V = v·x: a constant drift of −v.
struct Slope: Landscape {
  let slope: Double
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S { S(slope) * x[0] }
}

/// V = (x²−1)²/4 + 0.15x.
struct TiltedSection: Landscape {
  static let left = -1.0679230136896973
  static let right = 0.9142973158662134
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    0.25 * (x[0].squared() - 1).squared() + 0.15 * x[0]
  }
}

/// V = x²/2 − x⁴/40 + x/10.
struct TwoBarriers: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    0.5 * x[0].squared() - 0.025 * x[0].squared().squared() + 0.1 * x[0]
  }
}

/// x' = 0.9x + 0.3(z' + θz) with standard normal z: the process remembers the last random number.
struct MovingAverage: DiscreteProcess {
  let theta: Double
  var dimension: Int { 1 }
  var timeStep: Double { 1 }
  func makeScratch() -> Double { 0 }
  func step(_ x: inout [Double], stream: inout RandomStream, scratch: inout Double) {
    let z = stream.nextNormal()
    x[0] = 0.9 * x[0] + 0.3 * (z + theta * scratch)
    scratch = z
  }
  func memory(of scratch: Double) -> [UInt64] { [scratch.bitPattern] }
  func restore(_ memory: [UInt64], in scratch: inout Double) {
    if let word = memory.first { scratch = Double(bitPattern: word) }
  }
}

/// Brownian motion with D = ½ and a constant drift of −1 from 0.5, between 0 and `height`.
func drifted(
  to height: Double, timeStep: Double = 0.05, correction: BoundaryCorrection = .brownianBridge
) throws -> RareEvent {
  let x = ReactionCoordinate.coordinate(0, of: 1)
  return try RareEvent(
    mover: StochasticIntegrator(
      field: CompiledField(Slope(slope: 1)),
      dynamics: .langevin(temperature: 0.5, dimension: 1), timeStep: timeStep),
    source: .below(x, 0), target: .above(x, height), coordinate: x, correction: correction)
}

/// ln of the probability of that process to reach `height` before 0: (e^{2x} − 1)/(e^{2b} − 1).
func driftedLogProbability(to height: Double) -> Double {
  log(expm1(1)) - 2 * height - log1p(-exp(-2 * height))
}

/// A one-dimensional process in the energy of the tilted section.
func tiltedEvent(temperature: Double, timeStep: Double) throws -> RareEvent {
  let x = ReactionCoordinate.coordinate(0, of: 1)
  return try RareEvent(
    mover: StochasticIntegrator(
      field: CompiledField(TiltedSection()),
      dynamics: .langevin(temperature: temperature, dimension: 1), timeStep: timeStep,
      method: .heun),
    source: .below(x, TiltedSection.left), target: .above(x, TiltedSection.right),
    coordinate: x)
}

/// Settings with everything else as usual.
func rareSettings(
  copies: Int = 256, repetitions: Int = 16, seed: UInt64 = 1, threads: Int = 0
) throws -> RareEventSettings {
  try RareEventSettings(
    copies: copies, repetitions: repetitions, seed: seed, threads: threads)
}

/// Whether an estimate is within some standard errors of the exact value, and the error is small.
func agrees(
  _ estimate: ProbabilityEstimate, _ exact: Double, within count: Double = 3.5,
  error: Double = 0.3
) -> Bool {
  abs(estimate.logProbability - exact) < count * estimate.standardError
    && estimate.standardError < error
}

/// Whether the long tests are wanted.
let runsLongTests = ProcessInfo.processInfo.environment["METASTABILITY_LONG_TESTS"] != nil
