import Glibc
import LinearAlgebra
import MarkovChains
import Testing

func birthDeath(up: [Double], down: [Double]) throws -> MarkovChain {
  try MarkovChain(
    stateCount: up.count + 1,
    transitions: up.enumerated().map { .init(from: $0, to: $0 + 1, logRate: $1) }
      + down.enumerated().map { .init(from: $0 + 1, to: $0, logRate: $1) })
}

@Suite("Closed forms")
struct ClosedFormTests {
  // π = (b, a)/(a + b), relaxation time 1/(a + b), passage times 1/a and 1/b.
  @Test("Two states", arguments: [(-1.0, -2.0), (-12.3, -2100.0), (-5000.0, -4990.0)])
  func twoStates(_ logs: (Double, Double)) throws {
    let (a, b) = logs
    let sum = logSumExp(a, b)
    let chain = try birthDeath(up: [a], down: [b])
    #expect(largestError(chain.logStationaryDistribution(), [b - sum, a - sum]) < 1e-11)
    #expect(largestError(try chain.relaxationTimes().logTimes, [-sum]) < 1e-11)
    #expect(chain.logMeanFirstPassageTimeMatrix() == [[-.infinity, -a], [-b, -.infinity]])
    let passage = try chain.passage(from: [0], to: [1])
    #expect(passage.logMeanTime == -a)
    #expect(abs(passage.logStandardDeviation + a) < 1e-11)
    #expect(abs(passage.logRateSteadyState - a) < 1e-11)
    #expect(abs(passage.logReactiveFlux - (a + b - sum)) < 1e-11)
    let kemeny = try #require(chain.logKemenyConstant())
    #expect(abs(kemeny + sum) < 1e-11)
    #expect(try chain.dominantPaths(from: [0], to: [1], count: 5).map(\.share) == [1])
  }

  // Committor from 0 to n: q_i = Σ_{k<i} r_k / Σ_k r_k, r_k = Π_{j=1..k} d_j/u_j.
  @Test("The committor of a birth-death chain over 900 decades")
  func birthDeathCommittor() throws {
    let up = (0..<40).map { -20 * sin(Double($0)) - 30 }
    let down = (0..<40).map { -25 * cos(Double($0 * $0)) - 26 }
    let chain = try birthDeath(up: up, down: down)
    var logs = [0.0]
    for k in 1..<40 { logs.append(logs[k - 1] + down[k - 1] - up[k]) }
    let total = logSumExp(logs)
    let committor = try chain.committor(from: [0], to: [40])
    let q = (0...40).map { logSumExp(logs[0..<$0]) - total }
    let rest = (0...40).map { logSumExp(logs[$0...]) - total }
    #expect(largestError(committor.logCommittor, q) < 1e-11)
    #expect(largestError(committor.logComplement, rest) < 1e-11)
  }

  // A sum of n exponential times of rate k: mean n/k, standard deviation √n/k.
  @Test("A one-way chain has Erlang passage times")
  func erlang() throws {
    let n = 1000
    let chain = try MarkovChain(
      stateCount: n + 1,
      transitions: (0..<n).map { .init(from: $0, to: $0 + 1, logRate: -800) })
    let passage = try chain.passage(from: [0], to: [n])
    #expect(abs(passage.logMeanTime - (800 + log(1000.0))) < 1e-11)
    #expect(abs(passage.logStandardDeviation - (800 + log(1000.0) / 2)) < 1e-10)
    // Every state a class of its own: all relaxation times are the mean residence time.
    #expect(try chain.relaxationTimes().logTimes == [Double](repeating: 800, count: n))
  }

  // Eigenvalues k(ω − 1) with ω³ = 1: −3k/2 ± i√3k/2.
  @Test("A ring of three has one complex pair", arguments: [0.0, -900])
  func ring(logRate: Double) throws {
    let chain = try MarkovChain(
      stateCount: 3,
      transitions: (0..<3).map { .init(from: $0, to: ($0 + 1) % 3, logRate: logRate) })
    let modes = try chain.relaxationTimes().modes
    #expect(
      largestError(modes.map(\.logTime), [log(2 / 3.0), log(2 / 3.0)].map { $0 - logRate }) < 1e-12)
    #expect(
      largestError(
        modes.map(\.logFrequency), [log(3.0) / 2, log(3.0) / 2].map { $0 - log(2.0) + logRate })
        < 1e-12)
    let kemeny = try #require(chain.logKemenyConstant())
    #expect(abs(kemeny + logRate) < 1e-12)
  }

  // Two equally fast exits of one basin: shares ½ and ½; a deep basin with fast recrossings in the
  // middle must not blur them.
  @Test("Shares of paths through a deep intermediate basin")
  func shares() throws {
    // 0 → {1, 2} → 3 ⇄ 4 (deep, fast) → {5, 6} → 7; symmetric rates, 3:1 at the first fork.
    var transitions: [MarkovChain.Transition] = []
    func add(_ i: Int, _ j: Int, _ rate: Double, _ drop: Double = 0) {
      transitions.append(.init(from: i, to: j, logRate: rate))
      transitions.append(.init(from: j, to: i, logRate: rate - drop))
    }
    add(0, 1, -300 + log(3.0))
    add(0, 2, -300)
    add(1, 3, -200)
    add(2, 3, -200)
    add(3, 4, 50, 3)
    add(4, 5, -200)
    add(4, 6, -200)
    add(5, 7, -300)
    add(6, 7, -300 + log(4.0))
    let chain = try MarkovChain(stateCount: 8, transitions: transitions)
    let paths = try chain.dominantPaths(from: [0], to: [7], count: .max)
    #expect(paths.map(\.states).prefix(1) == [[0, 1, 3, 4, 6, 7]])
    // Currents 3/4 and 1/4 into the basin, 4/5 and 1/5 out of it, up to e⁻¹⁰⁰.
    #expect(largestError(paths.map(\.share), [0.75, 0.2, 0.05]) < 1e-13)
  }
}

