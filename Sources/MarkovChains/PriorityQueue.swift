/// A binary heap that gives back the element of the highest priority; of equal ones the first in.
struct PriorityQueue<Element> {
  private var heap: [(element: Element, priority: Double, number: Int)] = []
  private var inserted = 0

  private func precedes(_ i: Int, _ j: Int) -> Bool {
    heap[i].priority != heap[j].priority
      ? heap[i].priority > heap[j].priority : heap[i].number < heap[j].number
  }

  mutating func insert(_ element: Element, priority: Double) {
    heap.append((element, priority, inserted))
    inserted += 1
    var child = heap.count - 1
    while child > 0, precedes(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeHighest() -> (element: Element, priority: Double)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return (first.element, first.priority) }
    heap[0] = last
    var parent = 0
    while 2 * parent + 1 < heap.count {
      var child = 2 * parent + 1
      if child + 1 < heap.count, precedes(child + 1, child) { child += 1 }
      guard precedes(child, parent) else { break }
      heap.swapAt(parent, child)
      parent = child
    }
    return (first.element, first.priority)
  }
}
