extension EscapeTable.PairRate {
  /// The rate between two states of a chain that is given, without a landscape behind it.
  public init(from: Int, to: Int, logRate: Double) {
    self.init(
      from: from, to: to, saddles: [], logRate: logRate, barrier: nil, barrierOverNoise: nil,
      findings: [])
  }

  /// The rate between two minima of a database at a temperature.
  public init(
    from: Int, to: Int, saddles: [Int], logRate: Double, barrier: Double, noise: Double
  ) {
    self.init(
      from: from, to: to, saddles: saddles, logRate: logRate, barrier: barrier,
      barrierOverNoise: barrier / noise, findings: [])
  }
}
