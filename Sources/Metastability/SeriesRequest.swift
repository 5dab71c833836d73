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
  /// The grid of two variables on which the probability current is measured; nil: it is not.
  public let current: GridRequest?
  /// Planes, by the names of two variables, and the points in them that may be wound around.
  public let circulation: [(axes: [String], center: [Double])]
  /// The time between two positions that are kept and written; nil: none are.
  public let record: Double?

  init(_ reader: ProblemReader) throws {
    try reader.allow([
      "trajectories", "time", "interval", "observables", "longestLag", "displacement", "spectrum",
      "current", "circulation", "record",
    ])
    trajectories = try reader.integer("trajectories", in: 1...(1 << 32 - 1))
    time = try reader.positive("time")
    interval = try reader.positive("interval")
    observables =
      try reader.distinctStrings("observables", "the variables, \"energy\" and formulas") ?? []
    longestLag = try reader.positive("longestLag")
    displacement = try reader.distinctStrings("displacement", "the variables") ?? []
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
      return try reader.grid(axisCounts: 2...2, cells: 10_000, for: "a probability current")
    }
    let planes = try reader.array("circulation")
    if let planes, planes.isEmpty {
      throw reader.failure(
        "circulation", "is empty; expected at least one { axes: […], center: […] }, or no such key")
    }
    circulation =
      try planes?.enumerated().map { number, value in
        let part = try ProblemReader(
          file: reader.file, path: reader.key("circulation[\(number)]"), value: value)
        try part.allow(["axes", "center"])
        guard let axes = try part.distinctStrings("axes", "the variables", isOptional: false) else {
          throw part.failure("axes", "is missing; the names of two variables")
        }
        guard axes.count == 2 else {
          throw part.failure(
            "axes", "has \(counted(axes.count, "name")); expected the names of two variables")
        }
        let center = try part.numbers("center") ?? [0, 0]
        guard center.count == 2 else {
          throw part.failure("center", "has \(counted(center.count, "number")); expected two")
        }
        return (axes, center)
      } ?? []
  }
}

extension SeriesRequest {
  /// What is measured, with names of variables and formulas resolved.
  ///
  /// - Parameters:
  ///   - system: The field and the names of its variables.
  ///   - failure: Makes the error for a key of the simulation and a reason.
  /// - Returns: The observables and the measurements.
  /// - Throws: `ProblemError` for names of variables that there are not, and formulas that are none;
  ///   `SimulationError`.
  func resolved(
    _ system: AnalysisSystem, failure: (String, String) -> ProblemError
  ) throws -> (observables: [TrajectoryObservable], measurements: SeriesMeasurements) {
    let names =
      observables.isEmpty
      ? system.variables.prefix(4) + (system.field.isGradient ? ["energy"] : []) : observables[...]
    let quantities = try names.enumerated().map { number, name -> TrajectoryObservable in
      let key = "series.observables[\(number)]"
      if let index = system.variables.firstIndex(of: name) {
        return TrajectoryObservable.coordinate(index).named(name)
      }
      if name == "energy" {
        guard system.field.energyLanes != nil else {
          throw failure(
            key, "is \"energy\", but the drift has none; accepted: variables and formulas of them")
        }
        return try .energy(of: system.field)
      }
      do {
        let formula = try FormulaLandscape(name, variables: system.variables)
        return TrajectoryObservable(name) { formula.energy(at: $0) }
      } catch {
        throw failure(
          key,
          "\"\(name)\" is neither \"energy\" nor a formula of the variables "
            + "\(system.variables.joined(separator: ", ")): \(error)")
      }
    }
    return (
      quantities,
      SeriesMeasurements(
        longestLag: longestLag,
        displacementAxes: try system.axes(displacement, "series.displacement", failure),
        // A segment that is a power of two of observations stays one, whatever its last digit.
        spectrum: spectrum.map {
          SpectrumSettings(segment: $0.segment.map { $0 * (1 - 1e-9) }, quantity: $0.quantity)
        },
        currentGrid: try current.map { current in
          try HistogramGrid(
            axes: try system.axes(current.axes, "series.current.axes", failure),
            range: try Domain(lower: current.box.map(\.lower), upper: current.box.map(\.upper)),
            bins: current.bins)
        },
        circulations: try circulation.enumerated().map { number, plane in
          CirculationPlane(
            axes: try system.axes(plane.axes, "series.circulation[\(number)].axes", failure),
            center: plane.center)
        }, recordInterval: record)
    )
  }

  /// The study that is asked for.
  ///
  /// - Parameters:
  ///   - system: The field and the names of its variables.
  ///   - mover: The process.
  ///   - starts: Where trajectories start.
  ///   - anchorSets: The core sets that the noise refers to, if it refers to minima.
  ///   - settings: The simulation, whose size is the default.
  ///   - failure: Makes the error for a key of the simulation and a reason.
  /// - Returns: The study.
  /// - Throws: `ProblemError` or `SimulationError`.
  func study(
    _ system: AnalysisSystem, mover: any Mover, starts: [[Double]], anchorSets: CoreSets?,
    settings: SimulationSettings, failure: (String, String) -> ProblemError
  ) throws -> SeriesStudy {
    let (quantities, measurements) = try resolved(system, failure: failure)
    return try SeriesStudy(
      mover: mover, starts: starts, observables: quantities,
      trajectories: trajectories ?? settings.trajectories, time: time ?? settings.time,
      interval: interval, burnIn: settings.burnIn, seed: settings.seed, threads: settings.threads,
      measurements: measurements, anchorSets: anchorSets)
  }
}

extension AnalysisSystem {
  /// The numbers of variables.
  ///
  /// - Throws: `ProblemError` for names that there are not.
  func axes(
    _ names: [String], _ key: String, _ failure: (String, String) -> ProblemError
  ) throws -> [Int] {
    try names.enumerated().map { number, name in
      guard let index = variables.firstIndex(of: name) else {
        throw failure(
          "\(key)[\(number)]",
          "\"\(name)\" is no variable; accepted: \(variables.joined(separator: ", "))")
      }
      return index
    }
  }
}
