import Simulation

/// A Markov chain as a discrete process: from state x[0] to j with the probability k_xj Δt in a step.
struct JumpProcess: DiscreteProcess {
  /// Row after row, with the total of each row.
  private let rates: [Double]
  private let exits: [Double]
  let timeStep: Double

  init(rates: [[Double]], timeStep: Double) {
    self.rates = rates.flatMap(\.self)
    exits = rates.map { $0.reduce(0, +) }
    self.timeStep = timeStep
  }

  var dimension: Int { 1 }
  func makeScratch() {}
  func step(_ x: inout [Double], stream: inout RandomStream, scratch: inout Void) {
    let from = Int(x[0])
    var left = stream.nextUniform() / timeStep
    guard left <= exits[from] else { return }
    for state in exits.indices {
      left -= rates[from * exits.count + state]
      if left <= 0, state != from {
        x[0] = Double(state)
        return
      }
    }
  }

  /// k₀₁ = 1, k₀₂ = 0.5, k₁₀ = 0.8, k₁₂ = 0.3, k₂₀ = 0.6, k₂₁ = 0.2: no detailed balance. By the
  /// matrix-tree theorem π ∝ (0.82, 0.9, 0.85), and λ² − 3.4λ + 2.57 = 0 for the relaxation rates:
  /// λ = 1.134315…, 2.265685…
  static let threeStates = [[0, 1, 0.5], [0.8, 0, 0.3], [0.6, 0.2, 0]]
  static let stationary = [0.82 / 2.57, 0.9 / 2.57, 0.85 / 2.57]
}

/// Three states in an order that a linear congruential generator fixes, for other programs to follow:
/// x ← 1103515245x + 12345 mod 2³¹, and a change of state by 1 or 2 where x/2³¹ is below 0.1.
struct CongruentialProcess: DiscreteProcess {
  var dimension: Int { 2 }
  var timeStep: Double { 0.5 }
  func makeScratch() {}
  func step(_ x: inout [Double], stream: inout RandomStream, scratch: inout Void) {
    let word = (1_103_515_245 * Int(x[0]) + 12345) % (1 << 31)
    x[0] = Double(word)
    if Double(word >> 16) / 32768 < 0.1 {
      x[1] = Double((Int(x[1]) + 1 + ((word >> 8) & 1)) % 3)
    }
  }
}
