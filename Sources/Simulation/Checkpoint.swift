/// Where the state of a run is kept while it goes on: bytes by key.
///
/// `KeyedDatabase` keeps them in a file.
public protocol CheckpointStore: Sendable {
  /// What messages call it, such as the path of a file.
  var name: String { get }

  /// Everything that is stored under keys with a common beginning.
  ///
  /// - Parameter prefix: The beginning of the keys.
  /// - Returns: The values by key.
  /// - Throws: Where the store cannot be read.
  func values(withPrefix prefix: String) throws -> [String: [UInt8]]

  /// Stores and removes values, all or none of them, whatever happens meanwhile.
  ///
  /// - Parameters:
  ///   - values: The new values by key.
  ///   - removed: Keys whose values are not needed any more.
  /// - Throws: Where the store cannot be written.
  func update(_ values: [String: [UInt8]], removing removed: [String]) throws
}

/// How a run is kept, so that it can be ended at any moment and gone on with.
///
/// A run that starts with a store in which another one with the same settings left its state goes on
/// from there, on any number of threads, and gives the same bytes as one that was never interrupted.
///
/// ```swift
/// let checkpoint = Checkpoint(
///   store: try KeyedDatabase(path: "run.checkpoint"), problem: problemText)
/// let result = try await ensemble.run(checkpoint: checkpoint)
/// ```
public struct Checkpoint: Sendable {
  /// Where the state is kept.
  public let store: any CheckpointStore
  /// What is computed, as far as the ensemble does not know it: the text of the problem. A run with
  /// another text does not go on from here.
  public let problem: String
  /// The run's name in the store, which may hold several.
  public let name: String
  /// The time between two snapshots of unfinished work.
  public let interval: Duration

  /// Describes a checkpoint.
  ///
  /// - Parameters:
  ///   - store: Where the state is kept.
  ///   - problem: The text of the problem: landscape, noise, data.
  ///   - name: The run's name in the store, without slashes.
  ///   - interval: The time between two snapshots of unfinished work; zero: as often as can be.
  public init(
    store: any CheckpointStore, problem: String, name: String = "ensemble",
    interval: Duration = .seconds(10)
  ) {
    self.store = store
    self.problem = problem
    self.name = name
    self.interval = interval
  }
}

/// Why a run cannot go on from a checkpoint.
public enum CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The state is that of a run with other settings.
  case otherRun(store: String, quantity: String, stored: String, present: String)
  /// The state was written by a version of the package with another layout.
  case otherFormat(store: String, stored: String, present: String)
  /// The state is damaged.
  case damaged(store: String, key: String)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .otherRun(let store, let quantity, let stored, let present):
      "the checkpoint \(store) belongs to another run: its \(quantity) is \(stored), now it is "
        + "\(present); run with what it was, or remove the checkpoint to start anew"
    case .otherFormat(let store, let stored, let present):
      "the checkpoint \(store) was written in format \(stored), this version reads \(present); "
        + "finish the run with the version that began it, or remove the checkpoint to start anew"
    case .damaged(let store, let key):
      "the checkpoint \(store) is damaged (\(key)); remove it to start anew"
    }
  }
}
