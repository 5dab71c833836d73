/// The order of the lists of a network: by energy, energies that agree to 1e-9 by coordinates;
/// drifts by coordinates alone.
func ordered<T>(_ items: [T], by point: (T) -> StationaryPoint) -> [T] {
  let sorted = items.sorted { a, b in
    let (p, q) = (point(a), point(b))
    if let e = p.energy, let f = q.energy, e != f { return e < f }
    return precedes(p.coordinates, q.coordinates)
  }
  var result: [T] = []
  var group: [T] = []
  var first: Double?
  func flush() {
    result += group.sorted { precedes(point($0).coordinates, point($1).coordinates) }
    group = []
  }
  for item in sorted {
    let energy = point(item).energy
    if let energy, let start = first, (energy - start).magnitude > 1e-9 * max(1, start.magnitude) {
      flush()
      first = nil
    }
    if first == nil { first = energy }
    group.append(item)
  }
  flush()
  return result
}

/// Lexicographic order in which coordinates that differ by rounding count as equal.
private func precedes(_ x: [Double], _ y: [Double]) -> Bool {
  for (a, b) in zip(x, y) where (a - b).magnitude > 1e-9 * max(1, a.magnitude) { return a < b }
  return false
}
