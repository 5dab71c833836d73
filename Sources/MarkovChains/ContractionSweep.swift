/// The single sweep over the edges of a cost network from which the low-noise spectrum and the
/// hierarchy of cycles are read off.
///
/// Every state, and later every contracted cycle, is a sink until the sweep arrives at the cost of
/// its cheapest exit. If that exit leads to another tree the forest loses a sink; if it closes a
/// cycle the cycle becomes one node, whose exits cost c − c_m + c_max for an exit of cost c from
/// the member m, with c_m the cheapest exit of m and c_max the largest of these (Chu & Liu 1965;
/// Edmonds 1967; Cameron & Gan 2016, section 4). Exits wait in mergeable heaps with lazy additions,
/// so that the sweep takes O(m log n).
struct ContractionSweep {
  /// A state (the first ones) or a cycle.
  struct Node {
    var parent = -1
    /// The members, in the order in which the cycle visits them from the one that is left last.
    var children: [Int] = []
    var rotationCost = -Double.infinity
    var exitCost = Double.infinity
    /// The edge of the cheapest exit; −1 for none.
    var exitEdge = -1
    var isExitUnique = true
    /// The state that stays a sink longest.
    var sink: Int
    /// How many states could take the place of the sink.
    var alternatives = 1
  }

  /// The loss of a sink.
  struct Step {
    let cost: Double
    let lostSink: Int
    let absorbingSink: Int
    let edge: Int
    /// Whether the sinks that remain are the only optimal ones.
    var isUnique = true
  }

  let edges: [CostEdge]
  private(set) var nodes: [Node]
  private(set) var steps: [Step] = []
  /// The nodes without a parent.
  private(set) var roots: [Int] = []
  /// Costs that differ by less count as equal.
  let tolerance: Double

  private var heap: ExitHeap
  private var tops: [Int]
  private var containers: DisjointSets
  private var trees: DisjointSets

  init(stateCount: Int, edges: [CostEdge]) {
    self.edges = edges
    tolerance = 1e-9 * edges.reduce(0) { max($0, abs($1.cost)) }
    nodes = (0..<stateCount).map { Node(sink: $0) }
    heap = ExitHeap(costs: edges.map(\.cost))
    tops = [Int](repeating: -1, count: stateCount)
    containers = DisjointSets(count: stateCount)
    trees = DisjointSets(count: stateCount)
    for (number, edge) in edges.enumerated() {
      tops[edge.from] = heap.merge(tops[edge.from], number)
    }
    run()
  }

  private mutating func run() {
    var queue = PriorityQueue<Int>()
    for state in nodes.indices { wait(state, in: &queue) }
    var ambiguous = 0
    var last = -Double.infinity
    while let (node, priority) = queue.removeHighest() {
      // Rounding must not let the sweep go backwards.
      let cost = max(-priority, last)
      last = cost
      let edge = tops[node]
      nodes[node].exitCost = cost
      nodes[node].exitEdge = edge
      nodes[node].isExitUnique = isCheapestUnique(node)
      let target = container(of: edges[edge].to)
      if trees.find(nodes[node].sink) == trees.find(nodes[target].sink) {
        if nodes[node].alternatives > 1 { ambiguous -= 1 }
        let cycle = contract(from: node, through: target)
        if nodes[cycle].alternatives > 1 { ambiguous += 1 }
        wait(cycle, in: &queue)
      } else {
        if let before = steps.indices.last {
          steps[before].isUnique = ambiguous == 0 && steps[before].cost < cost - tolerance
        }
        if nodes[node].alternatives > 1 { ambiguous -= 1 }
        // The representative of a tree is its sink.
        let absorbing = trees.find(nodes[target].sink)
        steps.append(
          Step(cost: cost, lostSink: nodes[node].sink, absorbingSink: absorbing, edge: edge))
        trees.join(nodes[node].sink, to: absorbing)
      }
    }
    if let before = steps.indices.last { steps[before].isUnique = ambiguous == 0 }
    roots = nodes.indices.filter { nodes[$0].parent < 0 }
  }

  /// The node without a parent that holds a state.
  private mutating func container(of state: Int) -> Int { containers.find(state) }

  /// Drops the exits that have become inner edges and queues the node at its cheapest one.
  private mutating func wait(_ node: Int, in queue: inout PriorityQueue<Int>) {
    prune(node)
    guard tops[node] >= 0 else { return }
    queue.insert(node, priority: -heap.cost(tops[node]))
  }

  private mutating func prune(_ node: Int) {
    while tops[node] >= 0, container(of: edges[tops[node]].to) == node {
      tops[node] = heap.removeTop(tops[node])
    }
  }

  private mutating func isCheapestUnique(_ node: Int) -> Bool {
    let edge = tops[node]
    let cost = heap.cost(edge)
    tops[node] = heap.removeTop(edge)
    prune(node)
    let isUnique = tops[node] < 0 || heap.cost(tops[node]) > cost + tolerance
    tops[node] = heap.merge(tops[node], edge)
    return isUnique
  }

