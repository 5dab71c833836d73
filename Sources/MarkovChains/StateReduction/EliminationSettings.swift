import Glibc

/// How state reduction uses the machine; the answers are the same to rounding.
///
/// The solvers choose well by themselves. The settings are there for measurements, for tests of
/// every path, and for machines that are shared:
///
/// ```swift
/// try EliminationSettings.$current.withValue(.init(threads: 1)) {
///   try chain.logMeanFirstPassageTimes(to: [0])
/// }
/// ```
public struct EliminationSettings: Sendable, Equatable {
  /// The most threads that one elimination uses; the answers have the same bytes with any number.
  public var threads: Int
  /// The most states that are eliminated from a front at once by matrix products.
  public var panelWidth: Int
  /// The smallest number of states that a front eliminates for matrix products to be used; a
  /// narrower one is worked on state by state.
  public var smallestPanel: Int
  /// The most memory in bytes that an elimination may take; a larger one is refused.
  public var memoryLimit: Int

  /// Creates settings.
  ///
  /// - Parameters:
  ///   - threads: The most threads, at least 1; by default as many as the machine has processors.
  ///   - panelWidth: The most states at once, at least 1.
  ///   - smallestPanel: The narrowest front for matrix products, at least 1.
  ///   - memoryLimit: The most memory in bytes; by default three quarters of the machine's.
  public init(
    threads: Int? = nil, panelWidth: Int = 64, smallestPanel: Int = 8, memoryLimit: Int? = nil
  ) {
    let threads = threads ?? Self.processors
    precondition(
      threads >= 1 && panelWidth >= 1 && smallestPanel >= 1,
      "threads and widths of panels must be at least 1")
    self.threads = threads
    self.panelWidth = panelWidth
    self.smallestPanel = smallestPanel
    self.memoryLimit = memoryLimit ?? Self.physicalMemory / 4 * 3
  }

  private static let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  private static let physicalMemory =
    max(1, sysconf(Int32(_SC_PHYS_PAGES))) * max(1, sysconf(Int32(_SC_PAGESIZE)))

  /// The settings of the current task.
  @TaskLocal public static var current = EliminationSettings()
}
