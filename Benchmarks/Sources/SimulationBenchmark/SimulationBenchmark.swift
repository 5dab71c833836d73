import Formulas
import Glibc
import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints

/// V = (x² − 1)² + y², as a user writes it: nothing but the energy.
struct UserWell: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    (x[0].squared() - 1).squared() + x[1].squared()
  }
}

/// The same with its gradient.
struct Well: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    (x[0].squared() - 1).squared() + x[1].squared()
  }
  func gradient<S: Scalar>(at x: Span<S>, into g: inout MutableSpan<S>) {
    g[0] = 4 * x[0] * (x[0].squared() - 1)
    g[1] = 2 * x[1]
  }
}

/// Answers requests "case steps" on standard input with the seconds that they took, so that the
/// contestants can be measured in turns.
@main
struct SimulationBenchmark {
  static func main() async throws {
    let cases = try makeCases()
    while let line = readLine() {
      let words = line.split(separator: " ")
      guard words.count == 2, let steps = Int(words[1]), let run = cases[String(words[0])] else {
        print("unknown request: \(line); cases: \(cases.keys.sorted().joined(separator: ", "))")
        fflush(nil)
        continue
      }
      let start = ContinuousClock.now
      let done = try await run(steps)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      print("\(done) \(seconds)")
      fflush(nil)
    }
  }

  typealias Case = (Int) async throws -> Int

  private static func makeCases() throws -> [String: Case] {
    let names = ["x", "y"]
    let formula = try FormulaLandscape("(x^2-1)^2 + y^2", variables: names)
    let well = CompiledField(Well())
    var cases: [String: Case] = [:]
    let fields: [(String, CompiledField)] = [
      ("gradient", well),
      ("energy-only", CompiledField(UserWell())),
      ("formula", formula.compiled),
      ("styblinski-tang-10", CompiledField(StyblinskiTang(dimension: 10))),
    ]
    for (name, field) in fields {
      for method in IntegrationMethod.allCases {
        let key = method == .eulerMaruyama ? name : "\(name)-\(method.rawValue)"
        let mover = try StochasticIntegrator(
          field: field, dynamics: .langevin(temperature: 0.5, dimension: field.dimension),
          timeStep: 1e-3, method: method)
        cases[key] = { run(mover, steps: $0) }
      }
    }
    cases["normals"] = { steps in
      let streams = (0..<8).map { UInt64($0) }
      let chunk = 128
      for first in stride(from: 0, to: steps / 8, by: chunk) {
        _ = RandomStream.normals(
          seed: 1, indices: streams, firstStep: UInt64(first), steps: chunk, dimension: 2)
      }
      return steps / 8 / chunk * chunk * 8
    }
    for threads in 1...2 {
      cases["ensemble-\(threads)"] = { steps in
        let network = try wellNetwork(well)
        let ensemble = try Ensemble(
          field: well, dynamics: .langevin(temperature: 0.5, dimension: 2), network: network,
          settings: EnsembleSettings(
            trajectories: 128, time: 1e-3 * Double(steps / 128), timeStep: 1e-3, seed: 1,
            threads: threads, exits: 0))
        return try await ensemble.run().steps
      }
    }
    return cases
  }

  /// One block of eight trajectories, looked at every hundred steps.
  private static func run(_ mover: any Mover, steps: Int) -> Int {
    let stepper = mover.makeStepper(seed: 1)
    var block = TrajectoryBlock(dimension: mover.dimension)
    for lane in 0..<8 {
      block.place(
        [Double](repeating: 1, count: mover.dimension), lane: lane, stream: UInt64(lane), basin: 0)
    }
    var sum = Lanes(0.0)
    let looks = steps / 800
    for _ in 0..<looks {
      stepper.advance(&block, by: 100)
      sum = sum + block.positions[0]
    }
    precondition(sum[0].isFinite, "a trajectory diverged")
    return looks * 800
  }

  private static func wellNetwork(_ field: CompiledField) throws -> StationaryNetwork {
    try StationaryPointSearch(domain: Domain(lower: [-2, -2], upper: [2, 2])).run(on: field)
  }
}