  /// Makes a node of the cycle that a node's exit closes.
  private mutating func contract(from node: Int, through first: Int) -> Int {
    var members = [node]
    var member = first
    while member != node {
      members.append(member)
      member = container(of: edges[nodes[member].exitEdge].to)
    }
    let cycle = nodes.count
    let rotation = nodes[node].exitCost
    var merged = Node(children: members, rotationCost: rotation, sink: nodes[node].sink)
    merged.alternatives = 0
    nodes.append(merged)
    containers.add()
    var top = -1
    for member in members {
      nodes[member].parent = cycle
      if nodes[member].exitCost >= rotation - tolerance {
        nodes[cycle].alternatives += nodes[member].alternatives
      }
      containers.join(member, to: cycle)
      guard tops[member] >= 0 else { continue }
      heap.add(rotation - nodes[member].exitCost, to: tops[member])
      top = heap.merge(top, tops[member])
    }
    tops.append(top)
    return cycle
  }
}

/// A directed edge with a cost.
struct CostEdge: Sendable, Equatable {
  let from: Int
  let to: Int
  let cost: Double
}

extension CostEdge {
  /// The cheapest edge of every connected pair, by state; those of infinite cost are left out.
  ///
  /// - Throws: `MarkovChainError` for an unknown state, a self-loop, or a cost that is NaN or −∞.
  static func cheapest(
    stateCount: Int, _ edges: [(from: Int, to: Int, cost: Double)]
  ) throws -> [CostEdge] {
    guard stateCount >= 1 else { throw MarkovChainError.noStates }
    for edge in edges {
      for state in [edge.from, edge.to] where !(0..<stateCount).contains(state) {
        throw MarkovChainError.unknownState(state, stateCount: stateCount)
      }
      guard edge.from != edge.to else { throw MarkovChainError.selfLoop(state: edge.from) }
      guard edge.cost > -.infinity else {
        throw MarkovChainError.invalidCost(from: edge.from, to: edge.to, cost: edge.cost)
      }
    }
    var result: [CostEdge] = []
    for edge in edges.sorted(by: { ($0.from, $0.to, $0.cost) < ($1.from, $1.to, $1.cost) })
    where edge.cost < .infinity {
      if let last = result.last, last.from == edge.from, last.to == edge.to { continue }
      result.append(CostEdge(from: edge.from, to: edge.to, cost: edge.cost))
    }
    return result
  }
}

/// Leftist heaps of edges by cost with lazy additions; of equal costs the first edge is on top.
struct ExitHeap {
  private var costs: [Double]
  private var pending: [Double]
  private var left: [Int]
  private var right: [Int]
  private var rank: [Int]

  init(costs: [Double]) {
    self.costs = costs
    pending = [Double](repeating: 0, count: costs.count)
    left = [Int](repeating: -1, count: costs.count)
    right = left
    rank = [Int](repeating: 1, count: costs.count)
  }

  /// The cost of an edge on top of its heap.
  func cost(_ top: Int) -> Double { costs[top] }

  /// Adds to the costs of all edges of a heap.
  mutating func add(_ amount: Double, to top: Int) {
    costs[top] += amount
    pending[top] += amount
  }

  /// The top of the heap that holds the edges of two; the depth of the recursion is logarithmic.
  mutating func merge(_ a: Int, _ b: Int) -> Int {
    guard a >= 0 else { return b }
    guard b >= 0 else { return a }
    let (top, other) = (costs[a], a) <= (costs[b], b) ? (a, b) : (b, a)
    push(top)
    right[top] = merge(right[top], other)
    let leftRank = left[top] < 0 ? 0 : rank[left[top]]
    let rightRank = rank[right[top]]
    if leftRank < rightRank { swap(&left[top], &right[top]) }
    rank[top] = min(leftRank, rightRank) + 1
    return top
  }

  /// Takes the top away; the edge becomes a heap of its own.
  mutating func removeTop(_ top: Int) -> Int {
    push(top)
    let rest = merge(left[top], right[top])
    left[top] = -1
    right[top] = -1
    rank[top] = 1
    return rest
  }

  private mutating func push(_ top: Int) {
    let amount = pending[top]
    guard amount != 0 else { return }
    pending[top] = 0
    if left[top] >= 0 { add(amount, to: left[top]) }
    if right[top] >= 0 { add(amount, to: right[top]) }
  }
}

/// Disjoint sets whose representative is chosen by the one who joins them.
struct DisjointSets {
  private var parents: [Int]
  private var sizes: [Int]
  /// The chosen representative of a set, at its root.
  private var names: [Int]

  init(count: Int) {
    parents = [Int](0..<count)
    sizes = [Int](repeating: 1, count: count)
    names = parents
  }

  /// Adds a set of one.
  mutating func add() {
    parents.append(parents.count)
    names.append(names.count)
    sizes.append(1)
  }

  private mutating func root(_ element: Int) -> Int {
    var current = element
    while parents[current] != current {
      parents[current] = parents[parents[current]]
      current = parents[current]
    }
    return current
  }

  /// The representative of the set of an element.
  mutating func find(_ element: Int) -> Int { names[root(element)] }

  /// Joins the set of an element to that of a representative, which stays one.
  mutating func join(_ element: Int, to representative: Int) {
    let a = root(element)
    let b = root(representative)
    guard a != b else { return }
    let (large, small) = sizes[a] >= sizes[b] ? (a, b) : (b, a)
    parents[small] = large
    sizes[large] += sizes[small]
    names[large] = representative
  }
}
