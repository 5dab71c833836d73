import MarkovChains
import Testing

/// Stiff chains with d ln x/d ln k for all transitions in order, from difference quotients with 900
/// digits: of π₄, of the mean first-passage time from {0, 1} to {8}, and of the committor of state
/// 4 from {0, 1} to {8}.
private struct SensitiveChain: Sendable {
  let edges: String
  let stationary: String
  let time: String
  let committor: String

  static let all = [
    SensitiveChain(
      edges: """
        0>1:-59.389 0>6:-122.907 1>2:-122.114 1>3:-104.935 1>5:-180.152 1>6:-19.241
        1>8:-46.656 2>0:-87.986 2>1:-229.592 2>3:-181.825 2>4:-4.043 2>6:-8.86 3>0:-13.576
        3>4:-161.279 3>6:-196.489 3>7:-160.687 4>0:-74.075 4>5:-157.368 4>8:-5.727
        5>0:-57.547 5>2:-48.82 5>6:-219.253 5>7:-10.309 5>8:-56.181 6>7:-57.868
        7>1:-12.466 7>2:-151.63 7>8:-158.136 8>0:-189.18 8>1:-195.76 8>4:-218.833
        """,
      stationary: """
        0 0 1.2712876443346009e-20 0 0 2.2042598146244721e-36 -1.2712876443346011e-20 0 0
        0 1.0203462178774264e-22 -1.0203462178774264e-22 0 0 0 0 -2.0741528179788547e-30 0
        -1.0 0 0 0 0 0 0 -2.2042598153807973e-36 2.2042598153807973e-36 0
        1.2695257339399764e-20 1.7619103946246614e-23 1.0
        """,
      time: """
        -5.6803969503383859e-12 -1.1529085430881691e-39 -1.6807659326318258e-33
        2.7805573717273492e-37 0 0.9999999999943196 -0.9999999999943196 0 0 0
        -1.3489969560727352e-35 1.3489969560727352e-35 0 0 0 0 0 0 0 0 0 0 0 0
        -0.9999999999943196 -1.9149698145575284e-20 0 0 2.3272700947551927e-20
        -2.3272700947551927e-20 0
        """,
      committor: """
        0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 -2.0741528179788547e-30 0 2.0741528179788547e-30 0
        0 0 0 0 0 0 0 0 0 0 0
        """),
    SensitiveChain(
      edges: """
        0>1:-53.88 0>3:-34.01 0>4:-29.07 0>5:-75.76 0>8:-131.79 1>0:-0.39 1>2:-35.17
        1>5:-2.39 1>6:-140.91 2>1:-0.32 2>3:-86.48 2>8:-0.48 3>0:-1.26 3>2:-142.07
        3>4:-74.97 3>6:-142.21 3>8:-7.74 4>0:-1.41 4>3:-80.06 4>5:-74.28 4>6:-161.04
        4>7:-96.87 5>0:-103.0 5>1:-83.12 5>4:-129.18 5>6:-222.55 5>7:-83.54 6>1:-92.59
        6>3:-73.15 6>4:-86.89 6>5:-93.5 6>7:-79.04 6>8:-2.68 7>4:-155.22 7>5:-86.99
        7>6:-211.54 7>8:-139.89 8>0:-93.36 8>2:-50.39 8>3:-2.06 8>6:-66.06 8>7:-70.77
        """,
      stationary: """
        -0.99999999736149828 -3.6147321636284293e-16 1.0 -2.6384558621884135e-9 0
        0.99999999736149828 3.6147319815983816e-16 -0.99999999736149865 0
        -3.6147319815983816e-16 0 3.6147319815983816e-16 3.6147321636284293e-16 0
        6.962079822589123e-35 0 -3.6147321636257079e-16 -1.0 -6.962079822589123e-35
        -1.1259530902068652e-20 0 -4.0031527352767746e-30 2.6384558621884135e-9
        0.99999999736149865 1.1259530902068652e-20 0 -0.9692311406428079 0 0 0 0 0 0
        4.0031527352767746e-30 0.9692311406428079 0 1.8202731705346823e-23 0
        -3.6147319815983816e-16 3.6147321636257079e-16 0 -1.8202731705346823e-23
        """,
      time: """
        0.99999999736149865 -1.0 1.1259575098109066e-20 2.6384558621884144e-9
        -2.236554149595214e-40 -0.99999999736149829 -3.6147375219662923e-16
        0.99999999736149865 0 1.9516505918711023e-16 0 -1.9516505918711023e-16
        0.99846853829299671 0 9.7160138168461935e-33 0 -0.99846853829299671
        -1.1259575098109066e-20 -9.7309163425989363e-33 1.1259530902046116e-20 0
        4.0031527352732906e-30 -2.6384558621884135e-9 -0.99999999736149865
        -1.1259530902046112e-20 0 0.9692311406428079 0 0 0 0 0 0 -4.0031527352732892e-30
        -0.9692311406428079 0 -1.8202733151757982e-23 0 1.387400229264465e-33
        -1.387400232886519e-33 0 0
        """,
      committor: """
        0 0 0 0 0 0 0 0 0 0 0 0 -0.99846853829299671 0 -9.7160138168461936e-33 0
        0.99846853829299671 -1.0 1.0 1.4741245780082078e-18 4.4230995429929023e-33
        5.7485763469737428e-28 -3.4257832850739536e-27 -1.4741245748103877e-18
        -1.4619426959073435e-38 0 1.474124578236171e-18 0 0 0 0 0 0 0
        -1.474124578583088e-18 0 1.474124578583088e-18 0 0 0 0 0
        """),
  ]
}

