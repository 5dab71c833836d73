import Glibc
import LinearAlgebra
import MarkovChains
import Testing

/// A grouping that cuts across the wells of a chain, with Hummer and Szabo's rates and passage times
/// in mpmath with 1500 and again with 6000 digits: all mean first-passage times between states by LU
/// decomposition, T_IJ = ⟨τ⟩_IJ − ⟨τ⟩_JJ, and the generator (D_c⁻¹ − 1 1ᵀ) T⁻¹ with these times.
private struct CutChain: Sendable, CustomStringConvertible {
  let description: String
  let labels: [Int]
  let edges: String
  /// The logarithms of the magnitudes.
  let rates: String
  let negative: [[Int]]
  /// The logarithms of the times; nan for a negative one.
  let times: String

  static let all = [
    CutChain(
      description: "three wells cut across", labels: [0, 1, 2, 0, 1, 2, 0, 1, 2],
      edges: """
        0>1:-1.5 1>0:-0.5 1>2:-2.5 2>1:-0.25 2>0:-3 3>4:-60 4>3:-20 4>5:-45 5>4:-3.5 3>5:-70
        6>7:-0.75 7>6:-1.25 7>8:-100 8>7:-90 2>3:-230 3>2:-150 5>6:-180.5 6>5:-210.25 8>0:-160
        """,
      rates: """
        0>1:-50.687348701324699 0>2:-50.687348814697458 1>0:-49.679249742788501
        1>2:-10.687394125269557 2>0:-47.367282267158062 2>1:-8.375426536266358
        """,
      negative: [[0, 2], [2, 0]],
      times: """
        0>1:66.679933452460349 0>2:66.679933452460349 1>0:65.766295347904956
        1>2:27.688077876312485 2>0:65.766295347904956 2>1:nan
        """),
    CutChain(
      description: "four wells in a row cut across", labels: [0, 1, 0, 2, 1, 2, 0, 1],
      edges: """
        0>1:-2 1>0:-1 1>2:-200 2>1:-120 2>3:-30 3>2:-10 3>4:-300 4>3:-350.5 4>5:0.5 5>4:-4
        5>6:-100 6>5:-140 6>7:-20 7>6:-1
        """,
      rates: """
        0>1:-133.99999996950229 0>2:-139.99999998477002 1>0:-132.99752428440231
        1>2:-138.99999998477002 2>0:-93.99752429963229 2>1:-93.999999984732269
        """,
      negative: [[1, 2], [2, 1]],
      times: """
        0>1:388.99752428432681 0>2:401.31078600238049 1>0:387.99504859922683
        1>2:401.31326168748047 2>0:nan 2>1:394.99999998469452
        """),
    CutChain(
      description: "four wells in a row, with the faint rates between distant ones",
      labels: [0, 0, 1, 1, 2, 2, 3, 3],
      edges: """
        0>1:-2 1>0:-1 1>2:-200 2>1:-120 2>3:-30 3>2:-10 3>4:-300 4>3:-350.5 4>5:0.5 5>4:-4
        5>6:-100 6>5:-140 6>7:-20 7>6:-1
        """,
      rates: """
        0>1:-201.31326168751822 0>2:-511.31326169164053 0>3:-611.83535718133772
        1>0:-120.00000000206115 1>2:-320.00000000206115 1>3:-420.52209549175834
        2>0:-465.0110477489709 2>1:-355.01104774484859 2>3:-100.01104774484859
        3>0:-605.52209549942229 3>1:-495.52209549529998 3>2:-140.0000000056028
        """,
      negative: [[0, 2], [1, 3], [2, 0], [3, 1]],
      times: """
        0>1:201.31326168751822 0>2:401.31326168751822 0>3:401.31326168751822 1>0:195.0000000056028
        1>2:401.31326168751822 1>3:401.31326168751822 2>0:395.0000000056028 2>1:395.0000000056028
        2>3:146.31326168751822 3>0:395.0000000056028 3>1:395.0000000056028 3>2:140.0000000056028
        """),
    CutChain(
      description: "10 states over 300 decades", labels: [0, 1, 2, 3, 0, 1, 2, 3, 0, 1],
      edges: """
        0>1:-110.127 0>3:-550.031 0>7:-95.75 1>2:-426.042 1>8:-87.422 2>1:-1.225 2>3:-601.269
        2>6:-144.525 3>0:-148.682 3>4:-677.871 3>6:-601.961 3>9:-199.621 4>5:-663.42 4>6:-372.064
        4>9:-467.703 5>6:-141.298 5>7:-649.273 5>8:-476.543 6>2:-666.929 6>3:-616.682 6>4:-206.164
        6>7:-249.221 7>0:-114.51 7>5:-100.534 7>8:-44.946 8>1:-207.938 8>5:-416.146 8>9:-2.334
        9>0:-467.775 9>3:-233.149 9>4:-213.871
        """,
      rates: """
        0>1:-467.70299999999997 0>2:-372.06400000000002 0>3:-687.71499999575701
        1>0:-213.87100000000001 1>2:-342.0319999915141 1>3:-233.149 2>0:-206.16399999999999
        2>1:-249.221 2>3:-352.95699999999999 3>0:-276.84299741055799 3>1:-148.68199999999999
        3>2:-204.27000057035875
        """,
      negative: [[3, 0]],
      times: """
        0>1:415.12100000000004 0>2:372.06400000000002 0>3:434.39900000424301
        1>0:213.87100000000001 1>2:372.06400000000002 1>3:434.39900000000003
        2>0:206.16399999999999 2>1:415.12100000000004 2>3:434.39900000424301
        3>0:213.87100000000001 3>1:359.53299942964128 3>2:372.06400000000002
        """),
    CutChain(
      description: "8 wells with one-way transitions", labels: [0, 1, 2, 0, 1, 2, 0, 1],
      edges: """
        0>1:-254.875 0>2:-201.875 0>3:-337.375 0>5:-98.75 0>6:-193.0 1>0:-346.75 1>2:-64.75
        1>7:-173.25 2>0:-241.5 2>1:-12.5 2>6:-197.25 3>0:-447.125 3>4:-235.25 3>6:-449.75
        3>7:-299.375 4>3:-241.875 4>5:-315.5 4>6:-475.5 5>0:-47.0 5>4:-147.375 5>6:-216.5
        5>7:-631.875 6>0:-127.875 6>2:-90.25 6>3:-272.625 6>4:-160.375 6>5:-200.875 7>1:-261.25
        7>3:-369.5
        """,
      rates: """
        0>1:-254.625 0>2:-254.625 1>0:-324.7500668042649 1>2:-261.25 2>0:-184.5000668042649
        2>1:-121.0
        """,
      negative: [[0, 2], [2, 0]],
      times: """
        0>1:299.37492531431668 0>2:306.00125121535231 1>0:369.49999211858158
        1>2:261.25000000720266 2>0:369.49999211858158 2>1:nan
        """),
  ]
}

