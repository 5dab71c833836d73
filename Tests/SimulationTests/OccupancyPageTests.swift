import Foundation
import MarkovChains
import Simulation
import Testing

private let path = ProcessInfo.processInfo.environment["METASTABILITY_OCCUPANCIES"]

/// The page that compares the estimators. Its two tables are made again by
///
///     METASTABILITY_OCCUPANCIES=Docs/occupancies.md \
///       swift test -c release --filter OccupancyPageTests
///
/// or one of them with the filter `OccupancyPageTests/warm` or `OccupancyPageTests/cold`.
@Suite("The page Docs/occupancies.md", .serialized, .enabled(if: path != nil))
struct OccupancyPageTests {
  /// Time steps with the numbers of steps, all trajectories together.
  private static func sizes(_ assignment: Assignment) -> [(timeStep: Double, steps: Int)] {
    switch assignment {
    case .descent: [(1e-2, 10_000_000), (1e-3, 20_000_000), (1e-4, 100_000_000)]
    case .cores: [(1e-2, 100_000_000), (1e-3, 400_000_000), (1e-4, 1_600_000_000)]
    case .nearest: [(1e-2, 20_000_000), (1e-3, 100_000_000), (1e-4, 1_600_000_000)]
    }
  }

  @Test("the table of D = 0.1 is measured and written")
  func warm() async throws { try await write(.warm) }

  @Test("the table of D = 0.06 is measured and written")
  func cold() async throws { try await write(.cold) }

  /// Measures one table and leaves the other one of the page as it is.
  private func write(_ exact: ExactWell) async throws {
    let path = try #require(path)
    let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    var table = Self.heading(exact)
    // In proportion to the shares, so that a run need not be long to forget them.
    let startsOnTheRight = Int((64 * (1 - exact.core)).rounded())
    for assignment in Assignment.allCases.reversed() {
      for (timeStep, steps) in Self.sizes(assignment) {
        let result = try await tiltedWellStudy(
          assignment, temperature: exact.temperature, timeStep: timeStep, steps: steps,
          startsOnTheRight: startsOnTheRight)
        table += try Self.row(exact, assignment, timeStep, result)
        let page = Self.page(of: old, exact, table)
        try page.write(toFile: path, atomically: true, encoding: .utf8)
      }
    }
  }

  /// A page with one table made anew.
  private static func page(of old: String, _ exact: ExactWell, _ table: String) -> String {
    let tables = [ExactWell.warm, .cold].map { other in
      let title = title(other)
      if other.temperature == exact.temperature { return title + table }
      let kept = old.components(separatedBy: title).dropFirst().first?
        .components(separatedBy: "\n## ").first
      return title + (kept ?? "\nNot yet measured.\n")
    }
    return opening + tables.joined() + closing
  }

  private static func title(_ exact: ExactWell) -> String { "\n## D = \(exact.temperature)\n" }

  private static func row(
    _ exact: ExactWell, _ assignment: Assignment, _ timeStep: Double,
    _ result: DiscreteTrajectoryResult
  ) throws -> String {
    let (occupancy, law) =
      switch assignment {
      case .descent: (exact.basin, exact.basinSurface / exact.basin)
      case .cores: (exact.core, exact.forward)
      case .nearest: (exact.nearest, exact.nearestSurface / exact.nearest)
      }
    let expected =
      assignment == .cores ? law : law * (exact.temperature / (.pi * timeStep)).squareRoot()
    let jumps = try result.jumpCounts()
    let effective = try result.jumpCounts(effective: true)
    let rate = jumps[0, 1] / jumps.residenceTimes[0]
    let measured = result.occupancies[0]
    let step = String(format: "1e%d", Int(log10(timeStep).rounded()))
    let share = String(format: "%.4f ± %.4f", measured.value, measured.standardError ?? .nan)
    let relative = 1 / effective[0, 1].squareRoot()
    let time = 1 / (rate + jumps[1, 0] / jumps.residenceTimes[1])
    return "| \(assignment.rawValue) | \(step) | \(share) | \(String(format: "%.4f", occupancy)) "
      + "| \(Int(jumps[0, 1])) | \(number(rate)) ± \(number(rate * relative)) "
      + "| \(number(expected)) | \(String(format: "%.3g", rate / exact.forward)) "
      + "| \(String(format: "%.3g", time)) |\n"
  }

  private static func number(_ value: Double) -> String { String(format: "%.3g", value) }

  private static func heading(_ exact: ExactWell) -> String {
    """

    The smallest non-zero eigenvalue of the Fokker–Planck operator is \(number(exact.relaxation)): \
    the exact relaxation time is \(number(1 / exact.relaxation)).

    | states by | Δt | share of the left well | exact | transitions to the right \
    | rate to the right | law | over the exact rate between cores | relaxation time implied |
    | --- | --- | --- | --- | --- | --- | --- | --- | --- |

    """
  }

  private static let opening = """
    # Occupancies and rates from trajectories: three ways to assign states

    Made by `METASTABILITY_OCCUPANCIES=Docs/occupancies.md swift test -c release --filter \
    OccupancyPageTests`, which measures everything below again; do not edit.

    A trajectory on a ridge is not yet in the next basin. How positions become states decides what a \
    count of transitions means. Below, the tilted double well V = (x² − 1)²/4 + 0.15x + y²(1 + 0.3x) \
    with dx = −∇V dt + √(2D) dW is simulated by Heun's method, 64 trajectories that start in the \
    minima in proportion to the exact shares, and every step is looked at. States are assigned

    - by **exact descent**: the minimum in which the gradient flow from the point ends \
    (`Discretisation.attractors`, which only follows the flow outside of discs of radii 0.8 and 0.65 \
    around the minima);
    - by **core sets** with milestoning: the last disc of radius 0.3 around a minimum that was \
    visited (`Discretisation.coreSets`);
    - by the **nearest minimum** (`Discretisation.nearest`).

    The exact shares are those of exp(−V/D) on either side of the separatrix, weighted with the \
    committor between the discs, and on either side of the line between the minima. The exact rate \
    between core sets is the reactive flux ∫Dρ|∇q|² over the exact share. The law of the other two is \
    that of a path in continuous time that is looked at every Δt: it is found on the other side of a \
    surface S at the rate √(D/πΔt) ∫_S ρ ds, each way. All of these are finite-volume grids and \
    quadratures in scipy, without the code that is shown here.

    """

  private static let closing = """

    ## What this says

    - **Occupancies.** The three definitions have different exact shares: at D = 0.1, with a barrier of \
    1.2 D on the right, 0.947, 0.950 and 0.953. Where wells are deep they agree.
    - **Transitions.** By descent and by the nearest minimum the count is one of crossings: it grows \
    like Δt^{−1/2}, and no rate comes out of it however long the run is. Crossings come in bursts, which \
    is why their standard errors are larger than those of as many independent events. Finding the basin \
    exactly does not help: the separatrix is recrossed like any other surface.
    - **Core sets.** The rate does not grow as Δt falls; it is the exact one within its standard error.
    - **Use.** For occupancies in the sense of basins: descent. For rates, chains and residence \
    times: core sets. The nearest minimum: neither.

    """
}
