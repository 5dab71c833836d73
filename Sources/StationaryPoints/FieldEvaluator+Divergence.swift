import Landscapes
import LinearAlgebra

extension FieldEvaluator {
  /// A point next to which the energy falls below every bound, near a given one.
  ///
  /// A pattern search goes down to the last digits. Around the point where it ends the energy is
  /// then looked at from outside inward: towards a pole or a logarithm it falls by as much or more
  /// from scale to scale, towards a minimum, a kink or a cusp by less and less.
  ///
  /// - Parameters:
  ///   - start: Where the search begins.
  ///   - radius: How far it looks.
  /// - Returns: The lowest point that was reached; nil where the energy is bounded.
  func divergence(near start: [Double], radius: Double) -> [Double]? {
    guard field.energy != nil else { return nil }
    var best = domain.clamped(start)
    let size = best.reduce(0) { max($0, $1.magnitude) }
    let finest = 8 * max(size.ulp, radius * 0x1p-60)
    var lowest = height(of: best)
    func look(_ axis: Int, _ step: Double) -> Bool {
      var x = best
      x[axis] += step
      x = domain.clamped(x)
      let height = height(of: x)
      guard height < lowest else { return false }
      (best, lowest) = (x, height)
      return true
    }
    // A pole may be deep on one side only, and the slope on the other leads away from it.
    for i in 0..<dimension {
      let center = best[i]
      for k in -16...16 { _ = look(i, center + radius * Double(k) / 16 - best[i]) }
    }
    var step = radius / 16
    while step > finest, lowest > -.infinity {
      var isMoving = true
      for _ in 0..<4 where isMoving {
        isMoving = false
        for i in 0..<dimension {
          if look(i, step) || look(i, -step) { isMoving = true }
        }
      }
      step *= 0.5
    }
    return lowest == -.infinity || fallsToTheLast(at: best, finest: finest) ? best : nil
  }

  private func height(of x: [Double]) -> Double {
    let result = energy(x) ?? .infinity
    return result.isNaN ? .infinity : result
  }

  /// Whether along some axis the energy falls towards a point as fast over the last scales as over
  /// those before.
  private func fallsToTheLast(at center: [Double], finest: Double) -> Bool {
    (0..<dimension).contains { axis in
      // Three times eight doublings of the distance, from the outermost.
      let ends = [24, 16, 8, 0].map { level in
        let distance = 16 * finest * Double(1 << level)
        return [distance, -distance].map { offset in
          var x = center
          x[axis] += offset
          return height(of: domain.clamped(x))
        }.min() ?? .infinity
      }
      let drops = zip(ends, ends.dropFirst()).map { $0 - $1 }
      return drops[0] > 0 && drops[1] >= 0.8 * drops[0] && drops[2] >= 0.8 * drops[1]
    }
  }

  /// The same, sought by descents from points spread over the domain: in many dimensions a pole
  /// shows by what falls into it.
  ///
  /// - Parameter seed: The seed of the starting points.
  /// - Returns: The lowest point that was reached; nil where no descent met a divergence.
  func divergence(seed: UInt64) -> [Double]? {
    guard field.energy != nil else { return nil }
    let starts = StartingPoints(domain: domain, seed: seed)
    for _ in 0..<64 {
      var x = starts.next()
      guard var height = energy(x), height.isFinite else { continue }
      var step = 0.05 * domain.diameter
      for _ in 0..<300 where step > 1e-14 * domain.diameter {
        let b = drift(x)
        let length = norm(b)
        guard length > 0, length.isFinite else { break }
        let next = domain.clamped(zip(x, b).map { $0 + step / length * $1 })
        let energy = energy(next) ?? .nan
        if energy == -.infinity { return next }
        if energy < height {
          (x, height) = (next, energy)
          step *= 1.5
        } else {
          step *= 0.5
        }
      }
      // Towards a minimum the drift vanishes; towards a pole it grows.
      if norm(drift(x)) > 10 * driftScale,
        let place = divergence(near: x, radius: 1e-6 * domain.diameter)
      {
        return place
      }
    }
    return nil
  }
}
