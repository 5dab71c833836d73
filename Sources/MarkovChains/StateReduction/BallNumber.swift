import CFLINT

/// A real number as a ball of Arb: a midpoint with many binary digits and a radius that bounds its
/// error (Johansson 2017).
///
/// Where a result is the small difference of large numbers, doubles lose it and state reduction cannot
/// go round it; here the precision is raised until the ball no longer contains zero, which proves the
/// sign. A number carries the precision that it was made with, and an operation uses the larger one of
/// its operands. Only an exact zero counts as zero.
struct BallNumber: Semifield {
  /// The ball; nil for an exact zero.
  private let storage: Storage?

  /// Memory of Arb, which never changes once it is made and so can be shared.
  private final class Storage: @unchecked Sendable {
    let value: arb_struct
    let bits: Int

    init(bits: Int, _ compute: (UnsafeMutablePointer<arb_struct>) -> Void) {
      var value = arb_struct()
      arb_init(&value)
      compute(&value)
      self.value = value
      self.bits = bits
    }

    deinit {
      var value = value
      arb_clear(&value)
    }
  }

  private init(_ storage: Storage?) { self.storage = storage }

  static let zero = BallNumber(nil)
  static let one = BallNumber(Storage(bits: 2) { arb_one($0) })

  /// eˣ for a finite double.
  init(exp x: Double, bits: Int) {
    self.init(
      Storage(bits: bits) {
        arb_set_d($0, x)
        arb_exp($0, $0, bits)
      })
  }

  /// Exactly a number of unlimited range.
  init(_ x: ScaledNumber, bits: Int) {
    guard !x.isZero else {
      self = .zero
      return
    }
    let parts = x.binaryParts
    self.init(
      Storage(bits: bits) {
        arb_set_d($0, parts.significand)
        arb_mul_2exp_si($0, $0, parts.exponent)
      })
  }

  var isZero: Bool { storage == nil }

  /// The precision of what is computed with the number; 0 for an exact zero.
  private var bits: Int { storage?.bits ?? 0 }

  /// Whether zero is in the ball: the sign is not proven.
  var containsZero: Bool {
    guard let storage else { return true }
    return withUnsafePointer(to: storage.value) { arb_contains_zero($0) != 0 }
  }

  /// The binary digits of the midpoint that the radius leaves.
  var accuracy: Int {
    guard let storage else { return .max }
    return withUnsafePointer(to: storage.value) { arb_rel_accuracy_bits($0) }
  }

  /// The midpoint, rounded.
  var midpoint: ScaledNumber {
    guard let storage else { return .zero }
    return withUnsafePointer(to: storage.value.mid, Self.rounded)
  }

  /// The radius, rounded.
  var radius: ScaledNumber {
    guard let storage else { return .zero }
    var result = arf_struct()
    arf_init(&result)
    defer { arf_clear(&result) }
    withUnsafePointer(to: storage.value.rad) { arf_set_mag(&result, $0) }
    return Self.rounded(&result)
  }

  private static func rounded(_ x: UnsafePointer<arf_struct>) -> ScaledNumber {
    var significand = 0.0
    var exponent = 0
    metastability_arb_split(&significand, &exponent, x)
    return ScaledNumber(significand: significand, binaryExponent: exponent)
  }

  /// The result of an operation of Arb at the precision of its operands.
  @inline(__always)
  private static func result(
    _ lhs: Storage, _ rhs: Storage,
    _ operation: (
      UnsafeMutablePointer<arb_struct>, UnsafePointer<arb_struct>, UnsafePointer<arb_struct>, Int
    ) -> Void
  ) -> Storage {
    let bits = max(lhs.bits, rhs.bits)
    return Storage(bits: bits) { result in
      withExtendedLifetime((lhs, rhs)) {
        withUnsafePointer(to: lhs.value) { left in
          withUnsafePointer(to: rhs.value) { right in operation(result, left, right, bits) }
        }
      }
    }
  }

  static func + (lhs: Self, rhs: Self) -> Self {
    guard let left = lhs.storage else { return rhs }
    guard let right = rhs.storage else { return lhs }
    return Self(result(left, right, arb_add))
  }

