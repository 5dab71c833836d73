import Glibc
import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints

/// x² + y², whose noise need not be isotropic.
struct Bowl: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S { x[0].squared() + x[1].squared() }
}

/// Simulated numbers beside exact ones.
@main
struct ChecksBenchmark {
  /// The sections that are asked for: "exits", "relaxation", "rare", "discs"; all without a word.
  static func main() async throws {
    let wanted = Set(CommandLine.arguments.dropFirst())
    func isWanted(_ name: String) -> Bool { wanted.isEmpty || wanted.contains(name) }
    if wanted.isEmpty {
      print(
        """
        # Simulations beside exact numbers

        Made by `Benchmarks/checks/run`, which computes everything below again; do not edit.

        """)
    }
    if isWanted("exits") { try await exits() }
    if isWanted("relaxation") { try await threeHole() }
    if isWanted("rare") { try await RareChecks().rates() }
    if isWanted("discs") { try await RareChecks().discs() }
  }

  private static func exits() async throws {
    print(
      """
      ## Exit times from a disc

      Hu et al. (2019), Example 3.1: f = x₁² + x₂², D = (ε/2) diag(μ, 2 − μ), the mean time to leave
      the unit disc from its centre. Heun's method with Δt = 0.005, 10 000 exits, crossings inside a
      step by the Brownian bridge. For μ = 1 the exact mean is ¼[Ei(2/ε) − γ − ln(2/ε)]; for
      μ = 1.9999 it is that of the first coordinate alone, by quadrature (mpmath): the second one
      moves the wall by less than 10⁻⁵.

      | ε | μ | simulated | exact | standard errors apart |
      | --- | --- | --- | --- | --- |
      """)
    for (noise, mu, exact) in [
      (0.5, 1.0, 4.416841), (0.25, 1.0, 109.43081), (0.2, 1.0, 622.33729),
      (0.5, 1.9999, exactSlab[0]), (0.25, 1.9999, exactSlab[1]), (0.2, 1.9999, exactSlab[2]),
    ] {
      let (value, error) = try await exitTime(noise: noise, mu: mu)
      print(
        "| \(noise) | \(mu) | \(text(value)) ± \(text(error)) | \(exact) | "
          + "\(text((value - exact) / error)) |")
    }
  }

  /// T = ∫₀¹ e^{ψ(y)} ∫₀^y e^{−ψ(z)}/D dz dy with ψ = x²/D, D = 0.99995 ε (mpmath).
  static let exactSlab = [2.251022, 13.718778, 33.121444]

  private static func exitTime(noise: Double, mu: Double) async throws -> (Double, Double) {
    let field = CompiledField(Bowl())
    let mover = try StochasticIntegrator(
      field: field,
      dynamics: Dynamics(
        diffusion: try ConstantDiffusion([[0.5 * noise * mu, 0], [0, 0.5 * noise * (2 - mu)]])),
      timeStep: 0.005, method: .heun)
    let network = try StationaryPointSearch(
      domain: Domain(lower: [-1.5, -1.5], upper: [1.5, 1.5])
    )
    .run(on: field)
    let ensemble = try Ensemble(
      mover: mover, field: field, network: network,
      settings: EnsembleSettings(
        trajectories: 0, time: 1e9, timeStep: 0.005, seed: 1, exits: 10_000,
        exitRegion: .ball(radius: 1, center: [0, 0]), boundaryCorrection: .brownianBridge))
    let result = try await ensemble.run()
    guard let exits = result.exits.first, let mean = exits.meanTime, let error = exits.standardError
    else { return (.nan, .nan) }
    return (mean, error)
  }

  private static func threeHole() async throws {
    let field = CompiledField(ThreeHole())
    let domain = try Domain(lower: [-2.5, -2], upper: [2.5, 3])
    let network = try StationaryPointSearch(domain: domain).run(on: field)
    let mover = try StochasticIntegrator(
      field: field, dynamics: .langevin(temperature: 1 / 4.1, dimension: 2), timeStep: 0.01,
      method: .heun)
    let ensemble = try Ensemble(
      mover: mover, field: field, network: network,
      settings: EnsembleSettings(
        trajectories: 512, time: 20_000, timeStep: 0.01, seed: 1, exits: 0))
    let result = try await ensemble.run()
    print(
      """

      ## The slowest relaxation of the three-hole potential

      At β = 4.1, Heun's method with Δt = 0.01, 512 trajectories of 2·10⁴ time units; the exact rate
      is that of the generator on a grid.

      | simulated | exact | standard errors apart |
      | --- | --- | --- |
      """)
    if let rate = result.relaxation?.rate, let error = rate.standardError {
      let exact = 2.0403e-4
      print(
        "| \(text(rate.value * 1e4))·10⁻⁴ ± \(text(error * 1e4))·10⁻⁴ | 2.0403·10⁻⁴ | "
          + "\(text((rate.value - exact) / error)) |")
    }
  }

  /// A number with four significant digits.
  static func text(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    let digits = max(0, 3 - Int(floor(log10(abs(value)))))
    let scale = pow(10, Double(min(digits, 4)))
    return "\((value * scale).rounded() / scale)"
  }
}
