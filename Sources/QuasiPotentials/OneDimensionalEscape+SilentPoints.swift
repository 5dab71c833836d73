import LinearAlgebra

extension OneDimensionalEscape {
  /// A point or interval on which the noise vanishes.
  struct SilentPoint {
    let lower: Double
    let upper: Double
    /// The smallest drift there; 0 where it is zero to rounding.
    let drift: Double
    /// ∫ dx/b over an interval that the drift alone carries the process through.
    let crossingTime: Double
  }

  /// The legs of a passage between points without noise.
  struct Course {
    struct Leg {
      let start: Double
      let end: Double
      /// The point behind which the process never falls back; nil where there is none.
      let wall: Double?
      /// The time that the interval without noise at the leg's end takes.
      let crossingTime: Double
    }
    var legs: [Leg] = []
    var isBlocked = false
    var findings: [String] = []
  }

  /// The points between two positions where D is zero to rounding, from a scan whose minima are
  /// followed to their bottom; in the interval `reference` the noise has its usual size.
  func silentPoints(
    from lower: Double, to upper: Double, reference: ClosedRange<Double>
  ) throws -> [SilentPoint] {
    guard lower < upper else { return [] }
    let count = 4096
    var positions = (0...count).map { lower + (upper - lower) * Double($0) / Double(count) }
    positions[count] = upper
    let samples = try positions.map { try values(at: $0) }
    let usual = zip(positions, samples).filter { reference.contains($0.0) }.map(\.1.diffusion)
    let typical = usual.isEmpty ? samples[count].diffusion : usual.sorted()[usual.count / 2]
    let largestDrift = samples.reduce(0) { max($0, $1.drift.magnitude) }
    let zero = Self.vanishing * max(typical, .leastNormalMagnitude)
    var result: [SilentPoint] = []
    func drift(_ from: Double, _ to: Double) throws -> (Double, Double) {
      let steps = from < to ? 32 : 0
      var smallest = Double.infinity
      var time = 0.0
      for k in 0...steps {
        let x = steps == 0 ? from : from + (to - from) * Double(k) / Double(steps)
        let b = try values(at: x).drift
        smallest = min(smallest, b.magnitude <= 1e-7 * largestDrift ? min(b, 0) : b)
      }
      if smallest > 0, from < to {
        time = try integrate(from: from, to: to, relativeError: 1e-10) {
          1 / (try values(at: $0).drift)
        }.value
      }
      return (smallest.magnitude <= 1e-7 * largestDrift ? 0 : smallest, time)
    }
    var k = 0
    while k <= count {
      if samples[k].diffusion <= zero {
        var last = k
        while last < count, samples[last + 1].diffusion <= zero { last += 1 }
        let from = k == 0 ? positions[0] : try edge(positions[k - 1], positions[k], zero)
        let to = last == count ? upper : try edge(positions[last + 1], positions[last], zero)
        let (b, time) = try drift(from, to)
        result.append(SilentPoint(lower: from, upper: to, drift: b, crossingTime: time))
        k = last + 1
        continue
      }
      if k > 0, k < count, samples[k].diffusion <= samples[k - 1].diffusion,
        samples[k].diffusion <= samples[k + 1].diffusion, samples[k].diffusion < 0.1 * typical
      {
        let bottom = try minimum(positions[k - 1], positions[k + 1])
        if try values(at: bottom).diffusion <= zero {
          let (b, _) = try drift(bottom, bottom)
          result.append(SilentPoint(lower: bottom, upper: bottom, drift: b, crossingTime: 0))
          k += 1
        }
      }
      k += 1
    }
    return result
  }

  /// The edge of the set where D is zero, between a point outside and one inside.
  private func edge(_ outside: Double, _ inside: Double, _ zero: Double) throws -> Double {
    var (outside, inside) = (outside, inside)
    for _ in 0..<80 {
      let middle = 0.5 * (outside + inside)
      if middle == outside || middle == inside { break }
      if try values(at: middle).diffusion <= zero { inside = middle } else { outside = middle }
    }
    return inside
  }

  /// The minimum of D in a bracket, by golden section down to neighbouring numbers.
  private func minimum(_ lower: Double, _ upper: Double) throws -> Double {
    let ratio = 0.6180339887498949
    var (a, b) = (lower, upper)
    var x = b - ratio * (b - a)
    var y = a + ratio * (b - a)
    var (dx, dy) = (try values(at: x).diffusion, try values(at: y).diffusion)
    for _ in 0..<120 {
      if dx < dy {
        b = y
        (y, dy) = (x, dx)
        x = b - ratio * (b - a)
        dx = try values(at: x).diffusion
      } else {
        a = x
        (x, dx) = (y, dy)
        y = a + ratio * (b - a)
        dy = try values(at: y).diffusion
      }
      if b - a <= 4e-16 * max(a.magnitude, b.magnitude) { break }
    }
    return dx < dy ? x : y
  }

  /// How a passage to the right goes through the points without noise.
  func course(
    from start: Double, to target: Double, silentPoints: [SilentPoint]
  ) throws -> Course {
    var course = Course()
    var wall: Double?
    if let behind = silentPoints.last(where: { $0.lower <= start }) {
      if behind.upper >= start, behind.drift <= 0 {
        course.isBlocked = true
        course.findings.append(
          "the noise vanishes at the start \(orientation * start): there is no escape")
        return course
      }
      guard behind.drift > 0 else {
        course.isBlocked = true
        course.findings.append(
          "the noise vanishes at \(orientation * behind.lower) behind the start, and the drift does not come "
            + "back from there: the mean time is infinite")
        return course
      }
      wall = min(behind.upper, start)
      course.findings.append(
        "the noise vanishes at \(orientation * behind.upper) behind the start: the process never goes below it"
      )
    }
    var from = start
    for point in silentPoints where point.lower > start && point.lower < target {
      guard point.drift > 0 else {
        course.isBlocked = true
        course.findings.append(
          "the noise vanishes at \(orientation * point.lower) and the drift there does not point to the target: "
            + "the continuous process cannot cross it")
        return course
      }
      course.findings.append(
        "the noise vanishes at \(orientation * point.lower); the drift carries the process through it, and it "
          + "never returns")
      course.legs.append(
        Course.Leg(start: from, end: point.lower, wall: wall, crossingTime: point.crossingTime))
      wall = point.upper
      from = point.upper
    }
    if from < target {
      course.legs.append(Course.Leg(start: from, end: target, wall: wall, crossingTime: 0))
    }
    return course
  }
}