  static func - (lhs: Self, rhs: Self) -> Self {
    guard let right = rhs.storage else { return lhs }
    return Self(result(lhs.storage ?? Storage(bits: 2) { _ in }, right, arb_sub))
  }

  static func * (lhs: Self, rhs: Self) -> Self {
    guard let left = lhs.storage, let right = rhs.storage else { return .zero }
    return Self(result(left, right, arb_mul))
  }

  static func / (lhs: Self, rhs: Self) -> Self {
    guard let left = lhs.storage, let right = rhs.storage else { return .zero }
    return Self(result(left, right, arb_div))
  }
}

extension BallNumber {
  static var hasFastProducts: Bool { true }

  /// Matrix products by Arb's dot product, which rounds once per sum and works on each term with no
  /// more digits than its size calls for.
  static func addProduct(
    _ a: DenseBlock<Self>, _ b: DenseBlock<Self>, to c: DenseBlock<Self>, threads: Int
  ) {
    // The copies keep the numbers alive while their bytes stand next to one another for Arb.
    let (left, right) = (a.copied(), b.copied())
    let (rows, inner, columns) = (a.rows, a.columns, b.columns)
    let bits = right.reduce(left.reduce(0) { max($0, $1.bits) }) { max($0, $1.bits) }
    guard bits > 0 else { return }
    let nothing = arb_struct()
    withExtendedLifetime((left, right)) {
      let leftValues = left.map { $0.storage?.value ?? nothing }
      var rightValues = [arb_struct](repeating: nothing, count: inner * columns)
      for k in 0..<inner {
        for j in 0..<columns {
          if let storage = right[k * columns + j].storage {
            rightValues[j * inner + k] = storage.value
          }
        }
      }
      leftValues.withUnsafeBufferPointer { leftValues in
        rightValues.withUnsafeBufferPointer { rightValues in
          guard let first = leftValues.baseAddress, let second = rightValues.baseAddress else {
            return
          }
          for i in 0..<rows {
            for j in 0..<columns {
              let sum = Storage(bits: bits) { result in
                let (row, column) = (first + i * inner, second + j * inner)
                guard let initial = c[i, j].storage else {
                  arb_dot(result, nil, 0, row, 1, column, 1, inner, bits)
                  return
                }
                withUnsafePointer(to: initial.value) {
                  arb_dot(result, $0, 0, row, 1, column, 1, inner, bits)
                }
              }
              let isZero = withUnsafePointer(to: sum.value) { arb_is_zero($0) != 0 }
              c[i, j] = isZero ? .zero : BallNumber(sum)
            }
          }
        }
      }
    }
  }
}

/// How much ball arithmetic an answer may take.
enum BallWork {
  /// The longest estimated time in seconds of one attempt; what needs more keeps the answer of doubles.
  /// Attempts with fewer digits before it take about half as long again.
  static let longestTime = 20.0

  /// The seconds that some multiplications, each with an addition, and exponentials take at a
  /// precision, roughly.
  static func estimatedTime(multiplications: Double, exponentials: Int, bits: Int) -> Double {
    let limbs = Double(bits) / 64
    return multiplications * (1.2e-7 + 3.5e-9 * limbs * limbs.squareRoot())
      + Double(exponentials) * (5e-6 + 1.2e-8 * Double(bits))
  }

  /// Whether an elimination, more multiplications and the exponentials of all rates are bearable at
  /// a precision.
  static func allows(
    _ cost: EliminationCost, more: Double, exponentials: Int, bits: Int
  ) -> Bool {
    // A number takes two blocks of memory: its ball and its digits.
    let numbers = cost.memory / Double(MemoryLayout<ScaledNumber>.stride)
    let memory = numbers * (128 + Double(bits) / 8)
    let time = estimatedTime(
      multiplications: cost.multiplications + more, exponentials: exponentials, bits: bits)
    return memory <= Double(EliminationSettings.current.memoryLimit) / 2 && time <= longestTime
  }
}

extension RateNetwork {
  /// The network with the same transitions and other rates, without escapes.
  func replacingRates<Other: Semifield>(_ rates: [Other]) -> RateNetwork<Other> {
    RateNetwork<Other>(
      stateCount: stateCount, rowStarts: rowStarts, targets: targets, rates: rates,
      escapes: [Other](repeating: .zero, count: stateCount))
  }
}
