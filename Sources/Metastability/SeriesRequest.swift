import Formulas
import Landscapes
import LinearAlgebra
import Simulation

/// What is measured of time series, and which positions are written.
public struct SeriesRequest: Sendable {
  /// The number of trajectories; nil for that of the simulation.
  public let trajectories: Int?
  /// The length of each; nil for that of the simulation.
  public let time: Double?
  /// The time between two observations; nil for the choice of the program.
  public let interval: Double?
  /// What is observed: names of variables, "energy", or formulas of the variables; empty for all
  /// variables, up to four, and the energy.
  public let observables: [String]
  /// The longest lag of correlations; nil for a quarter of a trajectory.
  public let longestLag: Double?
  /// The names of the variables whose joint mean-square displacement is wanted.
  public let displacement: [String]
  /// How power spectra are estimated; nil: none.
  public let spectrum: SpectrumSettings?
  /// The grid on which the probability current is measured: names of two variables, their ranges
  /// and the numbers of cells.
  public let current: (axes: [String], box: [(lower: Double, upper: Double)], bins: [Int])?
  /// Planes, by the names of two variables, and the points in them that may be wound around.
  public let circulation: [(axes: [String], center: [Double])]
  /// The time between two positions that are kept and written; nil: none are.
  public let record: Double?

  init(_ reader: ProblemReader) throws {
    try reader.allow([
      "trajectories", "time", "interval", "observables", "longestLag", "displacement", "spectrum",
      "current", "circulation", "record",
    ])
    trajectories = try reader.integer("trajectories", in: 1...(1 << 32))
    time = try reader.positive("time")
    interval = try reader.positive("interval")
    observables = try reader.strings("observables") ?? []
    longestLag = try reader.positive("longestLag")
    displacement = try reader.strings("displacement") ?? []
    record = try reader.positive("record")
    spectrum = try reader.object("spectrum").map { reader in
      try reader.allow(["segment", "of"])
      let quantity =
        try reader.choice("of", of: SpectrumQuantity.allCases.map(\.rawValue))
        .flatMap { SpectrumQuantity(rawValue: $0) } ?? .values
      return SpectrumSettings(segment: try reader.positive("segment"), quantity: quantity)
    }
    current = try reader.object("current").map { reader in
      try reader.allow(["axes", "box", "bins"])
      guard let axes = try reader.strings("axes"), let box = try reader.box("box"),
        let bins = try reader.numbers("bins")
      else {
        throw reader.failure("axes", "expected \"axes\", \"box\" and \"bins\", two of each")
      }
      return (
        axes, box, try bins.map { try reader.integer($0, reader.key("bins"), in: 1...10_000) }
      )
    }
    circulation =
      try reader.array("circulation")?.enumerated().map { number, value in
        let part = try ProblemReader(
          file: reader.file, path: reader.key("circulation[\(number)]"), value: value)
        try part.allow(["axes", "center"])
        guard let axes = try part.strings("axes"), axes.count == 2 else {
          throw part.failure("axes", "is missing; the names of two variables")
        }
        return (axes, try part.numbers("center") ?? [0, 0])
      } ?? []
  }
}

extension SeriesRequest {
  /// The study that is asked for.
  ///
  /// - Parameters:
  ///   - system: The field and the names of its variables.
  ///   - mover: The process.
  ///   - starts: Where trajectories start.
  ///   - settings: The simulation, whose size is the default.
  /// - Returns: The study.
  /// - Throws: `SimulationError` or `FormulaError`, and a `ProblemError` without a file for names of
  ///   variables that there are not.
  func study(
    _ system: AnalysisSystem, mover: any Mover, starts: [[Double]], settings: SimulationSettings
  ) throws -> SeriesStudy {
    func axis(_ name: String, _ key: String) throws -> Int {
      guard let index = system.variables.firstIndex(of: name) else {
        throw SimulationError.invalidSetting(
          name: key, value: "\"\(name)\"",
          accepted: "names of variables: \(system.variables.joined(separator: ", "))")
      }
      return index
    }
    let names =
      observables.isEmpty
      ? system.variables.prefix(4) + (system.field.isGradient ? ["energy"] : []) : observables[...]
    let quantities = try names.map { name -> TrajectoryObservable in
      if let index = system.variables.firstIndex(of: name) {
        let coordinate = TrajectoryObservable.coordinate(index)
        return coordinate.named(name)
      }
      if name == "energy" { return try .energy(of: system.field) }
      let formula = try FormulaLandscape(name, variables: system.variables)
      return TrajectoryObservable(name) { formula.energy(at: $0) }
    }
    let grid = try current.map { current in
      try HistogramGrid(
        axes: try current.axes.map { try axis($0, "current.axes") },
        range: try Domain(lower: current.box.map(\.lower), upper: current.box.map(\.upper)),
        bins: current.bins)
    }
    return try SeriesStudy(
      mover: mover, starts: starts, observables: quantities,
      trajectories: trajectories ?? settings.trajectories, time: time ?? settings.time,
      interval: interval, burnIn: settings.burnIn, seed: settings.seed, threads: settings.threads,
      measurements: SeriesMeasurements(
        longestLag: longestLag,
        displacementAxes: try displacement.map { try axis($0, "displacement") },
        spectrum: spectrum, currentGrid: grid,
        circulations: try circulation.map {
          CirculationPlane(
            axes: try $0.axes.map { try axis($0, "circulation.axes") }, center: $0.center)
        }, recordInterval: record))
  }
}