@Suite("Sensitivities to rates")
struct RateSensitivityTests {
  private func check(_ values: [RateSensitivity], _ expected: String, sum: Double) {
    #expect(largestError(values.map(\.value), ReferenceChain.numbers(expected)) < 1e-13)
    #expect(abs(values.map(\.value).reduce(0, +) - sum) < 1e-13)
  }

  @Test("Chains over a hundred decades agree with difference quotients", arguments: 0..<2)
  func references(_ number: Int) throws {
    let item = SensitiveChain.all[number]
    let chain = try makeChain(item.edges)
    let stationary = try chain.stationarySensitivities(of: 4)
    check(stationary, item.stationary, sum: 0)
    #expect(stationary.map { [$0.from, $0.to] } == chain.transitions.map { [$0.from, $0.to] })
    check(
      try chain.meanFirstPassageTimeSensitivities(from: [0, 1], to: [8]), item.time, sum: -1)
    check(
      try chain.committorSensitivities(of: 4, from: [0, 1], to: [8]), item.committor, sum: 0)
  }

  @Test("Sums over all transitions of random stiff chains are those of the units of time")
  func sums() throws {
    let chain = try MarkovChain(stateCount: 150, transitions: randomTransitions(150, seed: 31))
    for state in [0, 77] {
      let values = try chain.stationarySensitivities(of: state).map(\.value)
      #expect(abs(values.reduce(0, +)) < 1e-12)
      #expect(!values.contains { abs($0) > 1 + 1e-12 })
    }
    let times = try chain.meanFirstPassageTimeSensitivities(from: [3, 4, 90], to: [50, 51])
    #expect(abs(times.map(\.value).reduce(0, +) + 1) < 1e-12)
    let committor = try chain.committorSensitivities(of: 20, from: [3, 4], to: [50, 51])
    #expect(abs(committor.map(\.value).reduce(0, +)) < 1e-12)
  }

  // π₀ = b/(a + b): d ln π₀/d ln a = −a/(a + b).
  @Test("Two states, one transient or unreachable state")
  func closedForms() throws {
    let chain = try makeChain("0>1:-300 1>0:-301 2>0:-5")
    let values = try chain.stationarySensitivities(of: 0).map(\.value)
    let share = 0.7310585786300049  // e/(e + 1)
    #expect(largestError(values, [-share, share, 0]) < 1e-13)
    #expect(throws: SensitivityError.transientState(2)) {
      try chain.stationarySensitivities(of: 2)
    }
    #expect(
      try chain.meanFirstPassageTimeSensitivities(from: [2], to: [0]).map(\.value) == [0, 0, -1])
    #expect(throws: SensitivityError.infiniteTime(start: 0)) {
      try chain.meanFirstPassageTimeSensitivities(from: [0], to: [2])
    }
    #expect(throws: SensitivityError.zeroCommittor(state: 1)) {
      try chain.committorSensitivities(of: 1, from: [0], to: [2])
    }
  }
}
