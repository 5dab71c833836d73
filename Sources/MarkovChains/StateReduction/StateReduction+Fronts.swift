/// A quantity for every pair of states of a front.
struct FrontMatrix<Number: Semifield>: Sendable {
  let size: Int
  var elements: [Number]

  init(size: Int) {
    self.size = size
    elements = [Number](repeating: .zero, count: size * size)
  }

  subscript(i: Int, j: Int) -> Number {
    @inline(__always) get { elements[i * size + j] }
    @inline(__always) set { elements[i * size + j] = newValue }
  }
}

extension StateReduction {
  /// Fills a matrix for every front, from the last block to the first.
  ///
  /// A front's pairs of states that remain after its block stand in its parent's matrix already;
  /// the closure adds the pairs with a state of the block, last state first.
  ///
  /// - Parameters:
  ///   - fill: Receives the position, its index k in the front and the matrix, in which all pairs
  ///     of indices above k are known, and fills row and column k.
  ///   - finish: Receives each block with its complete matrix.
  func descend(
    fill: (_ position: Int, _ index: Int, _ matrix: inout FrontMatrix<Number>) -> Void,
    finish: (_ block: Int, _ matrix: FrontMatrix<Number>) -> Void
  ) {
    var matrices = [FrontMatrix<Number>?](repeating: nil, count: plan.blockCount)
    var open = [Int](repeating: 0, count: plan.blockCount)
    for parent in plan.parents where parent >= 0 { open[parent] += 1 }
    var place = [Int](repeating: 0, count: pivots.count)
    for block in (0..<plan.blockCount).reversed() {
      let front = plan.front(block)
      let width = plan.width(block)
      var matrix = FrontMatrix<Number>(size: front.count)
      let parent = plan.parents[block]
      if parent >= 0, let above = matrices[parent] {
        for (k, index) in plan.front(parent).enumerated() { place[plan.touched[index]] = k }
        for i in width..<front.count {
          let row = place[plan.touched[front.lowerBound + i]]
          for j in width..<front.count {
            matrix[i, j] = above[row, place[plan.touched[front.lowerBound + j]]]
          }
        }
        open[parent] -= 1
        if open[parent] == 0 { matrices[parent] = nil }
      }
      for k in (0..<width).reversed() { fill(plan.blockStarts[block] + k, k, &matrix) }
      finish(block, matrix)
      if open[block] > 0 { matrices[block] = matrix }
    }
  }

  /// The diagonal of (−Q)⁻¹: the mean time spent in each state before escape when starting there.
  ///
  /// The elements of the inverse on the pattern of the factors follow from one another without
  /// subtraction (Takahashi, Fagan & Chin 1973).
  func inverseDiagonal() -> [Number] {
    var diagonal = [Number](repeating: .zero, count: pivots.count)
    descend { position, k, matrix in
      var own = Number.one / pivots[position]
      var column: [Number] = []
      column.reserveCapacity(matrix.size - k - 1)
      for i in k + 1..<matrix.size {
        // From i: visits to s come through the states that remain.
        var sum = Number.zero
        var j = k + 1
        forEachBackward(position) { _, factor in
          sum += matrix[i, j] * factor
          j += 1
        }
        column.append(sum)
      }
      for i in k + 1..<matrix.size { matrix[i, k] = column[i - k - 1] }
      var j = k + 1
      forEachForward(position) { _, factor in
        own += factor * matrix[j, k]
        for i in k + 1..<matrix.size { matrix[k, i] += factor * matrix[j, i] }
        j += 1
      }
      matrix[k, k] = own
      diagonal[position] = own
    } finish: { _, _ in
    }
    return plan.positions.map { diagonal[$0] }
  }
}
