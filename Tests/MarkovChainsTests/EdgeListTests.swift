import MarkovChains
import Testing

@Suite("Edge lists")
struct EdgeListTests {
  @Test("Tabs, blanks, comments and Windows line ends")
  func good() throws {
    let chain = try EdgeList.parse(
      "# a chain\n0\t1\t-12.3\r\n\n 1  0   -2100 # back\n0 1 -12.3\n1 2 -inf", name: "rates.tsv")
    #expect(chain.stateCount == 3)
    #expect(chain.transitions.count == 2)
    #expect(chain.logRate(from: 1, to: 0) == -2100)
    #expect(abs(chain.logRate(from: 0, to: 1) - (-12.3 + 0.6931471805599453)) < 1e-15)
  }

  @Test(
    "Mistakes are reported with line and column",
    arguments: [
      ("0 1 -2\n0 1\n", 2, 3, EdgeListError.Problem.fieldCount(2)),
      ("0 1 -2 7", 1, 8, .fieldCount(4)), ("0 x -2", 1, 3, .invalidState("x")),
      ("0 1 -2\n-1 0 3", 2, 1, .invalidState("-1")), ("\t4 4 -2", 1, 4, .selfLoop(4)),
      ("0 1 nan", 1, 5, .invalidLogRate("nan")), ("0 1 inf", 1, 5, .invalidLogRate("inf")),
      ("0 1 1,5", 1, 5, .invalidLogRate("1,5")), ("# nothing\n", 2, 1, .noTransitions),
      ("", 1, 1, .noTransitions),
      ("0 99999999999999999999 1", 1, 3, .invalidState("99999999999999999999")),
    ])
  func bad(_ text: String, line: Int, column: Int, problem: EdgeListError.Problem) {
    #expect(throws: EdgeListError(name: "f", line: line, column: column, problem: problem)) {
      try EdgeList.parse(text, name: "f")
    }
  }

  @Test("The message can be clicked on")
  func message() {
    let error = EdgeListError(name: "rates.tsv", line: 3, column: 5, problem: .invalidState("x"))
    #expect(
      error.description == "rates.tsv:3:5: \"x\" is not a state; accepted: 0 to 99999999")
  }
}
