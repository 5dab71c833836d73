import Foundation
import MarkovChains
import Testing

@Suite("Graphs as text")
struct GraphFormatTests {
  private static let labels = ["a & b < \"c\" 'd'", "C:\\new\\N\t", "line\nbreak\u{1}\u{7}"]

  /// Two rates of 2/s and 1/s between states 0 and 1, and a transient state 2.
  private func chain() throws -> MarkovChain {
    try MarkovChain(
      stateCount: 3,
      transitions: [
        .init(from: 0, to: 1, logRate: 0.6931471805599453), .init(from: 1, to: 0, logRate: 0),
        .init(from: 2, to: 1, logRate: -1e-300),
      ])
  }

  // NetworkX 3.6.1 reads this text back with the labels, probabilities and rates above.
  @Test("GraphML escapes what XML reserves and replaces what it cannot hold")
  func graphML() throws {
    let text = try chain().graphText(
      .graphML, labels: Self.labels, logStationaryDistribution: [-1.0986, -0.4055, -.infinity])
    #expect(text.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns="))
    let body = text.split(separator: "\n").dropFirst(6)
    #expect(
      body.joined(separator: "\n") == """
            <node id="0"><data key="label">a &amp; b &lt; &quot;c&quot; &apos;d&apos;</data>\
        <data key="ln_pi">-1.0986</data></node>
            <node id="1"><data key="label">C:\\new\\N\t</data><data key="ln_pi">-0.4055</data></node>
            <node id="2"><data key="label">line
        break\u{FFFD}\u{FFFD}</data><data key="ln_pi">-Infinity</data></node>
            <edge source="0" target="1"><data key="ln_rate">0.6931471805599453</data></edge>
            <edge source="1" target="0"><data key="ln_rate">0.0</data></edge>
            <edge source="2" target="1"><data key="ln_rate">-1e-300</data></edge>
          </graph>
        </graphml>
        """)
  }

  // Graphviz 2.43 lays this text out with the labels above (dot -Tplain, -Txdot_json).
  @Test("DOT escapes quotation marks, backslashes and entities")
  func dot() throws {
    let text = try chain().graphText(
      .dot, labels: Self.labels, logStationaryDistribution: [-1.0986, -0.4055, -.infinity])
    #expect(
      text == """
        digraph chain {
          0 [label="a &amp; b < \\"c\\" 'd'", ln_pi="-1.0986"];
          1 [label="C:\\\\new\\\\N\t", ln_pi="-0.4055"];
          2 [label="line\\nbreak\u{FFFD}\u{FFFD}", ln_pi="-Infinity"];
          0 -> 1 [ln_rate="0.6931471805599453"];
          1 -> 0 [ln_rate="0.0"];
          2 -> 1 [ln_rate="-1e-300"];
        }

        """)
  }

  @Test("Without labels the states' numbers, without probabilities those of the chain")
  func defaults() throws {
    let text = try chain().graphText(.dot)
    #expect(text.contains("2 [label=\"2\", ln_pi=\"-Infinity\"];"))
    let first = try #require(text.split(separator: "\n").dropFirst().first)
    let number = try #require(first.split(separator: "\"").last { Double($0) != nil })
    // π_0 = 1/3.
    #expect(abs(try #require(Double(number)) + log(3)) < 1e-14)
  }
}
