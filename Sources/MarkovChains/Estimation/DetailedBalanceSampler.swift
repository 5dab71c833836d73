import Glibc
import LinearAlgebra

/// Samples of the jumps of a reversible chain from their posterior distribution.
///
/// The posterior density of the symmetric weights w_ij = π_i p_ij, i < j, is
/// ∏ w_ij^{a_ij − 1} / ∏ w_i^{c_i} with a_ij = c_ij + c_ji, w_i = Σ_j w_ij and c_i = Σ_{j≠i} c_ij,
/// after the diagonal is integrated out, which is independent of the rest (the prior is that of
/// Trendelkamp-Schroer, Wu, Paul & Noé 2015). Writing each w_i^{−c_i} as an integral over z_i of
/// z_i^{c_i − 1} e^{−z_i w_i} gives a joint density in which
///
/// - w_ij given z has a gamma distribution of shape a_ij and rate z_i + z_j,
/// - z_i given w has a gamma distribution of shape c_i and rate w_i, and
/// - u = ln z alone has the density e^{−F(u)} with the F of `DetailedBalanceFit`, log-concave.
///
/// A step moves u by elliptical slice sampling (Murray, Adams & MacKay 2010) around the most likely
/// point, with the Laplacian there as the inverse covariance of a t-distribution (Nishihara, Murray
/// & Adams 2014), then draws w given u and u given w. The first makes steps of the size of the
/// posterior also along slow directions, such as the weight of one basin against another, where
/// updates of one w_ij at a time have to diffuse.
struct DetailedBalanceSampler {
  private let fit: DetailedBalanceFit
  private let laplacian: GroundedLaplacian
  private let mode: [Double]
  private let exits: [Double]
  private var u: [Double]
  /// ln w for each link of the fit.
  private(set) var logWeights: [Double]
  /// ln Σ_j w_ij for each state; −∞ for a state without links.
  private(set) var logSums: [Double]

  private static let degreesOfFreedom = 4.0
  /// The steps before the first sample; the start is the most likely point.
  private static let burnIn = 50

  init(_ fit: DetailedBalanceFit) {
    self.fit = fit
    laplacian = fit.laplacian()
    mode = fit.logits
    u = mode
    var exits = [Double](repeating: 0, count: fit.stateCount)
    for link in fit.links {
      exits[link.i] += link.forward
      exits[link.j] += link.backward
    }
    self.exits = exits
    logWeights = [Double](repeating: -.infinity, count: fit.links.count)
    logSums = [Double](repeating: -.infinity, count: fit.stateCount)
  }

  /// Draws samples, one after another from the most likely point on.
  ///
  /// - Parameters:
  ///   - fit: The counts.
  ///   - count: How many samples.
  ///   - stepsPerSample: How many steps lie between them.
  ///   - seed: The seed.
  ///   - make: Makes a sample of the sampler's state.
  /// - Returns: The samples.
  /// - Throws: What the fit or `make` throws.
  static func samples<Sample>(
    _ fit: DetailedBalanceFit, count: Int, stepsPerSample: Int, seed: UInt64,
    _ make: (DetailedBalanceSampler, inout PhiloxGenerator) throws -> Sample
  ) throws -> [Sample] {
    var fit = fit
    try fit.maximizeLikelihood()
    var sampler = DetailedBalanceSampler(fit)
    var random = PhiloxGenerator(seed: seed, stream: 0)
    for _ in 0..<burnIn { sampler.advance(&random) }
    return try (0..<count).map { _ in
      for _ in 0..<stepsPerSample { sampler.advance(&random) }
      return try make(sampler, &random)
    }
  }

  /// One step; afterwards `logWeights` is a sample.
  mutating func advance(_ random: inout PhiloxGenerator) {
    guard !fit.links.isEmpty else { return }
    moveGlobally(&random)
    drawWeights(&random)
    for state in 0..<fit.stateCount where exits[state] > 0 {
      u[state] = random.logGamma(shape: exits[state]) - logSums[state]
    }
  }

  private mutating func drawWeights(_ random: inout PhiloxGenerator) {
    var rows = [[Double]](repeating: [], count: fit.stateCount)
    for (k, link) in fit.links.enumerated() {
      logWeights[k] = random.logGamma(shape: link.sum) - logSumExp(u[link.i], u[link.j])
      rows[link.i].append(logWeights[k])
      rows[link.j].append(logWeights[k])
    }
    logSums = rows.map { logSumExp($0) }
  }

  private mutating func moveGlobally(_ random: inout PhiloxGenerator) {
    let freedom = Self.degreesOfFreedom
    let dimension = Double(laplacian.dimension)
    let start = zip(u, mode).map { $0 - $1 }
    let form = laplacian.quadraticForm(start)
    // The scale of the normal distribution that the t-distribution mixes, given the point.
    let shape = (freedom + dimension) / 2
    let variance = (freedom + form) / 2 / exp(random.logGamma(shape: shape))
    let scale = variance.squareRoot()
    let other = laplacian.normalVector(&random).map { scale * $0 }
    func logRatio(_ x: [Double], _ form: Double) -> Double {
      -fit.negativeLogLikelihood(x) + shape * log1p(form / freedom)
    }
    let threshold = logRatio(u, form) + log(random.uniform())
    var angle = 2 * Double.pi * random.uniform()
    var lower = angle - 2 * Double.pi
    var upper = angle
    // The bracket shrinks towards the present point, which is on the slice.
    for _ in 0..<200 {
      let c = cos(angle)
      let s = sin(angle)
      let offset = zip(start, other).map { $0 * c + $1 * s }
      let point = zip(mode, offset).map { $0 + $1 }
      if logRatio(point, laplacian.quadraticForm(offset)) > threshold {
        u = point
        return
      }
      if angle < 0 { lower = angle } else { upper = angle }
      angle = lower + (upper - lower) * random.uniform()
    }
  }

  /// Calls a closure with ln (w_ij/w_i) for each direction of each link.
  func forEachShare(_ body: (_ from: Int, _ to: Int, _ logShare: Double) -> Void) {
    for (link, weight) in zip(fit.links, logWeights) {
      body(link.i, link.j, weight - logSums[link.i])
      body(link.j, link.i, weight - logSums[link.j])
    }
  }
}
