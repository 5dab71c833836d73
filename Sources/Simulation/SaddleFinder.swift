import Landscapes
import LinearAlgebra
import StationaryPoints

/// How many escapes from a minimum used each saddle.
///
/// The saddle of an escape is found from its way since it was last in the core set of the minimum:
/// the last of the (at most 32) points kept of it from which the flow ẋ = b(x) returns to the minimum
/// and the one after it lie on the two sides of the basin's boundary. A bisection between them comes
/// close to the boundary, and the flow from there runs along it to the saddle that it belongs to:
/// the saddle of the minimum that this flow comes nearest to.
public struct SaddleUse: Sendable, Equatable {
  /// Escapes by the number of the saddle in the network.
  public let counts: [Int]
  /// Of how many escapes, the first in the order of the trajectories, the saddle was sought. The
  /// sum of `counts` is less where the flow from some ended nowhere.
  public let sought: Int

  /// The share of escapes over a saddle among those whose saddle was found.
  ///
  /// - Parameter saddle: The number of the saddle.
  /// - Returns: The share with its binomial standard error; nil where none was found.
  public func share(of saddle: Int) -> Measured? {
    let total = counts.reduce(0, +)
    guard total > 0 else { return nil }
    let share = Double(counts[saddle]) / Double(total)
    return Measured(
      value: share, standardError: (share * (1 - share) / Double(total)).squareRoot())
  }
}

/// Finds the saddle that an escape from a minimum used.
struct SaddleFinder: Sendable {
  private let field: CompiledField
  private let cores: CoreSets
  private let minimum: Int
  /// The saddles of the minimum, by their numbers in the network.
  private let candidates: [(number: Int, coordinates: [Double])]
  /// The distance of the minimum from its nearest saddle.
  private let scale: Double

  /// Of how many escapes the saddle is sought: a flow costs as much as hundreds of steps, in many
  /// variables more.
  let capacity: Int

  /// Prepares the search; nil where no saddle is known to lead out of the minimum.
  init?(_ network: StationaryNetwork, minimum: Int, cores: CoreSets, field: CompiledField) {
    let saddles = network.saddles.enumerated().filter { _, saddle in
      saddle.connects.contains(minimum) && saddle.connects.contains { $0 != minimum }
    }
    guard !saddles.isEmpty else { return nil }
    self.field = field
    self.cores = cores
    self.minimum = minimum
    candidates = saddles.map { ($0.offset, $0.element.point.coordinates) }
    let center = network.minima[minimum].coordinates
    scale = candidates.map { distance($0.coordinates, center) }.min() ?? 1
    capacity = max(50, min(1000, 20_000 / field.dimension))
  }

  /// Whether the way has to be known: not where there is one saddle only.
  var needsPath: Bool { candidates.count > 1 }

  /// The saddle that was used.
  ///
  /// - Parameters:
  ///   - path: The way since the last visit to the minimum's core set.
  ///   - end: Where it ended.
  /// - Returns: The saddle's number in the network; nil where flows end nowhere.
  func saddle(path: [[Double]], end: [Double]) -> Int? {
    guard needsPath else { return candidates[0].number }
    var inside = cores.sets[minimum].center
    var outside = end
    for point in path.reversed() {
      if flow(from: point).core == minimum {
        inside = point
        break
      }
      outside = point
    }
    var nearest: (number: Int, distance: Double)?
    for _ in 0..<16 {
      let middle = zip(inside, outside).map { 0.5 * ($0 + $1) }
      let flow = flow(from: middle)
      if flow.core == minimum { inside = middle } else { outside = middle }
      guard flow.core != nil else { continue }
      // The closer to the boundary, the closer the flow comes to its saddle.
      if let known = nearest, known.distance <= flow.distance { continue }
      nearest = (flow.nearest, flow.distance)
    }
    return nearest?.number
  }

  /// Follows ẋ = b(x) into a core set by the method of Bogacki and Shampine (1989), of order 3 with
  /// an error estimate.
  ///
  /// - Returns: The core set, nil where none is reached; the saddle that the flow comes nearest to,
  ///   and that distance.
  private func flow(from start: [Double]) -> (core: Int?, nearest: Int, distance: Double) {
    let n = start.count
    var x = start
    var nearest = candidates[0].number
    var least = Double.infinity
    var first = field.drift(at: x)
    var step = 0.01 * scale / max(norm(first), 1e-3 * scale)
    for _ in 0..<2000 {
      for candidate in candidates {
        let separation = distance(x, candidate.coordinates)
        if separation < least { (nearest, least) = (candidate.number, separation) }
      }
      if let core = cores.index(containing: x) { return (core, nearest, least) }
      let second = field.drift(at: (0..<n).map { x[$0] + 0.5 * step * first[$0] })
      let third = field.drift(at: (0..<n).map { x[$0] + 0.75 * step * second[$0] })
      let next = (0..<n).map {
        x[$0] + step / 9 * (2 * first[$0] + 3 * second[$0] + 4 * third[$0])
      }
      let fourth = field.drift(at: next)
      var error = 0.0
      for i in 0..<n {
        let term =
          step / 72 * (-5 * first[i] + 6 * second[i] + 8 * third[i] - 9 * fourth[i])
        error += term * term
      }
      error = error.squareRoot() / (1e-5 * scale)
      if error <= 1 {
        // Long steps could jump over a core set or past a saddle.
        guard distance(x, next) <= 0.1 * scale else {
          step *= 0.5
          continue
        }
        x = next
        first = fourth
      }
      guard step > 0, x.allSatisfy(\.isFinite), first.allSatisfy(\.isFinite) else { break }
      step *= error.isFinite ? min(4, max(0.2, 0.9 * rootOfThird(error))) : 0.1
    }
    return (nil, nearest, least)
  }

  /// error^(−1/3).
  private func rootOfThird(_ error: Double) -> Double {
    error > 0 ? Double.exp(-logOf(error) / 3) : 4
  }
}
