import MarkovChains

/// What the library says about a chain, as natural logarithms.
struct Answers: Encodable {
  let logStationary: [Double]
  /// The mean first-passage times from every state to the set B.
  let logTimes: [Double]
  let logCommittor: [Double]
  let logComplement: [Double]
  /// Slowest first; empty where they are refused.
  let logRelaxationTimes: [Double]
  /// Why the relaxation times are refused.
  let refusal: String?

  init(_ chain: MarkovChain, from: [Int], to: [Int]) throws {
    logStationary = chain.logStationaryDistribution()
    logTimes = try chain.logMeanFirstPassageTimes(to: to)
    let committor = try chain.committor(from: from, to: to)
    logCommittor = committor.logCommittor
    logComplement = committor.logComplement
    do {
      logRelaxationTimes = try chain.relaxationTimes().logTimes
      refusal = nil
    } catch let error as MarkovChainError {
      logRelaxationTimes = []
      refusal = error.description
    }
  }
}
