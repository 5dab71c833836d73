import Glibc
import MarkovChains
import Testing

/// Chains with all simple paths from {0, 1} to the two last states enumerated, costs with 400
/// digits.
private struct EnumeratedPaths: Sendable {
  let edges: String
  let targets: [Int]
  let count: Int
  let paths: String
  let costs: String
  let pathsByRate: String
  let costsByRate: String

  static let all = [
    EnumeratedPaths(
      edges: """
        0>1:-132.068 0>3:-147.648 0>5:-146.427 1>2:-208.98 1>3:-57.107 1>5:-5.342 2>3:-295.5
        2>5:-242.938 2>6:-290.975 3>0:-167.841 3>4:-150.068 3>6:-216.551 4>5:-231.1 4>6:-278.933
        5>1:-46.025 5>2:-12.587 5>4:-237.085 5>6:-159.004 6>1:-278.088 6>4:-273.857 6>5:-10.777
        """,
      targets: [5, 6], count: 13,
      paths: "15 05 0345 1345 0346 036 1346 136 125 126 12345 12346",
      costs: """
        3.30176488406261467e-23 14.3590007519922567 15.58000077110329 51.7650000191110333
        63.41300077110329 82.06300077110329 99.5980000191110333 118.248000019111033 203.638
        251.675 256.200000019111033 304.033000019111033
        """,
      pathsByRate: "15 05 136 036 1345 125 1346 126",
      costsByRate: "0.0 141.085 262.974 353.515 422.249 441.234 470.082 489.271"),
    EnumeratedPaths(
      edges: """
        0>1:-264.602 0>2:-269.686 0>3:-60.894 0>4:-132.211 0>5:-242.795 0>7:-106.885 1>0:-173.773
        1>2:-219.062 1>5:-34.54 1>6:-181.718 2>1:-3.209 2>3:-222.517 2>5:-211.103 2>6:-272.965
        3>0:-119.615 3>1:-164.038 3>4:-127.629 3>6:-253.759 4>1:-243.06 4>5:-14.959 5>0:-268.848
        5>1:-11.196 5>2:-88.626 5>3:-52.885 5>6:-247.37 6>0:-231.481 6>4:-24.792 6>5:-295.028
        6>7:-166.288 7>0:-247.124 7>1:-128.349 7>2:-191.356
        """,
      targets: [6, 7], count: 27,
      paths: "07 036 16 1536 156 03456 04536 0456 1526 034526 0536 056",
      costs: """
        45.991 134.144330744171682 147.178 175.833330744171682 236.174 244.188330744171682
        247.150330744171682 307.491 347.186 355.200330744171682 357.734330744171682
        418.075
        """,
      pathsByRate: "07 16 156 036 1536 0456 1526 03456",
      costsByRate: "103.676 178.509 275.492 308.235 331.557 384.913 386.504 438.016"),
  ]
}

private func states(_ text: String) -> [[Int]] {
  text.split(separator: " ").map { $0.compactMap(\.wholeNumberValue) }
}

