public import Landscapes
import LinearAlgebra

/// A search for all stationary points of a landscape, or fixed points of a drift, in a box.
///
/// In one to three dimensions the result is certified complete by interval branch and prune
/// (`IntervalEnumeration`). In higher dimensions minima are sought from evenly spread starts,
/// saddles by following every mode of every minimum both ways, and the search ends when points
/// keep coming back and no new ones do; what that proves is said in the network's `completeness`.
/// Where there are more points than can be listed (a sum of twenty double wells has a million
/// minima) it goes on from the lowest minima and ends at `largestCount` points or `searchBudget`
/// searches; every saddle that it lists is joined to its minima all the same.
///
/// ```swift
/// let domain = try Domain(lower: [-2, -2], upper: [2, 2])
/// let network = try StationaryPointSearch(domain: domain).run(on: CompiledField(landscape))
/// network.minima[0].coordinates
/// network.completeness.status   // .certified
/// ```
///
/// The same settings give the same network, to the last bit, on any number of threads.
public struct StationaryPointSearch: Sendable, Equatable {
  /// The box in which the points are sought.
  public var domain: Domain
  /// The highest index that is listed; nil for all.
  public var highestIndex: Int?
  /// Whether to prove completeness where that is possible (one to three dimensions).
  public var certify: Bool
  /// How many boxes the certified enumeration may examine.
  public var boxBudget: Int
  /// How many minimisations, climbs and Newton iterations the search in higher dimensions may
  /// start; the descents from saddles that were found are made in any case.
  public var searchBudget: Int
  /// How many stationary points the search in higher dimensions collects before it ends. The last
  /// wave of searches may bring a few hundred more.
  public var largestCount: Int
  /// The seed of the starting points.
  public var seed: UInt64
  /// Whether the points of the descents are kept; without them only the minima they end in.
  public var followPaths: Bool
  /// Whether the walls of the domain reflect; a descent that reaches a wall then slides along it.
  public var reflecting: Bool
  /// How many threads search; 0 for all processors.
  public var threads: Int

  /// Creates the settings of a search.
  ///
  /// - Parameters:
  ///   - domain: The box in which the points are sought.
  ///   - highestIndex: The highest index that is listed; nil for all.
  ///   - certify: Whether to prove completeness in one to three dimensions.
  ///   - boxBudget: How many boxes the certified enumeration may examine.
  ///   - searchBudget: How many single searches may be started in higher dimensions.
  ///   - largestCount: How many points are collected before the search in higher dimensions ends.
  ///   - seed: The seed of the starting points.
  ///   - followPaths: Whether the points of the descents from the saddles are kept.
  ///   - reflecting: Whether the walls of the domain reflect.
  ///   - threads: How many threads search; 0 for all processors.
  public init(
    domain: Domain, highestIndex: Int? = 1, certify: Bool = true, boxBudget: Int = 2_000_000,
    searchBudget: Int = 100_000, largestCount: Int = 20_000, seed: UInt64 = 1,
    followPaths: Bool = true, reflecting: Bool = false, threads: Int = 0
  ) {
    self.domain = domain
    self.highestIndex = highestIndex
    self.certify = certify
    self.boxBudget = boxBudget
    self.searchBudget = searchBudget
    self.largestCount = largestCount
    self.seed = seed
    self.followPaths = followPaths
    self.reflecting = reflecting
    self.threads = threads
  }

  /// Finds the stationary points of a field and the minima that its saddles join.
  ///
  /// - Parameters:
  ///   - field: The landscape or drift.
  ///   - isCancelled: Asked often, from several threads; true ends the search early.
  /// - Returns: The network of minima and saddles. Of a search that was ended early it holds what
  ///   was found until then (perhaps nothing), its completeness is unknown, and saddles whose
  ///   descents were not followed any more have an empty `connects`.
  /// - Throws: `StationaryPointError`.
  public func run(
    on field: CompiledField, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> StationaryNetwork {
    try check(field)
    let evaluator = FieldEvaluator(field: field, domain: domain)
    try evaluator.survey(seed: seed)
    var found: Findings
    if certify, field.dimension <= 3, field.driftEnclosure != nil,
      let certified = try enumerate(evaluator, isCancelled: isCancelled)
    {
      found = certified
    } else {
      if let place = evaluator.divergence(seed: seed) {
        throw StationaryPointError.divergesInside(at: place)
      }
      var search = SystematicSearch(
        evaluator: evaluator, settings: self, known: [], isCancelled: isCancelled)
      found = search.run()
      if let place = search.divergence { throw StationaryPointError.divergesInside(at: place) }
    }
    return try assemble(&found, evaluator: evaluator, isCancelled: isCancelled)
  }

  private func check(_ field: CompiledField) throws {
    guard domain.dimension == field.dimension else {
      throw StationaryPointError.dimensionMismatch(
        domain: domain.dimension, field: field.dimension)
    }
    if let highestIndex, !(0...field.dimension).contains(highestIndex) {
      throw StationaryPointError.invalidHighestIndex(highestIndex, dimension: field.dimension)
    }
    if boxBudget <= 0 {
      throw StationaryPointError.invalidBudget(name: "the box budget", value: boxBudget)
    }
    if searchBudget <= 0 {
      throw StationaryPointError.invalidBudget(name: "the search budget", value: searchBudget)
    }
    if largestCount <= 0 {
      throw StationaryPointError.invalidBudget(
        name: "the largest count of points", value: largestCount)
    }
    if threads < 0 {
      throw StationaryPointError.invalidThreads(threads)
    }
  }

  /// Whether an index is among those that are listed.
  func lists(index: Int) -> Bool { highestIndex.map { index <= $0 } ?? true }
}

/// What a search found, before the points are numbered and joined.
struct Findings {
  /// All stationary points that may be listed.
  var points: [StationaryPoint] = []
  /// One point of every continuum of stationary points.
  var continua: [StationaryPoint] = []
  /// Sentences for the reader.
  var sentences: [String] = []
  /// What is known about completeness.
  var completeness = Completeness(status: .unknown, detail: "")
  /// Why the search ended before it had nothing left to do.
  var stop: SystematicSearch.Stop?
  /// Whether the flow cannot leave the domain: then the saddles must join all minima.
  var isInward = false
}
