/// Numbers waiting for their turn: the one with the lowest energy first, of equal ones the
/// smallest number (a binary heap).
struct EnergyQueue {
  private var heap: [(energy: Double, number: Int)] = []

  mutating func insert(_ number: Int, energy: Double) {
    heap.append((energy, number))
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes the next numbers; fewer where fewer are left.
  mutating func removeFirst(_ count: Int) -> [Int] {
    (0..<min(count, heap.count)).compactMap { _ in removeFirst() }
  }

  private mutating func removeFirst() -> Int? {
    guard let last = heap.popLast() else { return nil }
    guard let first = heap.first else { return last.number }
    heap[0] = last
    var parent = 0
    while true {
      let left = 2 * parent + 1
      guard left < heap.count else { break }
      let right = left + 1
      let child = right < heap.count && heap[right] < heap[left] ? right : left
      guard heap[child] < heap[parent] else { break }
      heap.swapAt(child, parent)
      parent = child
    }
    return first.number
  }
}
