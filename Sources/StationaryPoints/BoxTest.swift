import Landscapes
import LinearAlgebra

/// What interval arithmetic says about the zeros of a drift in one box of up to three dimensions.
///
/// In this order, cheapest first: the natural enclosure of the drift, its mean-value form, and the
/// Hansen–Sengupta step (a Gauss–Seidel sweep on the equations preconditioned with the inverse of
/// the midpoint matrix), which also proves uniqueness where the preconditioned matrix is strictly
/// diagonally dominant (Neumaier 1990, sections 5.1 and 5.2).
struct BoxTest {
  enum Verdict {
    /// The box contains no zero.
    case empty
    /// The box contains at most one zero.
    case regular
    /// Nothing is proved.
    case undecided
  }

  let dimension: Int
  let drift: CompiledField.VectorFunction<Interval>
  let jacobian: CompiledField.VectorFunction<Interval>
  let pointDrift: CompiledField.VectorFunction<Double>

  /// The box under test; `examine` makes it smaller where it can.
  var box: [Interval]
  /// The enclosure of the Jacobian matrix over the box.
  private(set) var matrix: [Interval]
  /// Whether `matrix` is finite and belongs to the box.
  private(set) var hasMatrix = false
  /// Whether some drift was seen to change by more than its Jacobian matrix allows: it jumps.
  private(set) var sawJump = false
  /// Whether only the natural enclosure may be trusted (the drift jumps).
  var naturalOnly = false
  /// How many enclosures of the drift and of its Jacobian matrix were computed.
  private(set) var driftCount = 0
  private(set) var matrixCount = 0

  private var image: [Interval]
  private var center: [Interval]
  private var centerImage: [Interval]
  private var preconditioned: [Interval]
  private var inverse: [Double]
  private var work: [Double]
  private var corner: [Double]
  private var cornerImage: [Double]

  init?(field: CompiledField) {
    guard let drift = field.driftEnclosure, let jacobian = field.driftJacobianEnclosure else {
      return nil
    }
    let n = field.dimension
    dimension = n
    self.drift = drift
    self.jacobian = jacobian
    pointDrift = field.drift
    box = [Interval](repeating: Interval(0), count: n)
    matrix = [Interval](repeating: Interval(0), count: n * n)
    preconditioned = matrix
    image = box
    center = box
    centerImage = box
    inverse = [Double](repeating: 0, count: n * n)
    work = inverse
    corner = [Double](repeating: 0, count: n)
    cornerImage = corner
  }

  /// Tests the box.
  mutating func examine() -> Verdict {
    let n = dimension
    hasMatrix = false
    evaluate(drift, at: box, into: &image)
    driftCount += 1
    for i in 0..<n where image[i].lower > 0 || image[i].upper < 0 { return .empty }
    if naturalOnly { return .undecided }
    evaluate(jacobian, at: box, into: &matrix)
    matrixCount += 1
    for element in matrix where !(element.magnitude < .infinity) { return .undecided }
    hasMatrix = true
    for i in 0..<n { center[i] = Interval(box[i].midpoint) }
    evaluate(drift, at: center, into: &centerImage)
    driftCount += 1
    for value in centerImage where !(value.magnitude < .infinity) { return .undecided }

    for i in 0..<n {
      var sum = centerImage[i]
      for j in 0..<n { sum = sum + matrix[i * n + j] * (box[j] - center[j]) }
      if sum.lower > image[i].upper || sum.upper < image[i].lower || sum.lower > 0 || sum.upper < 0
      {
        return jumps() ? .undecided : .empty
      }
    }
    return sweep()
  }

  /// The Hansen–Sengupta step.
  private mutating func sweep() -> Verdict {
    let n = dimension
    guard invertMidpoint() else { return .undecided }
    var isRegular = true
    for i in 0..<n {
      var sum = 0.0
      for j in 0..<n {
        var element = Interval(0)
        for k in 0..<n { element = element + Interval(inverse[i * n + k]) * matrix[k * n + j] }
        preconditioned[i * n + j] = element
        sum += (i == j ? Interval(1) - element : element).magnitude
      }
      if !(sum < 0.999) { isRegular = false }
    }
    var contracted = false
    let before = box
    for i in 0..<n {
      let pivot = preconditioned[i * n + i]
      guard pivot.lower > 0 || pivot.upper < 0 else { continue }
      var right = Interval(0)
      for k in 0..<n { right = right + Interval(inverse[i * n + k]) * centerImage[k] }
      for j in 0..<n where j != i {
        right = right + preconditioned[i * n + j] * (box[j] - center[j])
      }
      guard let smaller = (center[i] - right / pivot).intersection(box[i]) else {
        return jumps(in: before) ? .undecided : .empty
      }
      if smaller.width < box[i].width {
        box[i] = smaller
        contracted = true
      }
    }
    if contracted || isRegular, jumps(in: before) {
      box = before
      return .undecided
    }
    return isRegular ? .regular : .undecided
  }

