import LinearAlgebra

/// The crispest memberships in a space of functions on the states (the optimisation of PCCA+ and
/// of its generalisation; Röblitz & Weber 2013, Reuter et al. 2018).
///
/// The memberships χ = X A must be non-negative and add up to 1 in every state. Their crispness
///
///     (1/m) Σ_j ⟨χ_j, χ_j⟩ / ⟨χ_j, 1⟩
///
/// in the weighted scalar product is a convex function of A (a sum of quadratic forms over linear
/// ones) on a polytope, so it is largest at a corner. An ascent over faces and edges of the polytope
/// ends there exactly, where a simplex search in A would stop within its tolerance.
struct MembershipOptimizer {
  /// X with rows that add up to 1: at the vertex states the rows of the identity.
  let basis: Matrix
  private let weights: [Double]
  /// Xᵀ D X and Xᵀ D 1.
  private let gram: Matrix
  private let mass: [Double]

  init(basis: Matrix, weights: [Double]) {
    self.basis = basis
    self.weights = weights
    let count = basis.columns
    var gram = Matrix(rows: count, columns: count)
    var mass = [Double](repeating: 0, count: count)
    for i in 0..<basis.rows {
      for j in 0..<count {
        let share = weights[i] * basis[i, j]
        mass[j] += share
        for k in 0..<count { gram[j, k] += share * basis[i, k] }
      }
    }
    self.gram = gram
    self.mass = mass
  }

  /// The corners of the inner simplex: states whose vectors lie as far apart as can be.
  ///
  /// - Parameters:
  ///   - basis: Any basis of the space.
  ///   - weights: The weights of the scalar product in which distances are measured.
  /// - Returns: As many states as functions, or nil where they span no simplex.
  static func innerSimplex(_ basis: Matrix, weights: [Double]) -> [Int]? {
    guard var points = orthonormalized(basis, weights: weights) else { return nil }
    let count = basis.columns
    let states = points.indices
    var vertices: [Int] = []
    var origin: [Double]?
    var largest = 0.0
    for _ in 0..<count {
      var best = -1
      var bestLength = 0.0
      for i in states where !vertices.contains(i) {
        let length = dot(points[i], points[i])
        // A clear win only, so that rounding does not decide between equal states.
        if length > bestLength * (1 + 1e-10) {
          best = i
          bestLength = length
        }
      }
      guard best >= 0, bestLength > 1e-20 * largest else { return nil }
      vertices.append(best)
      if origin == nil {
        let first = points[best]
        origin = first
        for i in states { for k in 0..<count { points[i][k] -= first[k] } }
        largest = bestLength
      } else {
        let direction = points[best].map { $0 / bestLength.squareRoot() }
        for i in states {
          let along = dot(points[i], direction)
          for k in 0..<count { points[i][k] -= along * direction[k] }
        }
      }
    }
    return vertices
  }

  /// The rows of an orthonormal basis of the same space in the weighted scalar product.
  private static func orthonormalized(_ basis: Matrix, weights: [Double]) -> [[Double]]? {
    let roots = weights.map { $0.squareRoot() }
    let total = weights.reduce(0, +)
    var columns: [[Double]] = []
    for j in 0..<basis.columns {
      var column = (0..<basis.rows).map { basis[$0, j] * roots[$0] }
      let length = norm(column)
      guard length > 0 else { return nil }
      for _ in 0..<2 {
        for other in columns {
          let overlap = dot(column, other)
          for i in column.indices { column[i] -= overlap * other[i] }
        }
      }
      let rest = norm(column)
      guard rest > 1e-13 * length else { return nil }
      columns.append(column.map { $0 / rest })
    }
    let scale = total.squareRoot()
    return (0..<basis.rows).map { i in columns.map { scale * $0[i] / roots[i] } }
  }

  /// The optimal A and what follows from it.
  struct Solution {
    var rotation: Matrix
    var memberships: Matrix
    var crispness: Double
  }

