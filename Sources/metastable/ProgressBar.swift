import CArguments
import Glibc
import Metastability
import Simulation
import Synchronization

/// A progress line on standard error, shown only where that is a terminal.
final class ProgressBar: Sendable {
  private let isTerminal = isatty(2) == 1
  private let start = ContinuousClock.now
  private let last = Mutex<(step: String, percent: Int)>(("", -1))

  /// Shows how far a step has come.
  func show(_ step: String, _ progress: RunProgress) {
    guard isTerminal else { return }
    let percent = Int((100 * min(max(progress.share, 0), 1)).rounded(.down))
    let isNews = last.withLock { last in
      guard last.step != step || last.percent != percent else { return false }
      last = (step, percent)
      return true
    }
    guard isNews else { return }
    let filled = percent * 30 / 100
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
    let seconds = Double((ContinuousClock.now - start).components.seconds)
    let left = progress.timeLeft.map { ", \($0.components.seconds) s left" } ?? ""
    write("\r\u{1B}[K\(step) \(bar) \(percent) %  \(Int(seconds)) s\(left)")
  }

  /// Removes the line.
  func clear() {
    guard isTerminal else { return }
    write("\r\u{1B}[K")
  }

  private func write(_ text: String) {
    metastability_print_error(text)
  }
}
