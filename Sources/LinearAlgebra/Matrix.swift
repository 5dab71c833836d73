/// A dense matrix of doubles, stored row by row.
///
/// ```swift
/// let d: Matrix = [[2, 1], [1, 3]]
/// d[0, 1]            // 1.0
/// d * [1, 1]         // [3.0, 4.0]
/// ```
public struct Matrix: Sendable, Equatable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The elements, row after row; `rows * columns` of them.
  public var elements: [Double]

  /// Creates a matrix whose elements are all the same.
  public init(rows: Int, columns: Int, repeating value: Double = 0) {
    precondition(rows >= 0 && columns >= 0, "a matrix cannot have a negative size")
    self.rows = rows
    self.columns = columns
    self.elements = [Double](repeating: value, count: rows * columns)
  }

  /// Creates a matrix from its elements, row after row.
  public init(rows: Int, columns: Int, elements: [Double]) {
    precondition(
      elements.count == rows * columns, "the number of elements must be rows times columns")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// Creates a matrix from its rows, which must have the same length.
  public init(_ rows: [[Double]]) {
    let columns = rows.first?.count ?? 0
    precondition(
      rows.allSatisfy { $0.count == columns }, "all rows of a matrix must have the same length")
    self.init(rows: rows.count, columns: columns, elements: rows.flatMap { $0 })
  }

  /// The identity matrix.
  public static func identity(_ size: Int) -> Matrix {
    diagonal([Double](repeating: 1, count: size))
  }

  /// The square matrix with the given diagonal and zeros elsewhere.
  public static func diagonal(_ values: [Double]) -> Matrix {
    var result = Matrix(rows: values.count, columns: values.count)
    for (i, value) in values.enumerated() { result[i, i] = value }
    return result
  }

  /// The element in row `i` and column `j`, counted from zero.
  @inlinable
  public subscript(i: Int, j: Int) -> Double {
    get { elements[i * columns + j] }
    set { elements[i * columns + j] = newValue }
  }

  /// The elements of row `i`.
  public func row(_ i: Int) -> [Double] {
    Array(elements[i * columns..<(i + 1) * columns])
  }

  /// The elements of column `j`.
  public func column(_ j: Int) -> [Double] {
    (0..<rows).map { self[$0, j] }
  }

  /// The elements on the diagonal.
  public var diagonal: [Double] {
    (0..<min(rows, columns)).map { self[$0, $0] }
  }

  /// Whether the matrix has as many rows as columns.
  public var isSquare: Bool { rows == columns }

  /// The sum of the diagonal elements.
  public var trace: Double { diagonal.reduce(0, +) }

  /// The largest absolute value among the elements.
  public var largestMagnitude: Double { elements.reduce(0) { max($0, $1.magnitude) } }

  /// The matrix with rows and columns exchanged.
  public var transposed: Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  /// The symmetric part, (A + Aᵀ)/2.
  public var symmetrized: Matrix { 0.5 * (self + transposed) }
}

extension Matrix: ExpressibleByArrayLiteral {
  /// Creates a matrix from a literal of rows.
  public init(arrayLiteral rows: [Double]...) { self.init(rows) }
}

extension Matrix {
  /// The sum of two matrices of the same shape.
  public static func + (lhs: Matrix, rhs: Matrix) -> Matrix {
    lhs.combined(with: rhs) { $0 + $1 }
  }

  /// The difference of two matrices of the same shape.
  public static func - (lhs: Matrix, rhs: Matrix) -> Matrix {
    lhs.combined(with: rhs) { $0 - $1 }
  }

  /// The matrix scaled by a number.
  public static func * (scale: Double, matrix: Matrix) -> Matrix {
    var result = matrix
    for i in result.elements.indices { result.elements[i] *= scale }
    return result
  }

  /// The product of two matrices.
  public static func * (lhs: Matrix, rhs: Matrix) -> Matrix {
    precondition(lhs.columns == rhs.rows, "the inner sizes of a matrix product must agree")
    var result = Matrix(rows: lhs.rows, columns: rhs.columns)
    for i in 0..<lhs.rows {
      for k in 0..<lhs.columns {
        let factor = lhs[i, k]
        guard factor != 0 else { continue }
        for j in 0..<rhs.columns { result[i, j] += factor * rhs[k, j] }
      }
    }
    return result
  }

  /// The product of a matrix and a column vector.
  public static func * (matrix: Matrix, vector: [Double]) -> [Double] {
    precondition(matrix.columns == vector.count, "the vector must have one element per column")
    return (0..<matrix.rows).map { i in
      var sum = 0.0
      for j in 0..<matrix.columns { sum += matrix[i, j] * vector[j] }
      return sum
    }
  }

  private func combined(with other: Matrix, _ operation: (Double, Double) -> Double) -> Matrix {
    precondition(
      rows == other.rows && columns == other.columns, "the matrices must have the same shape")
    return Matrix(
      rows: rows, columns: columns, elements: zip(elements, other.elements).map(operation))
  }

  /// The quadratic form xᵀ A x.
  public func quadraticForm(_ x: [Double]) -> Double { dot(x, self * x) }
}

/// The scalar product of two vectors of the same length.
@inlinable
public func dot(_ x: [Double], _ y: [Double]) -> Double {
  precondition(x.count == y.count, "the vectors of a scalar product must have the same length")
  var sum = 0.0
  for i in 0..<x.count { sum += x[i] * y[i] }
  return sum
}

/// The Euclidean norm of a vector.
@inlinable
public func norm(_ x: [Double]) -> Double { dot(x, x).squareRoot() }

/// The Euclidean distance of two points.
@inlinable
public func distance(_ x: [Double], _ y: [Double]) -> Double {
  precondition(x.count == y.count, "the points must have the same dimension")
  var sum = 0.0
  for i in 0..<x.count { sum += (x[i] - y[i]) * (x[i] - y[i]) }
  return sum.squareRoot()
}