  func solve() -> Solution {
    var rotation = start()
    ascend(&rotation)
    let count = basis.columns
    var cleaned = rotation
    for k in cleaned.elements.indices where cleaned.elements[k].magnitude < 1e-13 {
      cleaned.elements[k] = 0
    }
    for i in 0..<count {
      let sum = cleaned.row(i).reduce(0, +)
      for j in 0..<count { cleaned[i, j] /= sum }
    }
    var memberships = basis * cleaned
    for i in 0..<basis.rows {
      var sum = 0.0
      for j in 0..<count {
        memberships[i, j] = memberships[i, j] > 1e-14 ? memberships[i, j] : 0
        sum += memberships[i, j]
      }
      for j in 0..<count { memberships[i, j] /= sum }
    }
    return Solution(
      rotation: cleaned, memberships: memberships, crispness: objective(cleaned) / Double(count))
  }

  /// The inner simplex, shifted and scaled until nothing is negative.
  private func start() -> Matrix {
    let count = basis.columns
    let lowest = (0..<count).map { j in
      (0..<basis.rows).reduce(0.0) { min($0, basis[$1, j]) }
    }
    let scale = 1 - lowest.reduce(0, +)
    var result = Matrix(rows: count, columns: count)
    for k in 0..<count {
      for j in 0..<count { result[k, j] = ((k == j ? 1 : 0) - lowest[j]) / scale }
    }
    return result
  }

  private func objective(_ rotation: Matrix) -> Double {
    (0..<rotation.columns).reduce(0) { sum, j in
      let column = rotation.column(j)
      let denominator = dot(mass, column)
      return denominator > 0 ? sum + gram.quadraticForm(column) / denominator : sum
    }
  }

  /// The gradient, column after column.
  private func gradient(_ rotation: Matrix) -> [Double] {
    var result: [Double] = []
    for j in 0..<rotation.columns {
      let column = rotation.column(j)
      let image = gram * column
      let denominator = dot(mass, column)
      let ratio = denominator > 0 ? dot(column, image) / denominator : 0
      for k in column.indices {
        result.append(denominator > 0 ? (2 * image[k] - ratio * mass[k]) / denominator : 0)
      }
    }
    return result
  }

  /// A constraint χ_j(i) ≥ 0.
  private struct Constraint: Equatable {
    let state: Int
    let set: Int
  }

  private func normal(_ constraint: Constraint) -> [Double] {
    let count = basis.columns
    var result = [Double](repeating: 0, count: count * count)
    for k in 0..<count { result[constraint.set * count + k] = basis[constraint.state, k] }
    return result
  }

  /// Climbs to a corner of the polytope from which no edge leads up.
  private func ascend(_ rotation: inout Matrix) {
    let count = basis.columns
    var face = Face(size: count)
    var active: [Constraint] = []
    var standstill = 0
    for _ in 0..<(200 + 60 * count * count) {
      let slope = gradient(rotation)
      let slopeLength = norm(slope)
      guard slopeLength > 0 else { return }
      var direction = face.projected(slope)
      if norm(direction) <= 1e-9 * slopeLength {
        let multipliers = face.multipliers(slope).dropFirst(count)
        let leaving = multipliers.indices.filter { multipliers[$0] > 1e-9 * slopeLength }
        // The steepest edge; after long standstill the oldest constraint, which cannot cycle.
        let chosen =
          standstill > 2 * count * count
          ? leaving.min { index(active[$0 - count]) < index(active[$1 - count]) }
          : leaving.max { multipliers[$0] < multipliers[$1] }
        if let chosen {
          active.remove(at: chosen - count)
          face = Face(size: count)
          for constraint in active { face.append(normal(constraint)) }
          direction = face.projected(slope)
        } else if let free = face.freeDirection() {
          // The lowest point of a face: every way along it leads up.
          direction = free
        } else {
          return
        }
      }
      guard let step = longestStep(rotation, direction, active, bland: standstill > 0) else {
        return
      }
      if step.length > 1e-14 { standstill = 0 } else { standstill += 1 }
      for j in 0..<count {
        for k in 0..<count { rotation[k, j] += step.length * direction[j * count + k] }
      }
      if face.append(normal(step.blocking)) { active.append(step.blocking) }
    }
  }

