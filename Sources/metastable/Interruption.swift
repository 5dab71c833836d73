import CArguments
import Glibc
import Synchronization

/// Remembers that Ctrl-C was pressed or an end was asked for, so that a computation can end and keep what it has.
enum Interruption {
  private static let flag = Atomic<Bool>(false)

  /// Whether Ctrl-C was pressed.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Starts listening; a second Ctrl-C ends the program at once.
  static func listen() {
    signal(SIGTERM) { _ in Interruption.flag.store(true, ordering: .relaxed) }
    signal(SIGINT) { _ in
      Interruption.flag.store(true, ordering: .relaxed)
      metastability_default_interrupt()
    }
  }
}
