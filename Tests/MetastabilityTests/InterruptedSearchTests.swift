import Metastability
import Synchronization
import Testing

@Suite("Searches that end early")
struct InterruptedSearchTests {
  /// Answers "cancelled" from the n-th question on.
  private final class Patience: Sendable {
    private let asked = Atomic<Int>(0)
    private let limit: Int
    init(_ limit: Int) { self.limit = limit }
    var isOver: Bool { asked.add(1, ordering: .relaxed).newValue > limit }
  }

  @Test("An analysis interrupted in its search keeps the network found until then")
  func interrupted() async throws {
    let analysis = try Analysis(
      try Problem(
        text: """
          { landscape: { builtin: "styblinski-tang", dimension: 8 },
            dynamics: { kind: "langevin", temperature: 5 } }
          """))
    var report = analysis.emptyReport
    let patience = Patience(800)
    try await analysis.run(.analyze, into: &report, isCancelled: { patience.isOver })
    #expect(report.isInterrupted)
    let network = try #require(report.network)
    #expect(network.minima.isEmpty == false)
    #expect(network.completeness.status == .unknown)
    #expect(network.completeness.detail.hasPrefix("interrupted"))
    #expect(report.formulas.isEmpty)
  }

  // It has 2¹² minima and 12·2¹¹ saddles; the lowest minimum has all coordinates at −2.9035.
  @Test(
    "The problem file limits how many points are collected, and the chain is solved all the same")
  func largestCount() async throws {
    let report = try await Analysis(
      try Problem(
        text: """
          { landscape: { builtin: "styblinski-tang", dimension: 12, largestCount: 1500 },
            dynamics: { kind: "langevin", temperature: 5 },
            rates: { formulas: ["eyringKramers"] } }
          """)
    ).run(.chain)
    let network = try #require(report.network)
    #expect(network.completeness.status == .unknown)
    #expect(network.completeness.detail.contains("limit of 1500 points"))
    #expect(network.minima.count + network.saddles.count < 2500)
    let chain = try #require(report.formulas.first?.chain)
    #expect(chain.components.count { $0.isRecurrent } == 1)
    #expect(chain.selected == 0)
  }

  @Test("A limit of no points is refused")
  func badLimit() throws {
    #expect {
      try Problem(
        text: """
          { landscape: { builtin: "styblinski-tang", dimension: 4, largestCount: 0 },
            dynamics: { kind: "langevin", temperature: 5 } }
          """)
    } throws: { "\($0)".contains("largestCount") }
  }
}
