extension EscapeTable.PairRate {
  /// The rate between two states of a chain that is given, without a landscape behind it.
  public init(from: Int, to: Int, logRate: Double) {
    self.init(
      from: from, to: to, saddles: [], logRate: logRate, barrier: nil, barrierOverNoise: nil,
      findings: [])
  }
}
