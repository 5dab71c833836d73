/// Rates between states as numbers of a semifield, in compressed rows, and rates out of the
/// network.
struct RateNetwork<Number: Semifield>: Sendable {
  var stateCount: Int
  /// Where each row starts; `stateCount + 1` entries.
  var rowStarts: [Int]
  /// The reached states, ascending within a row.
  var targets: [Int]
  /// The rates, none of them zero.
  var rates: [Number]
  /// The total rate from each state to outside the network.
  var escapes: [Number]

  /// Calls a closure with each transition from a state.
  @inline(__always)
  func forEachTransition(from state: Int, _ body: (Int, Number) -> Void) {
    for k in rowStarts[state]..<rowStarts[state + 1] { body(targets[k], rates[k]) }
  }

  /// The total rate at which a state is left.
  func exitRate(of state: Int) -> Number {
    var sum = escapes[state]
    forEachTransition(from: state) { sum += $1 }
    return sum
  }

  /// The network of some of the states, numbered as they stand in the list; rates to others are
  /// escapes.
  func restricted(to states: [Int]) -> RateNetwork {
    var local = [Int](repeating: -1, count: stateCount)
    for (k, state) in states.enumerated() { local[state] = k }
    var result = RateNetwork(
      stateCount: states.count, rowStarts: [0], targets: [], rates: [], escapes: [])
    for state in states {
      var escape = escapes[state]
      forEachTransition(from: state) { target, rate in
        if local[target] >= 0 {
          result.targets.append(local[target])
          result.rates.append(rate)
        } else {
          escape += rate
        }
      }
      result.rowStarts.append(result.targets.count)
      result.escapes.append(escape)
    }
    return result
  }

  /// The network with all transitions turned round and their rates changed by a function of from,
  /// to and rate; escapes are dropped.
  func reversed(_ rate: (Int, Int, Number) -> Number) -> RateNetwork {
    var starts = [Int](repeating: 0, count: stateCount + 1)
    for target in targets { starts[target + 1] += 1 }
    for i in 0..<stateCount { starts[i + 1] += starts[i] }
    var fill = starts
    var newTargets = [Int](repeating: 0, count: targets.count)
    var newRates = rates
    for from in 0..<stateCount {
      forEachTransition(from: from) { to, value in
        newTargets[fill[to]] = from
        newRates[fill[to]] = rate(from, to, value)
        fill[to] += 1
      }
    }
    return RateNetwork(
      stateCount: stateCount, rowStarts: starts, targets: newTargets, rates: newRates,
      escapes: [Number](repeating: .zero, count: stateCount))
  }

  /// Which states can reach a set, itself included, without passing through the blocked ones.
  func canReach(_ set: [Int], avoiding blocked: [Bool]? = nil) -> [Bool] {
    let sources = reversed { _, _, rate in rate }
    var reached = [Bool](repeating: false, count: stateCount)
    for state in set { reached[state] = true }
    var stack = set
    while let state = stack.popLast() {
      sources.forEachTransition(from: state) { source, _ in
        guard !reached[source], blocked?[source] != true else { return }
        reached[source] = true
        stack.append(source)
      }
    }
    return reached
  }
}