@Suite("Matrices of a chain")
struct MatrixTests {
  // Reference: e^{Qτ} with 400 digits (Padé, and eigenvectors for the longest lag).
  @Test("The transition matrix of a stiff chain from short to long lags")
  func transitionMatrix() throws {
    let chain = try makeChain("0>1:0 1>0:-3 1>2:-250 2>1:-251 2>3:-20 3>2:-1")
    let expected: [(Double, Matrix)] = [
      (
        1e-3,
        [
          [
            0.9990005247099069, 0.00099947529009310266, 1.3341282167483104e-115,
            9.1661027763810301e-128,
          ],
          [
            4.9760944599855949e-5, 0.99995023905540014, 2.6691237932057872e-112,
            2.7504226149492021e-124,
          ],
          [
            2.4435410649232938e-117, 9.8191576946194539e-113, 0.99999999999793923,
            2.060774540901898e-12,
          ],
          [
            2.9964149213854433e-121, 1.8059266401218049e-116, 0.00036781178182652662,
            0.99963218821817347,
          ],
        ]
      ),
      (
        10,
        [
          [
            0.047452159599319889, 0.95254784040068011, 2.3004065692382688e-108,
            9.1668224822740311e-117,
          ],
          [
            0.047424564453689812, 0.95257543554631019, 2.5546597054123099e-108,
            1.053602828344416e-116,
          ],
          [
            4.2133416019440014e-110, 9.3980678481028202e-109, 0.99999999453869326,
            5.4613067407988337e-9,
          ],
          [
            2.9966501944921724e-110, 6.9179529192098489e-109, 0.97474659336354075,
            0.025253406636459251,
          ],
        ]
      ),
      (
        1e108,
        [
          [0.037263274525143034, 0.74845287635363882, 0.21428384792062937, 1.2005887797514799e-9],
          [0.037263274525143034, 0.74845287635363882, 0.21428384792062937, 1.2005887797514799e-9],
          [
            0.0039247455782026802, 0.078830622225107466, 0.91724462705755493, 5.1391349288282683e-9,
          ],
          [
            0.0039247455782026802, 0.078830622225107466, 0.91724462705755493, 5.1391349288282683e-9,
          ],
        ]
      ),
    ]
    for (lag, reference) in expected {
      let matrix = try chain.transitionMatrix(lag: lag)
      for (value, exact) in zip(matrix.elements, reference.elements) {
        #expect(abs(value / exact - 1) < 1e-12)
      }
    }
  }

  @Test("Beyond the range of doubles the transition matrix reaches the stationary distribution")
  func longLag() throws {
    // Relaxation in e^700 beside rates of e^300: a span of e^1000.
    let chain = try birthDeath(up: [300, -700], down: [299, -700.5])
    let matrix = try chain.transitionMatrix(lag: exp(705.0))
    for i in 0..<3 {
      let error = largestError(
        matrix.row(i), chain.logStationaryDistribution().map { exp($0) })
      #expect(error < 1e-12)
      #expect(abs(matrix.row(i).reduce(0, +) - 1) < 1e-15)
    }
  }

  @Test("Generator, jump chain and lag zero")
  func dense() throws {
    let chain = try makeChain("0>1:0 1>0:-1 1>2:-2 2>1:-700")
    #expect(chain.logRate(from: 1, to: 2) == -2)
    #expect(chain.logRate(from: 0, to: 2) == -.infinity)
    #expect(chain.logGenerator()[1][1] == logSumExp(-1, -2))
    let generator = chain.generatorMatrix()
    #expect(generator[0, 0] == -1 && generator[0, 1] == 1 && generator[0, 2] == 0)
    let jumps = chain.jumpChain()
    #expect(largestError(jumps[1], [-log1p(exp(-1.0)), -.infinity, -1 - log1p(exp(-1.0))]) < 1e-15)
    #expect(jumps[0][0] == -.infinity)
    #expect(try chain.transitionMatrix(lag: 0) == .identity(3))
    #expect(throws: MarkovChainError.invalidLag(-1)) { try chain.transitionMatrix(lag: -1) }
  }
}