@Suite("Shortest paths")
struct TransitionPathTests {
  @Test("The paths are those of the enumeration, in its order", arguments: 0..<2)
  func enumeration(_ number: Int) throws {
    let item = EnumeratedPaths.all[number]
    let chain = try makeChain(item.edges)
    let all = try chain.shortestPaths(from: [1, 0], to: item.targets, count: .max)
    #expect(all.count == item.count)
    #expect(Set(all.map(\.states)).count == item.count)
    #expect(zip(all, all.dropFirst()).allSatisfy { $0.cost <= $1.cost })
    #expect(all.prefix(12).map(\.states) == states(item.paths))
    let costs = ReferenceChain.numbers(item.costs)
    #expect(largestError(all.prefix(12).map(\.cost), costs) < 1e-12)
    #expect(abs(all[0].cost / costs[0] - 1) < 1e-12)
    for path in all { #expect(abs(path.logProbability + path.cost) <= 1e-12) }
    let byRate = try chain.shortestPaths(
      from: [0, 1], to: item.targets, count: 8, weight: .rate)
    #expect(byRate.map(\.states) == states(item.pathsByRate))
    #expect(largestError(byRate.map(\.cost), ReferenceChain.numbers(item.costsByRate)) < 1e-12)
    for count in 1...5 {
      let some = try chain.shortestPaths(from: [1, 0], to: item.targets, count: count)
      #expect(some == Array(all.prefix(count)))
    }
    #expect(try chain.fastestPath(from: [0, 1], to: item.targets) == all[0])
  }

  // A line of squares: each of ten squares is passed above or below, 2¹⁰ paths of equal cost.
  @Test("Exactly equal paths come in the same order whatever the order of the transitions")
  func ties() throws {
    var transitions: [MarkovChain.Transition] = []
    for square in 0..<10 {
      for side in [1, 2] {
        transitions.append(.init(from: 3 * square, to: 3 * square + side, logRate: -50))
        transitions.append(.init(from: 3 * square + side, to: 3 * square + 3, logRate: -700))
      }
    }
    let chain = try MarkovChain(stateCount: 31, transitions: transitions)
    let other = try MarkovChain(stateCount: 31, transitions: transitions.reversed())
    let paths = try chain.shortestPaths(from: [0], to: [30], count: 5000)
    #expect(paths.count == 1024)
    #expect(Set(paths.map(\.states)).count == 1024)
    #expect(paths == (try other.shortestPaths(from: [0], to: [30], count: 5000)))
    for path in paths { #expect(abs(path.logProbability + 10 * log(2.0)) < 1e-13) }
  }

  @Test("A grid of 10⁵ states")
  func large() throws {
    let side = 316
    var numbers = UniformNumbers(state: 77)
    var transitions: [MarkovChain.Transition] = []
    for row in 0..<side {
      for column in 0..<side {
        let state = row * side + column
        for neighbour in [
          column > 0 ? state - 1 : nil, column + 1 < side ? state + 1 : nil,
          row > 0 ? state - side : nil, row + 1 < side ? state + side : nil,
        ].compactMap({ $0 }) {
          transitions.append(.init(from: state, to: neighbour, logRate: -80 * numbers.next()))
        }
      }
    }
    let chain = try MarkovChain(stateCount: side * side, transitions: transitions)
    let clock = ContinuousClock()
    var paths: [TransitionPath] = []
    let time = try clock.measure {
      paths = try chain.shortestPaths(from: [0], to: [side * side - 1], count: 20)
    }
    #expect(time < .seconds(10))
    #expect(paths.count == 20)
    #expect(Set(paths.map(\.states)).count == 20)
    #expect(zip(paths, paths.dropFirst()).allSatisfy { $0.cost <= $1.cost })
    for path in paths {
      #expect(Set(path.states).count == path.states.count)
      let cost = zip(path.states, path.states.dropFirst()).reduce(0) {
        $0 + chain.logExitRate(of: $1.0) - chain.logRate(from: $1.0, to: $1.1)
      }
      #expect(abs(cost - path.cost) < 1e-9)
    }
  }

  @Test("No path, no answer; mistakes are named")
  func edgeCases() throws {
    let chain = try makeChain("0>1:0 2>1:0 3>0:0")
    #expect(try chain.fastestPath(from: [0], to: [2, 3]) == nil)
    #expect(try chain.shortestPaths(from: [2], to: [1], count: 3).map(\.states) == [[2, 1]])
    #expect(try chain.shortestPaths(from: [2], to: [1], count: 0).isEmpty)
    // A path does not pass through another state of A.
    #expect(try chain.shortestPaths(from: [0, 3], to: [1], count: 3).map(\.states) == [[0, 1]])
    #expect(throws: MarkovChainError.overlappingSets(state: 1)) {
      try chain.fastestPath(from: [1], to: [1])
    }
  }
}
