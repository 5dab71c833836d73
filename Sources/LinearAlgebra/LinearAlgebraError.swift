/// What can go wrong in a decomposition, an equation or a quadrature.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
  /// The matrix has no inverse; elimination met a zero pivot.
  case singular(pivot: Int)
  /// An iteration ended before it reached its accuracy.
  case notConverged(algorithm: String, code: Int)
  /// An element is infinite or not a number.
  case notFinite(row: Int, column: Int)
  /// The matrix has a negative eigenvalue where none is allowed.
  case notPositive(eigenvalue: Double)
  /// A routine of the GNU Scientific Library reported an error.
  case library(reason: String)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .singular(let pivot):
      "the matrix is singular: elimination met a zero in row \(pivot)"
    case .notConverged(let algorithm, let code):
      "\(algorithm) did not converge (code \(code))"
    case .notFinite(let row, let column):
      "the matrix element (\(row), \(column)) is infinite or not a number"
    case .notPositive(let eigenvalue):
      "the matrix has the eigenvalue \(eigenvalue); none below zero is allowed here"
    case .library(let reason):
      "numerical library: \(reason)"
    }
  }
}
