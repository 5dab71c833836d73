import Glibc
import Landscapes
import LinearAlgebra
import Simulation

/// Writes a document with the measured orders of the methods of integration.
@main
struct OrdersBenchmark {
  static func main() throws {
    var text = """
      # The methods of integration and their orders

      Made by `Benchmarks/orders/run`, which measures everything below again; do not edit.

      A method is of strong order p where the root mean square of the error of the end point on the
      same Brownian path falls like Δtᵖ, and of weak order p where the error of the mean of a function
      of the end point does. The last column of each table is the slope of the logarithm of the error
      against that of Δt between the first and the last column, with its standard error.


      """
    text += try linear()
    text += try quartic()
    text += try multiplicative()
    print(text, terminator: "")
  }
}

/// A mean with its standard error, from sums.
struct Mean {
  var sum = 0.0
  var squares = 0.0
  var count = 0.0

  mutating func add(_ value: Double) {
    sum += value
    squares += value * value
    count += 1
  }

  var value: Double { sum / count }
  var error: Double {
    ((squares / count - value * value) / (count - 1)).squareRoot()
  }
}

/// One row of a table of errors.
struct Row {
  let name: String
  let errors: [(value: Double, error: Double)]

  func text(_ steps: [Double]) -> String {
    let cells = errors.map { scientific($0.value) + " ± " + scientific($0.error) }
    let (first, last) = (errors[0], errors[errors.count - 1])
    let span = log(steps[0] / steps[steps.count - 1])
    let slope = log(abs(first.value) / abs(last.value)) / span
    let relative = (pow(first.error / first.value, 2) + pow(last.error / last.value, 2))
      .squareRoot()
    // An error that is not seen has no slope.
    let isSeen = abs(last.value) > 2 * last.error
    return "| \(name) | \(cells.joined(separator: " | ")) | "
      + (isSeen ? "\(rounded(slope, 2)) ± \(rounded(relative / span, 2))" : "–") + " |\n"
  }
}

/// A table of errors at several steps.
func table(_ steps: [Double], _ rows: [Row]) -> String {
  let head = steps.map { "Δt = 1/\(Int((1 / $0).rounded()))" }
  return "| Method | \(head.joined(separator: " | ")) | slope |\n"
    + "|\(String(repeating: " --- |", count: steps.count + 2))\n"
    + rows.map { $0.text(steps) }.joined() + "\n"
}

/// A number with two digits and a power of ten.
func scientific(_ value: Double) -> String {
  guard value != 0 else { return "0" }
  let exponent = Int(floor(log10(abs(value))))
  guard exponent < -2 else { return rounded(value, 1 - exponent) }
  return rounded(value / pow(10, Double(exponent)), 1) + "·10^\(exponent)"
}

/// A number with a fixed number of digits after the point.
func rounded(_ value: Double, _ digits: Int) -> String {
  let scale = pow(10, Double(digits))
  let whole = Int((abs(value) * scale).rounded())
  let fraction = String(whole % Int(scale))
  return (value < 0 && whole > 0 ? "−" : "") + "\(whole / Int(scale))."
    + String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
}
