import LinearAlgebra

/// The text formats of graphs in which a chain can be written for programs that draw or analyse
/// networks.
public enum GraphFormat: String, Sendable, CaseIterable {
  /// GraphML, an XML format (Gephi, Cytoscape, igraph, NetworkX).
  case graphML = "graphml"
  /// DOT, the language of Graphviz.
  case dot
}

extension MarkovChain {
  /// The chain as the text of a directed graph.
  ///
  /// Nodes have the identities 0, 1, … and carry the attributes `ln_pi`, the natural logarithm of
  /// the stationary probability, and `label`; edges carry `ln_rate`, the natural logarithm of the
  /// rate. Numbers keep all digits; −∞ is written as `-Infinity`.
  ///
  /// - Parameters:
  ///   - format: The format.
  ///   - labels: One label per state, any text; nil for the states' numbers.
  ///   - logStationaryDistribution: The logarithm of each state's stationary probability; nil for
  ///     `logStationaryDistribution()`.
  /// - Returns: The text.
  public func graphText(
    _ format: GraphFormat, labels: [String]? = nil, logStationaryDistribution: [Double]? = nil
  ) -> String {
    let logs = logStationaryDistribution ?? self.logStationaryDistribution()
    let labels = labels ?? (0..<stateCount).map(String.init)
    precondition(labels.count == stateCount, "there must be one label per state")
    precondition(logs.count == stateCount, "there must be one probability per state")
    return switch format {
    case .graphML: graphML(labels: labels, logs: logs)
    case .dot: dot(labels: labels, logs: logs)
    }
  }

  /// Writes the chain as a directed graph.
  ///
  /// - Parameters:
  ///   - path: The file, which is replaced.
  ///   - format: The format.
  ///   - labels: One label per state, any text; nil for the states' numbers.
  ///   - logStationaryDistribution: The logarithm of each state's stationary probability; nil for
  ///     `logStationaryDistribution()`.
  /// - Throws: `FileError` where the file cannot be written.
  public func writeGraph(
    to path: String, format: GraphFormat, labels: [String]? = nil,
    logStationaryDistribution: [Double]? = nil
  ) throws {
    let text = graphText(
      format, labels: labels, logStationaryDistribution: logStationaryDistribution)
    try FileContents.write(Array(text.utf8), path: path)
  }

  private func graphML(labels: [String], logs: [Double]) -> String {
    var text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <graphml xmlns="http://graphml.graphdrawing.org/xmlns" \
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
      xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns \
      http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
        <key id="label" for="node" attr.name="label" attr.type="string"/>
        <key id="ln_pi" for="node" attr.name="ln_pi" attr.type="double"/>
        <key id="ln_rate" for="edge" attr.name="ln_rate" attr.type="double"/>
        <graph id="chain" edgedefault="directed">

      """
    for state in 0..<stateCount {
      text += "    <node id=\"\(state)\"><data key=\"label\">\(escapedForXML(labels[state]))</data>"
      text += "<data key=\"ln_pi\">\(numberText(logs[state]))</data></node>\n"
    }
    for transition in transitions {
      text += "    <edge source=\"\(transition.from)\" target=\"\(transition.to)\">"
      text += "<data key=\"ln_rate\">\(numberText(transition.logRate))</data></edge>\n"
    }
    return text + "  </graph>\n</graphml>\n"
  }

  private func dot(labels: [String], logs: [Double]) -> String {
    var text = "digraph chain {\n"
    for state in 0..<stateCount {
      text += "  \(state) [label=\"\(escapedForDOT(labels[state]))\", "
      text += "ln_pi=\"\(numberText(logs[state]))\"];\n"
    }
    for transition in transitions {
      text += "  \(transition.from) -> \(transition.to) "
      text += "[ln_rate=\"\(numberText(transition.logRate))\"];\n"
    }
    return text + "}\n"
  }
}

/// A number as Java, Python and C all read it.
private func numberText(_ value: Double) -> String {
  if value.isNaN { return "NaN" }
  return value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : "\(value)"
}

/// Text for the inside of an XML element; characters that XML cannot hold are replaced.
private func escapedForXML(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result.append(contentsOf: "&amp;".unicodeScalars)
    case "<": result.append(contentsOf: "&lt;".unicodeScalars)
    case ">": result.append(contentsOf: "&gt;".unicodeScalars)
    case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
    case "'": result.append(contentsOf: "&apos;".unicodeScalars)
    case "\r": result.append(contentsOf: "&#13;".unicodeScalars)
    case "\t", "\n": result.append(scalar)
    case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result.append("\u{FFFD}")
    default: result.append(scalar)
    }
  }
  return String(result)
}

/// Text for the inside of a quoted label, in which Graphviz gives backslashes a meaning, and reads
/// `&amp;` as an ampersand.
private func escapedForDOT(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result.append(contentsOf: "\\\"".unicodeScalars)
    case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
    case "&": result.append(contentsOf: "&amp;".unicodeScalars)
    case "\n": result.append(contentsOf: "\\n".unicodeScalars)
    case "\t": result.append(scalar)
    case "\u{0}"..."\u{1F}": result.append("\u{FFFD}")
    default: result.append(scalar)
    }
  }
  return String(result)
}