@Suite("Coarse rates between groups that are not metastable")
struct CutChainTests {
  @Test("Hummer and Szabo's rates have all their digits", arguments: CutChain.all)
  private func rates(_ reference: CutChain) throws {
    let rates = try makeChain(reference.edges).hummerSzaboRates(
      try StateGroups(labels: reference.labels))
    #expect(rates.uncertainPairs(tolerance: 1e-12).isEmpty)
    for edge in makeEdges(reference.rates) {
      let found = rates.rate(from: edge.from, to: edge.to)
      #expect((found.logMagnitude - edge.value).magnitude < 1e-12)
      #expect(found.isNegative == reference.negative.contains([edge.from, edge.to]))
    }
  }

  @Test("The passage times are those that the rates were made to keep", arguments: CutChain.all)
  private func times(_ reference: CutChain) throws {
    let rates = try makeChain(reference.edges).hummerSzaboRates(
      try StateGroups(labels: reference.labels))
    for edge in makeEdges(reference.times) {
      let found = try rates.logMeanFirstPassageTimes(to: edge.to)[edge.from]
      if edge.value.isNaN {
        #expect(found.isNaN)
      } else {
        #expect((found - edge.value).magnitude < 1e-12)
      }
    }
  }

  // The three states of which doubles lose a rate, twice side by side and without a way between; the
  // second copy is slower by e⁷.
  @Test("Each recurrent class keeps its digits beside another")
  func classes() throws {
    let edges: [(Int, Int, Double)] = [
      (1, 0, -4.301556218937197), (1, 2, -65.97695571219937), (2, 1, -97.96209319665462),
      (0, 1, -43.627949617545724),
    ]
    let chain = try MarkovChain(
      6, edges: edges + edges.map { ($0.0 + 3, $0.1 + 3, $0.2 - 7) })
    let rates = try chain.hummerSzaboRates(try StateGroups(labels: [1, 0, 1, 2, 3, 2]))
    #expect(rates.uncertainPairs(tolerance: 1e-12).isEmpty)
    for (from, to, logRate) in [
      (0, 1, -51.293147832159317), (1, 0, -90.620189256634594), (3, 2, -58.293147832159317),
      (2, 3, -97.620189256634594),
    ] {
      #expect((rates.rate(from: from, to: to).logMagnitude - logRate).magnitude < 1e-12)
    }
    // Between two groups a time is the inverse of the rate; the other class is never reached.
    let times = try rates.logMeanFirstPassageTimes(to: 1)
    #expect((times[0] - 51.293147832159317).magnitude < 1e-12)
    #expect(times[1] == -.infinity && times[2].isNaN && times[3].isNaN)
  }
}
