import Foundation

/// A number with its standard error.
struct Estimate: Sendable {
  var value: Double
  var error: Double

  /// By how many standard errors it lies above a number.
  func deviation(from expected: Double) -> Double { (value - expected) / error }
}

/// A straight line through points with errors, by weighted least squares.
struct LineFit {
  let slope: Estimate
  let intercept: Estimate
  /// The sum of squared deviations in units of the errors, and how many points are left over.
  let chiSquare: Double
  let degreesOfFreedom: Int

  init(_ x: [Double], _ y: [Estimate]) {
    var (s, sx, sy, sxx, sxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (x, y) in zip(x, y) {
      let w = 1 / (y.error * y.error)
      s += w
      sx += w * x
      sy += w * y.value
      sxx += w * x * x
      sxy += w * x * y.value
    }
    let determinant = s * sxx - sx * sx
    let b = (s * sxy - sx * sy) / determinant
    let a = (sxx * sy - sx * sxy) / determinant
    slope = Estimate(value: b, error: (s / determinant).squareRoot())
    intercept = Estimate(value: a, error: (sxx / determinant).squareRoot())
    chiSquare = zip(x, y).reduce(0) {
      let deviation = ($1.1.value - a - b * $1.0) / $1.1.error
      return $0 + deviation * deviation
    }
    degreesOfFreedom = x.count - 2
  }

  /// The slope that numbers without errors of their own have with the same weights.
  static func slope(_ x: [Double], _ y: [Double], weights: [Estimate]) -> Double {
    LineFit(x, zip(y, weights).map { Estimate(value: $0, error: $1.error) }).slope.value
  }
}

/// The zero of a function that changes its sign between two numbers.
func bisect(_ lower: Double, _ upper: Double, _ function: (Double) -> Double) -> Double {
  var (a, b) = (lower, upper)
  let sign = function(a) > 0
  for _ in 0..<200 where b - a > 1e-14 * max(1, abs(a)) {
    let middle = 0.5 * (a + b)
    if (function(middle) > 0) == sign { a = middle } else { b = middle }
  }
  return 0.5 * (a + b)
}

/// ∫ f by Simpson's rule.
func simpson(_ a: Double, _ b: Double, intervals: Int, _ f: (Double) -> Double) -> Double {
  let h = (b - a) / Double(intervals)
  var sum = f(a) + f(b)
  for i in 1..<intervals { sum += (i.isMultiple(of: 2) ? 2 : 4) * f(a + h * Double(i)) }
  return sum * h / 3
}

/// Ei(x) − γ − ln x = Σ xᵏ/(k·k!), for x > 0.
func entireExponentialIntegral(_ x: Double) -> Double {
  var (term, sum, k) = (1.0, 0.0, 0.0)
  repeat {
    k += 1
    term *= x / k
    sum += term / k
  } while term / k > 1e-17 * sum
  return sum
}

// MARK: - Text

/// A number with so many significant digits.
func text(_ value: Double, digits: Int = 4) -> String {
  guard value.isFinite else { return "–" }
  let size = abs(value)
  if size != 0, size >= 1e6 || size < 1e-4 {
    return String(format: "%.\(digits - 1)e", value)
  }
  let decimals = size == 0 ? 0 : max(0, digits - 1 - Int(floor(log10(size))))
  return String(format: "%.\(decimals)f", value)
}

/// A number and its error, to two digits of the error.
func text(_ estimate: Estimate) -> String {
  guard estimate.error > 0, estimate.error.isFinite else { return text(estimate.value) }
  if abs(estimate.value) >= 1e6 {
    let exponent = Int(floor(log10(abs(estimate.value))))
    let unit = pow(10, Double(exponent))
    let short = Estimate(value: estimate.value / unit, error: estimate.error / unit)
    return "(\(text(short))) · 10^\(exponent)"
  }
  let decimals = max(0, 1 - Int(floor(log10(estimate.error))))
  return String(format: "%.\(decimals)f ± %.\(decimals)f", estimate.value, estimate.error)
}

/// A deviation in standard errors.
func deviationText(_ estimate: Estimate, from expected: Double) -> String {
  String(format: "%+.1f", estimate.deviation(from: expected))
}

/// A table in Markdown.
func table(_ header: [String], _ rows: [[String]]) -> String {
  let lines =
    ["| " + header.joined(separator: " | ") + " |", "|" + header.map { _ in " --- |" }.joined()]
    + rows.map { "| " + $0.joined(separator: " | ") + " |" }
  return lines.joined(separator: "\n") + "\n"
}
