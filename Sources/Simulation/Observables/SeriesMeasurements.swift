/// What the power spectrum is taken of.
public enum SpectrumQuantity: String, Sendable, CaseIterable {
  /// The observable itself.
  case values
  /// Its change from one observation to the next, as in the Fourier analysis of Chaudhari and Soatto
  /// (2018, Fig. 3a): flat for Brownian motion.
  case increments
}

/// How a power spectrum is estimated.
public struct SpectrumSettings: Sendable, Equatable {
  /// The length of a segment in time, which is one over the frequency resolution; rounded up to a
  /// power of two of observations. Nil: an eighth of a trajectory, at most 1024 observations.
  public var segment: Double?
  /// What the spectrum is taken of.
  public var quantity: SpectrumQuantity

  /// Describes an estimate.
  public init(segment: Double? = nil, quantity: SpectrumQuantity = .values) {
    self.segment = segment
    self.quantity = quantity
  }
}

/// A point in the plane of two variables, which trajectories may wind around.
public struct CirculationPlane: Sendable, Equatable {
  /// The two variables; from the first to the second is counter-clockwise.
  public var axes: [Int]
  /// The point, two coordinates.
  public var center: [Double]

  /// Describes a plane and a point in it.
  public init(axes: [Int] = [0, 1], center: [Double] = [0, 0]) {
    self.axes = axes
    self.center = center
  }
}

/// What a study of time series measures, besides mean, variance and stationarity.
public struct SeriesMeasurements: Sendable, Equatable {
  /// Whether autocorrelation functions, mean-square displacements and integrated times are wanted.
  public var correlations: Bool
  /// The longest lag in time; nil: a quarter of the observed part of a trajectory.
  public var longestLag: Double?
  /// The variables whose joint mean-square displacement |x(t + τ) − x(t)|² is wanted.
  public var displacementAxes: [Int]
  /// How power spectra are estimated; nil: none.
  public var spectrum: SpectrumSettings?
  /// The grid of two variables on which the probability current is measured; nil: none.
  public var currentGrid: HistogramGrid?
  /// The points whose windings are counted.
  public var circulations: [CirculationPlane]
  /// The time between two positions that are kept; nil: none are.
  public var recordInterval: Double?

  /// Chooses measurements; the properties above describe them.
  public init(
    correlations: Bool = true, longestLag: Double? = nil, displacementAxes: [Int] = [],
    spectrum: SpectrumSettings? = nil, currentGrid: HistogramGrid? = nil,
    circulations: [CirculationPlane] = [], recordInterval: Double? = nil
  ) {
    self.correlations = correlations
    self.longestLag = longestLag
    self.displacementAxes = displacementAxes
    self.spectrum = spectrum
    self.currentGrid = currentGrid
    self.circulations = circulations
    self.recordInterval = recordInterval
  }

  /// Checks the choices against a process.
  func check(dimension: Int) throws {
    func checkAxes(_ axes: [Int], name: String, count: Int?) throws {
      guard axes.allSatisfy({ (0..<dimension).contains($0) }), Set(axes).count == axes.count,
        count == nil || axes.count == count
      else {
        throw SimulationError.invalidSetting(
          name: name, value: "\(axes)",
          accepted: (count.map { "\($0) " } ?? "") + "different variables from 0 to "
            + "\(dimension - 1)")
      }
    }
    for (name, value) in [
      ("longestLag", longestLag), ("segment", spectrum?.segment),
      ("recordInterval", recordInterval),
    ] {
      if let value, !(value > 0 && value.isFinite) {
        throw SimulationError.invalidSetting(
          name: name, value: "\(value)", accepted: "a positive number")
      }
    }
    try checkAxes(displacementAxes, name: "displacementAxes", count: nil)
    if let currentGrid { try checkAxes(currentGrid.axes, name: "current axes", count: 2) }
    for plane in circulations {
      try checkAxes(plane.axes, name: "circulation axes", count: 2)
      guard plane.center.count == 2, plane.center.allSatisfy(\.isFinite) else {
        throw SimulationError.invalidSetting(
          name: "circulation center", value: "\(plane.center)", accepted: "two numbers")
      }
    }
  }
}