  /// Whether the box contains exactly one zero: the Krawczyk operator maps it into its interior.
  mutating func provesExistence(in candidate: [Interval]) -> Bool {
    let n = dimension
    evaluate(jacobian, at: candidate, into: &matrix)
    matrixCount += 1
    for element in matrix where !(element.magnitude < .infinity) { return false }
    for i in 0..<n { center[i] = Interval(candidate[i].midpoint) }
    evaluate(drift, at: center, into: &centerImage)
    driftCount += 1
    for value in centerImage where !(value.magnitude < .infinity) { return false }
    guard invertMidpoint() else { return false }
    for i in 0..<n {
      var sum = center[i]
      for k in 0..<n { sum = sum - Interval(inverse[i * n + k]) * centerImage[k] }
      for j in 0..<n {
        var element = Interval(i == j ? 1 : 0)
        for k in 0..<n { element = element - Interval(inverse[i * n + k]) * matrix[k * n + j] }
        sum = sum + element * (candidate[j] - center[j])
      }
      guard sum.isInterior(to: candidate[i]) else { return false }
    }
    return true
  }

  /// Whether a box contains at most one zero.
  mutating func provesUniqueness(in candidate: [Interval]) -> Bool {
    let n = dimension
    evaluate(jacobian, at: candidate, into: &matrix)
    matrixCount += 1
    for element in matrix where !(element.magnitude < .infinity) { return false }
    guard invertMidpoint() else { return false }
    for i in 0..<n {
      var sum = 0.0
      for j in 0..<n {
        var element = Interval(i == j ? 1 : 0)
        for k in 0..<n { element = element - Interval(inverse[i * n + k]) * matrix[k * n + j] }
        sum += element.magnitude
      }
      if !(sum < 0.999) { return false }
    }
    return true
  }

  private mutating func jumps() -> Bool { jumps(in: box) }

  /// Whether the drift at two opposite corners contradicts the mean-value form: then the drift is
  /// not continuous, and its Jacobian matrix proves nothing.
  private mutating func jumps(in box: [Interval]) -> Bool {
    let n = dimension
    for upper in [false, true] {
      for i in 0..<n { corner[i] = upper ? box[i].upper : box[i].lower }
      evaluate(pointDrift, at: corner, into: &cornerImage)
      for i in 0..<n {
        var sum = centerImage[i]
        for j in 0..<n { sum = sum + matrix[i * n + j] * (Interval(corner[j]) - center[j]) }
        // The double evaluation may be off by rounding.
        let tolerance = 1e-9 * (sum.magnitude + image[i].magnitude)
        if cornerImage[i] < sum.lower - tolerance || cornerImage[i] > sum.upper + tolerance {
          sawJump = true
          return true
        }
      }
    }
    return false
  }

  /// The inverse of the midpoint of `matrix` by Gauss–Jordan elimination; false where it is
  /// singular to rounding.
  private mutating func invertMidpoint() -> Bool {
    let n = dimension
    var largest = 0.0
    for i in 0..<n * n {
      work[i] = matrix[i].midpoint
      inverse[i] = 0
      largest = max(largest, work[i].magnitude)
    }
    guard largest > 0, largest < .infinity else { return false }
    for i in 0..<n { inverse[i * n + i] = 1 }
    for column in 0..<n {
      var pivot = column
      for row in column..<n
      where work[row * n + column].magnitude > work[pivot * n + column].magnitude { pivot = row }
      let value = work[pivot * n + column]
      guard value.magnitude > 1e-13 * largest else { return false }
      if pivot != column {
        for k in 0..<n {
          work.swapAt(pivot * n + k, column * n + k)
          inverse.swapAt(pivot * n + k, column * n + k)
        }
      }
      for k in 0..<n {
        work[column * n + k] /= value
        inverse[column * n + k] /= value
      }
      for row in 0..<n where row != column {
        let factor = work[row * n + column]
        guard factor != 0 else { continue }
        for k in 0..<n {
          work[row * n + k] -= factor * work[column * n + k]
          inverse[row * n + k] -= factor * inverse[column * n + k]
        }
      }
    }
    return true
  }
}

/// One evaluation of a vector function between arrays.
@inline(__always)
func evaluate<S>(
  _ function: CompiledField.VectorFunction<S>, at x: [S], into result: inout [S]
) {
  var span = result.mutableSpan
  function(x.span, &span)
}
