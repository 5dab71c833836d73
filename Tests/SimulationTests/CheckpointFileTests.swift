import Foundation
import LinearAlgebra
import Simulation
import StationaryPoints
import Synchronization
import Testing

@Suite("Checkpoints in files")
struct CheckpointFileTests {
  /// A file store that a run can be killed with: after a number of writes nothing more arrives.
  private final class Killable: CheckpointStore {
    let database: KeyedDatabase
    private let left: Mutex<Int>

    init(_ database: KeyedDatabase, after writes: Int) {
      self.database = database
      left = Mutex(writes)
    }

    var name: String { database.name }
    var isKilled: Bool { left.withLock { $0 <= 0 } }

    func values(withPrefix prefix: String) throws -> [String: [UInt8]] {
      try database.values(withPrefix: prefix)
    }

    func update(_ values: [String: [UInt8]], removing removed: [String]) throws {
      let arrives = left.withLock {
        $0 -= 1
        return $0 >= 0
      }
      if arrives { try database.update(values, removing: removed) }
    }
  }

  private func withFile(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appendingPathComponent("run.checkpoint").path)
  }

  @Test("a run goes on from a file to the same bytes")
  func resumes() async throws {
    try await withFile { path in
      let system = InterruptedCase.leimkuhlerMatthews
      let whole = try await system.ensemble(threads: 2).run()
      var kills = 0
      for round in 0..<4 {
        let store = Killable(try KeyedDatabase(path: path), after: 8 + 3 * round)
        let result = try await system.ensemble(threads: 1 + round % 3).run(
          checkpoint: Checkpoint(store: store, problem: "", interval: .zero),
          isCancelled: { store.isKilled })
        if result.interrupted { kills += 1 }
      }
      let result = try await system.ensemble(threads: 2).run(
        checkpoint: Checkpoint(store: try KeyedDatabase(path: path), problem: ""))
      #expect(result == whole)
      #expect(kills >= 2)
    }
  }

  @Test("values are stored and removed together, and found again")
  func values() async throws {
    try await withFile { path in
      do {
        let database = try KeyedDatabase(path: path)
        try database.update(["a/1": [1, 2, 255], "a/2": [], "b/1": [7]], removing: [])
        try database.update(["a/1": [3]], removing: ["b/1", "none"])
      }
      let database = try KeyedDatabase(path: path)
      #expect(try database.values(withPrefix: "") == ["a/1": [3], "a/2": []])
      #expect(try database.values(withPrefix: "a/2") == ["a/2": []])
      #expect(try database.values(withPrefix: "b").isEmpty)
    }
  }

  @Test("a file that another run has open, that is cut off or that is something else is refused")
  func refused() async throws {
    func failure(_ path: String) -> String {
      do {
        let database = try KeyedDatabase(path: path)
        _ = try database.values(withPrefix: "")
        return "none"
      } catch { return "\(error)" }
    }
    try await withFile { path in
      do {
        let database = try KeyedDatabase(path: path)
        for k in 0..<40 {
          try database.update(["key\(k)": [UInt8](repeating: 7, count: 1000)], removing: [])
        }
        #expect(failure(path).contains("another run is using it"))
      }
      #expect(failure(path) == "none")
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
      #expect(failure(path).contains("remove it to start anew"))
      var scratched = whole
      for k in 4096..<8192 { scratched[k] = 0x55 }
      try scratched.write(to: URL(fileURLWithPath: path))
      #expect(failure(path).contains("remove it to start anew"))
      try Data("x = 1\n".utf8).write(to: URL(fileURLWithPath: path))
      #expect(failure(path).contains("not a checkpoint"))
      try FileManager.default.removeItem(atPath: path)
      #expect(failure("/nowhere/run.checkpoint").contains("cannot be read or written"))
    }
  }
}
