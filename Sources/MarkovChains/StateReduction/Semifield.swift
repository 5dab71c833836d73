/// Numbers that can be added, multiplied and divided but never need to be subtracted.
///
/// State reduction uses nothing else. So one algorithm serves rates of any size
/// (`ScaledNumber`) and the limit of no noise, where only the exponents of the rates count and
/// sums become minima (`MinPlusNumber`): without subtraction there is no cancellation, and the
/// leading exponent of a sum is the leading exponent of its largest term.
protocol Semifield: Sendable {
  static var zero: Self { get }
  static var one: Self { get }
  var isZero: Bool { get }
  static func + (lhs: Self, rhs: Self) -> Self
  static func * (lhs: Self, rhs: Self) -> Self
  /// The quotient; the divisor must not be zero.
  static func / (lhs: Self, rhs: Self) -> Self

  /// Whether `addProduct` is so much faster than single operations that wide fronts are eliminated
  /// by panels of states.
  static var hasFastProducts: Bool { get }
  /// Adds the matrix product a b to c; a or b may be a part of c's own memory.
  static func addProduct(
    _ a: DenseBlock<Self>, _ b: DenseBlock<Self>, to c: DenseBlock<Self>, threads: Int)
}

extension Semifield {
  @inline(__always)
  static func += (lhs: inout Self, rhs: Self) { lhs = lhs + rhs }

  static var hasFastProducts: Bool { false }

  static func addProduct(
    _ a: DenseBlock<Self>, _ b: DenseBlock<Self>, to c: DenseBlock<Self>, threads: Int
  ) {
    let (left, right) = (a.copied(), b.copied())
    for i in 0..<a.rows {
      for k in 0..<a.columns {
        let factor = left[i * a.columns + k]
        guard !factor.isZero else { continue }
        for j in 0..<b.columns { c[i, j] += factor * right[k * b.columns + j] }
      }
    }
  }
}

/// A cost c that stands for a quantity of the order exp(−c/ε) as ε → 0.
struct MinPlusNumber: Semifield, Equatable {
  var cost: Double

  static let zero = MinPlusNumber(cost: .infinity)
  static let one = MinPlusNumber(cost: 0)
  var isZero: Bool { cost == .infinity }

  @inline(__always)
  static func + (lhs: Self, rhs: Self) -> Self { Self(cost: min(lhs.cost, rhs.cost)) }
  @inline(__always)
  static func * (lhs: Self, rhs: Self) -> Self { Self(cost: lhs.cost + rhs.cost) }
  @inline(__always)
  static func / (lhs: Self, rhs: Self) -> Self { Self(cost: lhs.cost - rhs.cost) }
}