  private func index(_ constraint: Constraint) -> Int {
    constraint.state * basis.columns + constraint.set
  }

  /// How far a direction can be followed until a membership becomes negative.
  private func longestStep(
    _ rotation: Matrix, _ direction: [Double], _ active: [Constraint], bland: Bool
  ) -> (length: Double, blocking: Constraint)? {
    let count = basis.columns
    let size = norm(direction)
    var isActive = [Bool](repeating: false, count: basis.rows * count)
    for constraint in active { isActive[index(constraint)] = true }
    var best: (length: Double, blocking: Constraint)?
    var bestSlope = 0.0
    for i in 0..<basis.rows {
      for j in 0..<count where !isActive[i * count + j] {
        var value = 0.0
        var slope = 0.0
        for k in 0..<count {
          value += basis[i, k] * rotation[k, j]
          slope += basis[i, k] * direction[j * count + k]
        }
        guard slope < -1e-11 * size else { continue }
        let length = max(value, 0) / -slope
        // Among equal steps the one met most squarely keeps the face well-conditioned.
        let current = best?.length ?? .infinity
        if length < current - 1e-15 || (!bland && length <= current + 1e-15 && slope < bestSlope) {
          best = (length, Constraint(state: i, set: j))
          bestSlope = slope
        }
      }
    }
    return best
  }
}

/// The normals of the constraints that hold with equality, in orthonormal form.
private struct Face {
  private let size: Int
  private var directions: [[Double]] = []
  /// The columns of the triangular factor.
  private var factors: [[Double]] = []

  /// The face on which the memberships of every state add up to 1.
  init(size: Int) {
    self.size = size
    for k in 0..<size {
      var equality = [Double](repeating: 0, count: size * size)
      for j in 0..<size { equality[j * size + k] = 1 }
      append(equality)
    }
  }

  /// Adds a normal; false where it depends on those that are there.
  @discardableResult
  mutating func append(_ normal: [Double]) -> Bool {
    var rest = normal
    var column = [Double](repeating: 0, count: directions.count)
    for _ in 0..<2 {
      for (k, direction) in directions.enumerated() {
        let overlap = dot(rest, direction)
        column[k] += overlap
        for i in rest.indices { rest[i] -= overlap * direction[i] }
      }
    }
    let length = norm(rest)
    guard length > 1e-12 * norm(normal) else { return false }
    directions.append(rest.map { $0 / length })
    factors.append(column + [length])
    return true
  }

  /// What of a vector lies along the face.
  func projected(_ vector: [Double]) -> [Double] {
    var rest = vector
    for _ in 0..<2 {
      for direction in directions {
        let overlap = dot(rest, direction)
        for i in rest.indices { rest[i] -= overlap * direction[i] }
      }
    }
    return rest
  }

  /// The coefficients of a vector in the normals.
  func multipliers(_ vector: [Double]) -> [Double] {
    var result = directions.map { dot($0, vector) }
    for k in result.indices.reversed() {
      result[k] /= factors[k][k]
      for i in 0..<k { result[i] -= factors[k][i] * result[k] }
    }
    return result
  }

  /// Some direction along the face; nil at a corner.
  func freeDirection() -> [Double]? {
    guard directions.count < size * size else { return nil }
    for axis in 0..<size * size {
      var unit = [Double](repeating: 0, count: size * size)
      unit[axis] = 1
      let rest = projected(unit)
      if norm(rest) > 1e-6 { return rest }
    }
    return nil
  }
}
