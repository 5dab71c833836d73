import Foundation
public import Simulation

/// Where a simulation is kept while it runs, so that it can be killed and gone on with.
public struct SimulationStore: Sendable {
  /// The store.
  public let store: any CheckpointStore
  /// The time between two snapshots of unfinished work.
  public let interval: Duration

  /// Describes where a simulation is kept.
  ///
  /// - Parameters:
  ///   - store: The store, such as a `KeyedDatabase`.
  ///   - interval: The time between two snapshots of unfinished work.
  public init(_ store: any CheckpointStore, interval: Duration = .seconds(10)) {
    self.store = store
    self.interval = interval
  }

  private static let encoder: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }()

  private static let decoder: JSONDecoder = {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }()

  /// The checkpoint of one part of a simulation.
  ///
  /// - Parameters:
  ///   - name: The part's name in the store.
  ///   - problem: The fingerprint of the problem.
  /// - Returns: The checkpoint.
  func checkpoint(_ name: String, problem: String) -> Checkpoint {
    Checkpoint(store: store, problem: problem, name: name, interval: interval)
  }

  /// A finished answer; nil where there is none.
  func answer(_ key: String) throws -> RareEventAnswer? {
    guard let bytes = try store.values(withPrefix: key)[key] else { return nil }
    do {
      return try SimulationStore.decoder.decode(RareEventAnswer.self, from: Data(bytes))
    } catch {
      throw CheckpointError.damaged(store: store.name, key: key)
    }
  }

  /// Keeps a finished answer instead of the state that led to it.
  ///
  /// - Parameters:
  ///   - answer: The answer.
  ///   - key: Its key.
  ///   - part: The name of the checkpoint that is not needed any more.
  /// - Throws: What the store throws, and where the answer cannot be encoded.
  func keep(_ answer: RareEventAnswer, _ key: String, insteadOf part: String) throws {
    let state = try store.values(withPrefix: part + "/").keys
    try store.update(
      [key: Array(try SimulationStore.encoder.encode(answer))], removing: Array(state))
  }
}
