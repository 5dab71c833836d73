/// Exact samples of the time at which a set of states is left and of the state that is reached
/// then, at a cost that does not depend on how often states inside are visited again.
///
/// The states are eliminated one after the other. Watched only while it is in the states that
/// remain, the chain is again a Markov chain, with the rates of state reduction; the trajectory in
/// it shrinks to a few jumps, which are drawn. Then the states are put back in reverse order: given
/// the times t_i and the numbers of jumps H_ij of the chain without s, those in the chain with s are
///
/// - of the H_ij jumps a binomial number went through s, with the probability
///   (k_is k_sj/K_s)/(k_ij + k_is k_sj/K_s);
/// - from i to s and straight back there were a Poisson number of mean t_i k_is k_si/K_s;
/// - the time in s is a gamma number whose shape is the number of visits, divided by K_s.
///
/// This is kinetic path sampling (Athènes & Bulatov 2014; Sharpe & Wales 2020) in continuous time:
/// K_s is a sum over the states that remain, so nothing is ever subtracted, and loops at a state do
/// not occur. It is exact in distribution but for rounding errors and the limits in which numbers
/// of events above 2⁵³ are drawn.
struct EscapeSampler {
  /// What happens to the pair of a state before and one after the eliminated state.
  private struct Pair {
    /// The transition between them; −1 for the way back to the same state.
    let edge: Int
    /// The probability that a jump over it went through the eliminated state; for the way back
    /// the rate of such excursions.
    let through: ScaledNumber
    let direct: ScaledNumber
  }

  private struct Elimination {
    let state: Int
    let exitRate: ScaledNumber
    let incoming: [Int]
    let outgoing: [Int]
    /// The sums of the probabilities of the outgoing transitions.
    let cumulative: [Double]
    /// Row by row: incoming, outgoing.
    let pairs: [Pair]
  }

  /// The place of each state of the set in the list, by its number in the chain.
  private let places: [Int: Int]
  private var exits: [Int] = []
  private let positions: [Int]
  private var eliminations: [Elimination] = []
  private var origins: [Int] = []
  private var targets: [Int] = []

  /// How much work a sample may need at most, which is also the memory of the sampler.
  static func work(of plan: EliminationPlan) -> Int {
    (0..<plan.blockCount).reduce(0) { sum, block in
      let size = plan.front(block).count
      return sum + (0..<plan.width(block)).reduce(0) { $0 + (size - $1) * (size - $1) }
    }
  }

  /// Prepares the samples.
  ///
  /// The result is nil where the set is not left with certainty from everywhere.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - states: The set, ascending.
  ///   - plan: The order of elimination; nil for one of minimum degree.
  init?(_ network: RateNetwork<ScaledNumber>, leaving states: [Int], plan: EliminationPlan? = nil) {
    var places = [Int: Int]()
    for (k, state) in states.enumerated() { places[state] = k }
    self.places = places
    let count = states.count
    let plan =
      plan
      ?? {
        let part = network.restricted(to: states)
        return EliminationPlan(rowStarts: part.rowStarts, targets: part.targets)
      }()
    positions = plan.positions
    var exitPlaces = [Int: Int]()
    var rates: [ScaledNumber] = []
    // The transitions between states that remain, by their ends; exits come after the states.
    var forward = [[Int: Int]](repeating: [:], count: count)
    var backward = [[Int: Int]](repeating: [:], count: count)
    func add(_ i: Int, _ j: Int, _ rate: ScaledNumber) {
      forward[i][j] = rates.count
      if j < count { backward[j][i] = rates.count }
      rates.append(rate)
      origins.append(i)
      targets.append(j)
    }
    for (i, state) in states.enumerated() {
      network.forEachTransition(from: state) { target, rate in
        if let j = places[target] {
          add(i, j, rate)
        } else {
          let exit = exitPlaces[target] ?? exits.count
          if exit == exits.count {
            exits.append(target)
            exitPlaces[target] = exit
          }
          add(i, count + exit, rate)
        }
      }
    }
    for state in plan.states {
      let outgoing = forward[state].sorted { $0.key < $1.key }.map(\.value)
      let incoming = backward[state].sorted { $0.key < $1.key }.map(\.value)
      let exitRate = outgoing.reduce(ScaledNumber.zero) { $0 + rates[$1] }
      guard !exitRate.isZero else { return nil }
      var cumulative: [Double] = []
      var sum = ScaledNumber.zero
      for edge in outgoing {
        sum += rates[edge]
        cumulative.append((sum / exitRate).value)
      }
      var pairs: [Pair] = []
      for first in incoming {
        let i = origins[first]
        forward[i][state] = nil
        let share = rates[first] / exitRate
        for second in outgoing {
          let j = targets[second]
          let through = share * rates[second]
          if i == j {
            pairs.append(Pair(edge: -1, through: through, direct: .zero))
          } else if let edge = forward[i][j] {
            let total = rates[edge] + through
            pairs.append(
              Pair(edge: edge, through: through / total, direct: rates[edge] / total))
            rates[edge] = total
          } else {
            pairs.append(Pair(edge: rates.count, through: .one, direct: .zero))
            add(i, j, through)
          }
        }
      }
      for second in outgoing where targets[second] < count {
        backward[targets[second]][state] = nil
      }
      eliminations.append(
        Elimination(
          state: state, exitRate: exitRate, incoming: incoming, outgoing: outgoing,
          cumulative: cumulative, pairs: pairs))
    }
  }

  /// Draws an escape.
  ///
  /// - Parameters:
  ///   - start: A state of the set.
  ///   - generator: The source of random numbers.
  /// - Returns: The state outside that is reached, and when.
  func sample(
    from start: Int, using generator: inout PhiloxGenerator
  ) -> (exit: Int, time: ScaledNumber) {
    guard var current = places[start] else { return (start, .zero) }
    // Forwards: the jumps of the chain as the state it starts from is eliminated.
    var started = [Int](repeating: -1, count: eliminations.count)
    var last = 0
    while current < eliminations.count {
      last = positions[current]
      let step = eliminations[last]
      let u = generator.uniform()
      let choice = step.cumulative.firstIndex { u <= $0 } ?? step.cumulative.count - 1
      started[last] = step.outgoing[choice]
      current = targets[step.outgoing[choice]]
    }
    // Backwards: numbers of jumps and times as the states come back.
    var jumps = [ScaledNumber](repeating: .zero, count: targets.count)
    var times = [ScaledNumber](repeating: .zero, count: eliminations.count)
    var total = ScaledNumber.zero
    for position in (0...last).reversed() {
      let step = eliminations[position]
      var visits = ScaledNumber.zero
      if started[position] >= 0 {
        visits = .one
        jumps[started[position]] += .one
      }
      var pair = -1
      for first in step.incoming {
        let time = times[origins[first]]
        guard !time.isZero else {
          pair += step.outgoing.count
          continue
        }
        for second in step.outgoing {
          pair += 1
          let item = step.pairs[pair]
          let number: ScaledNumber
          if item.edge < 0 {
            number = generator.poisson(time * item.through)
          } else {
            let all = jumps[item.edge]
            guard !all.isZero else { continue }
            if item.direct.isZero {
              number = all
              jumps[item.edge] = .zero
            } else {
              (number, jumps[item.edge]) = generator.split(all, item.through, item.direct)
            }
          }
          guard !number.isZero else { continue }
          jumps[first] += number
          jumps[second] += number
          visits += number
        }
      }
      guard !visits.isZero else { continue }
      let time = generator.gamma(visits) / step.exitRate
      times[step.state] = time
      total += time
    }
    return (exits[current - eliminations.count], total)
  }
}
