/// The scratch memory of eliminations by panels.
struct PanelBuffers<Number: Semifield> {
  /// The panel's own rows and columns: L below the diagonal, U above it.
  var corner: [Number] = []
  /// (1 − L)⁻¹ − 1, then (1 − U)⁻¹ − 1.
  var inverse: [Number] = []
  /// The total rate from each state of the panel to states outside it.
  var outside: [Number] = []
}

extension StateReduction {
  /// Eliminates a panel of states of a front together.
  ///
  /// The pivots need only the total rate of each state to outside the panel, so they and the factors
  /// L and U of the panel itself follow from its square corner and one more column. Then, with K for
  /// the panel's states and O for all that remain,
  ///
  ///     F_KO ← (1 − L)⁻¹ F_KO,   F_OK ← F_OK (1 − U)⁻¹ diag(1/K),   F_OO ← F_OO + F_OK F_KO,
  ///
  /// in which the inverses are sums of positive terms. So nearly all work is done by matrix products,
  /// and there is no subtraction anywhere.
  ///
  /// - Parameters:
  ///   - panel: The indices of the states in the front.
  ///   - front: All pairs of the front's states; the factors of the panel stand in its rows and
  ///     columns afterwards: the changed rates in the rows, the shares k_is/K_s in the columns.
  ///   - escapes: The rates out of the network of the front's states.
  ///   - buffers: Scratch memory.
  ///   - threads: The most threads.
  /// - Returns: The pivots.
  static func eliminatePanel(
    _ panel: Range<Int>, of front: DenseBlock<Number>, escapes: UnsafeMutablePointer<Number>,
    buffers: inout PanelBuffers<Number>, threads: Int
  ) -> [Number] {
    let width = panel.count
    let first = panel.lowerBound
    let rest = panel.upperBound..<front.rows
    var pivots = [Number](repeating: .zero, count: width)
    buffers.corner = front.part(rows: panel, columns: panel).copied()
    buffers.outside = panel.map { k in
      var sum = Number.zero
      for j in rest { sum += front[k, j] }
      return sum
    }
    buffers.corner.withUnsafeMutableBufferPointer { corner in
      for k in 0..<width {
        let row = k * width
        var pivot = escapes[first + k] + buffers.outside[k]
        for j in k + 1..<width { pivot += corner[row + j] }
        pivots[k] = pivot
        for i in k + 1..<width {
          guard !corner[i * width + k].isZero, !pivot.isZero else { continue }
          let share = corner[i * width + k] / pivot
          corner[i * width + k] = share
          buffers.outside[i] += share * buffers.outside[k]
          if !escapes[first + k].isZero { escapes[first + i] += share * escapes[first + k] }
          for j in k + 1..<width { corner[i * width + j] += share * corner[row + j] }
        }
      }
    }
    writeCorner(buffers.corner, to: front.part(rows: panel, columns: panel))
    guard !rest.isEmpty else { return pivots }
    buffers.inverse = [Number](repeating: .zero, count: width * width)
    let rows = front.part(rows: panel, columns: rest)
    let columns = front.part(rows: rest, columns: panel)
    buffers.corner.withUnsafeMutableBufferPointer { corner in
      buffers.inverse.withUnsafeMutableBufferPointer { inverse in
        guard let base = inverse.baseAddress else { return }
        let square = DenseBlock(base, stride: width, rows: width, columns: width)
        // X − 1 = L + L (X − 1) for X = (1 − L)⁻¹, row by row.
        for i in 1..<max(width, 1) {
          for k in 0..<i where !corner[i * width + k].isZero {
            let share = corner[i * width + k]
            square[i, k] += share
            for j in 0..<k { square[i, j] += share * square[k, j] }
          }
        }
        Number.addProduct(square, rows, to: rows, threads: threads)
        for k in 0..<width * width { inverse[k] = .zero }
        // Y − 1 = U + U (Y − 1) for Y = (1 − U)⁻¹, from the last row.
        for k in (0..<width).reversed() where !pivots[k].isZero {
          for m in k + 1..<width where !corner[k * width + m].isZero {
            let factor = corner[k * width + m] / pivots[k]
            square[k, m] += factor
            for j in m + 1..<width { square[k, j] += factor * square[m, j] }
          }
        }
        Number.addProduct(columns, square, to: columns, threads: threads)
      }
    }
    for i in 0..<columns.rows {
      var escape = Number.zero
      for k in 0..<width where !columns[i, k].isZero && !pivots[k].isZero {
        let share = columns[i, k] / pivots[k]
        columns[i, k] = share
        if !escapes[first + k].isZero { escape += share * escapes[first + k] }
      }
      escapes[rest.lowerBound + i] += escape
    }
    Number.addProduct(columns, rows, to: front.part(rows: rest, columns: rest), threads: threads)
    return pivots
  }

  private static func writeCorner(_ corner: [Number], to block: DenseBlock<Number>) {
    for i in 0..<block.rows {
      for j in 0..<block.columns where i != j { block[i, j] = corner[i * block.columns + j] }
    }
  }
}
