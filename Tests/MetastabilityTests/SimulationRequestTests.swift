import Metastability
import Simulation
import Testing

private let well =
  "landscape: { formula: \"(x^2-1)^2 + y^2\", domain: [[-2, 2], [-2, 2]] }, "
  + "dynamics: { kind: \"langevin\", temperature: 0.3 }"
private let bowl =
  "landscape: { formula: \"x^2 + y^2\", domain: [[-3, 3], [-3, 3]] }, "
  + "dynamics: { kind: \"langevin\", temperature: 0.1 }"
private let rotation =
  "landscape: { drift: [\"-x + y\", \"-x - y\"], variables: [\"x\", \"y\"], "
  + "domain: [[-3, 3], [-3, 3]] }, dynamics: { kind: \"langevin\", temperature: 0.1 }"
private let size = "trajectories: 8, time: 20, timeStep: 0.01"

private func problem(_ system: String, _ simulation: String) -> String {
  "{ \(system), rates: { formulas: [\"eyringKramers\"] }, simulation: { \(simulation) } }"
}
private func series(_ text: String) -> String {
  problem(well, "\(size), series: { \(text) }")
}
private func states(_ text: String) -> String {
  problem(well, "\(size), states: { \(text) }")
}
private func boxes(_ axes: String, _ box: String, _ bins: String) -> String {
  states("kind: \"boxes\", axes: \(axes), box: \(box), bins: \(bins)")
}
private func current(_ axes: String, _ box: String, _ bins: String) -> String {
  series("current: { axes: \(axes), box: \(box), bins: \(bins) }")
}
private func rare(_ text: String, _ system: String = well) -> String {
  problem(system, "timeStep: 0.01, exits: 10, rareEvents: { \(text) }")
}

@Suite("What a problem asks of a simulation is honoured or refused")
struct SimulationRequestTests {
  static let malformed: [BadProblem] = [
    .init(
      "no axes", boxes("[]", "[]", "[]"), key: "simulation.states.axes", mentions: "is empty"),
    .init(
      "too few ranges", boxes("[\"x\", \"y\"]", "[[-1, 1]]", "[3, 3]"),
      key: "simulation.states.box", mentions: "1 pair; expected as many as \"axes\", 2"),
    .init(
      "too many bins", boxes("[\"x\"]", "[[-1, 1]]", "[3, 3]"), key: "simulation.states.bins",
      mentions: "2 numbers"),
    .init(
      "no boxes", boxes("[\"x\"]", "[[-1, 1]]", "[0]"), key: "simulation.states.bins[0]",
      mentions: "from 1"),
    .init(
      "an inverted range", boxes("[\"x\"]", "[[1, -1]]", "[3]"), key: "simulation.states.box[0]",
      mentions: "[1.0, -1.0]"),
    .init(
      "a range that is no number", boxes("[\"x\"]", "[[NaN, 1]]", "[3]"),
      key: "simulation.states.box[0][0]", mentions: "finite"),
    .init(
      "an axis that stands twice", boxes("[\"x\", \"x\"]", "[[-1, 1], [-1, 1]]", "[3, 3]"),
      key: "simulation.states.axes[1]", mentions: "\"x\" stands twice"),
    .init(
      "too many boxes", boxes("[\"x\", \"y\"]", "[[-1, 1], [-1, 1]]", "[1e6, 1e6]"),
      key: "simulation.states.bins", mentions: "at most 2147483647 together"),
    .init(
      "boxes for core sets", states("bins: [3]"), key: "simulation.states.bins",
      mentions: "not to \"coreSets\""),
    .init("no lags", states("lags: []"), key: "simulation.states.lags", mentions: "is empty"),
    .init(
      "a lag of zero", states("lags: [1, 0]"), key: "simulation.states.lags[1]",
      mentions: "above 0"),
    .init(
      "a lag that stands twice", states("lags: [1, 1]"), key: "simulation.states.lags[1]",
      mentions: "twice"),
    .init(
      "a current in one variable", current("[\"x\"]", "[[-1, 1]]", "[3]"),
      key: "simulation.series.current.axes", mentions: "1 name; expected the names of 2"),
    .init(
      "a current without ranges", series("current: { axes: [\"x\", \"y\"], bins: [2, 2] }"),
      key: "simulation.series.current.box", mentions: "missing"),
    .init(
      "cells that are missing", current("[\"x\", \"y\"]", "[[-1, 1], [-1, 1]]", "[3]"),
      key: "simulation.series.current.bins", mentions: "1 number"),
    .init(
      "too many cells", current("[\"x\", \"y\"]", "[[-1, 1], [-1, 1]]", "[200, 200]"),
      key: "simulation.series.current.bins", mentions: "40000 cells"),
    .init(
      "a plane with one axis", series("circulation: [{ axes: [\"x\"] }]"),
      key: "simulation.series.circulation[0].axes", mentions: "1 name"),
    .init(
      "a plane without axes", series("circulation: [{ center: [0, 0] }]"),
      key: "simulation.series.circulation[0].axes", mentions: "missing"),
    .init(
      "a centre with one coordinate",
      series("circulation: [{ axes: [\"x\", \"y\"], center: [1] }]"),
      key: "simulation.series.circulation[0].center", mentions: "expected two"),
    .init(
      "no planes", series("circulation: []"), key: "simulation.series.circulation",
      mentions: "is empty"),
    .init(
      "no observables", series("observables: []"), key: "simulation.series.observables",
      mentions: "is empty"),
    .init(
      "an observable that stands twice", series("observables: [\"x\", \"x\"]"),
      key: "simulation.series.observables[1]", mentions: "twice"),
    .init(
      "no displacement", series("displacement: []"), key: "simulation.series.displacement",
      mentions: "is empty"),
    .init(
      "steps of plain simulation without a choice", rare("method: \"splitting\", plainSteps: 1e6"),
      key: "simulation.rareEvents.plainSteps", mentions: "\"auto\""),
    .init(
      "copies of nothing", rare("method: \"never\", copies: 32"),
      key: "simulation.rareEvents.copies", mentions: "\"never\""),
    .init(
      "repetitions of nothing", rare("method: \"never\", repetitions: 8"),
      key: "simulation.rareEvents.repetitions", mentions: "\"never\""),
    .init(
      "a surface of nothing", rare("method: \"never\", surface: 2"),
      key: "simulation.rareEvents.surface", mentions: "\"never\""),
    .init(
      "a surface at the minimum", rare("surface: 0"), key: "simulation.rareEvents.surface",
      mentions: "from 0.1 to 10"),
    .init(
      "a limit of what is not watched",
      problem(
        well,
        "timeStep: 0.01, exits: 5, exitTimeLimit: 9, rareEvents: { method: \"splitting\" }"),
      key: "simulation.exitTimeLimit", mentions: "does nothing"),
    .init(
      "an exit of no escapes", problem(well, "\(size), exit: { kind: \"ball\", radius: 1 }"),
      key: "simulation.exit", mentions: "\"exits\" asks for none"),
    .init(
      "a limit of no escapes", problem(well, "\(size), exits: 0, exitTimeLimit: 3"),
      key: "simulation.exitTimeLimit", mentions: "\"exits\" asks for none"),
    .init(
      "a boundary of no escapes", problem(well, "\(size), boundaryCorrection: true"),
      key: "simulation.boundaryCorrection", mentions: "\"exits\" asks for none"),
    .init(
      "trajectories without length", problem(well, "timeStep: 0.01, exits: 3, trajectories: 8"),
      key: "simulation.trajectories", mentions: "\"time\""),
    .init(
      "occupancies without trajectories",
      problem(well, "timeStep: 0.01, exits: 3, occupancy: \"descent\""),
      key: "simulation.occupancy", mentions: "\"time\""),
    .init(
      "a burn-in of nothing", problem(well, "timeStep: 0.01, exits: 3, burnIn: 0.2"),
      key: "simulation.burnIn", mentions: "\"time\""),
    .init(
      "no time and no escapes", problem(well, "timeStep: 0.01, time: 0"), key: "simulation.time",
      mentions: "is 0"),
  ]

  @Test("Refused as the problem is read", arguments: malformed)
  func refused(bad: BadProblem) throws {
    let error = #expect(throws: ProblemError.self) {
      _ = try Analysis(try Problem(text: bad.text))
    }
    #expect(error?.key == bad.key)
    #expect(error?.description.contains(bad.mentions) ?? false, "\(error?.description ?? "")")
  }

  /// The bounds follow from 20 units of time in steps of 0.01, of which a tenth is the burn-in.
  static let unfit: [BadProblem] = [
    .init(
      "frames between steps", states("interval: 0.001"), key: "simulation.states.interval",
      mentions: "is 0.001; accepted: numbers from 0.01 (the time step) to 18.0"),
    .init(
      "frames beyond the end", states("interval: 25"), key: "simulation.states.interval",
      mentions: "is 25.0; accepted: numbers from 0.01"),
    .init(
      "a lag between frames", states("interval: 0.5, lags: [1, 0.2]"),
      key: "simulation.states.lags[1]", mentions: "from 0.5 (states.interval) to 17.5"),
    .init(
      "a lag beyond the end", states("lags: [25]"), key: "simulation.states.lags[0]",
      mentions: "to 17.99"),
    .init(
      "a lag of a single frame", states("interval: 18, lags: [18]"),
      key: "simulation.states.lags[0]", mentions: "nothing fits"),
    .init(
      "boxes of another variable", boxes("[\"z\"]", "[[-1, 1]]", "[3]"),
      key: "simulation.states.axes[0]", mentions: "accepted: x, y"),
    .init(
      "boxes outside of the domain", boxes("[\"y\"]", "[[5, 6]]", "[3]"),
      key: "simulation.states.box[0]", mentions: "outside of the domain"),
    .init(
      "observations between steps", series("interval: 0.001"), key: "simulation.series.interval",
      mentions: "from 0.01 (the time step) to 1.8"),
    .init(
      "observations beyond the end", series("interval: 30"), key: "simulation.series.interval",
      mentions: "is 30.0"),
    .init(
      "a series that is too short", series("time: 0.05"), key: "simulation.series.time",
      mentions: "is 0.05"),
    .init(
      "a lag below the interval", series("interval: 0.1, longestLag: 0.02"),
      key: "simulation.series.longestLag", mentions: "from 0.1"),
    .init(
      "a lag beyond the series", series("longestLag: 15"), key: "simulation.series.longestLag",
      mentions: "to 9.0 (half"),
    .init(
      "a segment below 16 observations", series("spectrum: { segment: 0.01 }"),
      key: "simulation.series.spectrum.segment", mentions: "from 0.16"),
    .init(
      // 1800 observations hold 1024.
      "a segment beyond the series", series("spectrum: { segment: 12 }"),
      key: "simulation.series.spectrum.segment", mentions: "to 10.24"),
    .init(
      "records between observations", series("interval: 0.1, record: 0.05"),
      key: "simulation.series.record", mentions: "from 0.1"),
    .init(
      "records beyond the end", series("record: 30"), key: "simulation.series.record",
      mentions: "to 18.0"),
    .init(
      "a displacement of another variable", series("displacement: [\"x\", \"z\"]"),
      key: "simulation.series.displacement[1]", mentions: "\"z\" is no variable"),
    .init(
      "a current of another variable", current("[\"x\", \"z\"]", "[[-1, 1], [-1, 1]]", "[3, 3]"),
      key: "simulation.series.current.axes[1]", mentions: "accepted: x, y"),
    .init(
      "turns in another plane", series("circulation: [{ axes: [\"x\", \"w\"] }]"),
      key: "simulation.series.circulation[0].axes[1]", mentions: "\"w\""),
    .init(
      "a formula of another variable", series("observables: [\"x\", \"x + q\"]"),
      key: "simulation.series.observables[1]", mentions: "unknown name \"q\""),
    .init(
      "the energy of a drift",
      problem(rotation, "\(size), series: { observables: [\"energy\"] }"),
      key: "simulation.series.observables[0]", mentions: "accepted: variables"),
    .init(
      "a limit below the step", problem(well, "\(size), exits: 2, exitTimeLimit: 0.001"),
      key: "simulation.exitTimeLimit", mentions: "from 0.01"),
    .init(
      "a centre of another dimension",
      problem(well, "\(size), exits: 2, exit: { kind: \"ball\", radius: 1, center: [0] }"),
      key: "simulation.exit.center", mentions: "1 coordinate;"),
    .init(
      "an exit box without sides",
      problem(well, "\(size), exits: 2, exit: { kind: \"box\", box: [] }"),
      key: "simulation.exit.box", mentions: "0 pairs"),
    .init(
      "the loss of a drift",
      problem(rotation, "\(size), exits: 2, exit: { kind: \"lossThreshold\", level: 1 }"),
      key: "simulation.exit.kind", mentions: "no loss"),
    .init(
      "no time step", problem(well, "time: 10"), key: "simulation.timeStep", mentions: "missing"),
    .init(
      "mini-batches without data", problem(well, "\(size), sampler: \"miniBatch\""),
      key: "simulation.sampler", mentions: "model"),
    .init(
      "the time change of other noise", problem(well, "\(size), sampler: \"timeChanged\""),
      key: "simulation.sampler", mentions: "lossHessian"),
  ]

  @Test("Refused before anything is computed", arguments: unfit)
  func refusedEarly(bad: BadProblem) async throws {
    let analysis = try Analysis(try Problem(text: bad.text))
    var report = analysis.emptyReport
    let error = await #expect(throws: ProblemError.self) {
      try await analysis.run(.simulate, into: &report)
    }
    #expect(error?.key == bad.key)
    #expect(error?.description.contains(bad.mentions) ?? false, "\(error?.description ?? "")")
    #expect(report.network == nil)
  }

  private func simulate(_ text: String) async throws -> SimulationAnswer {
    let report = try await Analysis(try Problem(text: text)).run(.simulate)
    return try #require(report.simulation)
  }

  @Test("An interval of frames is what was written, however long")
  func longFrames() async throws {
    // A hundredth of the time is 0.2.
    let states = try #require(try await simulate(states("interval: 5")).states)
    #expect(abs(states.result.frameTime - 5) < 1e-12)
    // Four frames of 500 steps in each of eight trajectories.
    #expect(states.result.steps == 8 * 2000)
  }

  @Test("The default interval of frames divides the lags")
  func framesOfLags() async throws {
    // The curvature at the minima is 8: a quarter of 1/8 is 0.03 in steps of 0.01, and the largest
    // divisor of 0.25 and 0.4 below it is 0.01.
    let answer = try await simulate(states("lags: [0.25, 0.4]"))
    let result = try #require(answer.states?.result)
    #expect(abs(result.frameTime - 0.01) < 1e-12)
    #expect(result.lags == [25, 40])
    #expect(!answer.findings.contains { $0.contains("lags") })
  }

  @Test("Times between steps are rounded, which is said")
  func rounded() async throws {
    let answer = try await simulate(
      problem(
        well,
        """
        trajectories: 8, time: 20.004, timeStep: 0.01, exits: 1, exitTimeLimit: 0.102,
        series: { interval: 0.048, longestLag: 1.03, record: 0.12, spectrum: { segment: 1.5 } },
        states: { interval: 0.033, lags: [0.1] }
        """))
    #expect(abs(try #require(answer.series).interval - 0.05) < 1e-12)
    #expect(abs(try #require(answer.series?.record).interval - 0.1) < 1e-12)
    #expect(abs(try #require(answer.states).result.frameTime - 0.03) < 1e-12)
    for text in [
      "simulation.time is 20.004, no multiple of the time step, 0.01; rounded to 20.0",
      "simulation.exitTimeLimit is 0.102, no multiple of the time step, 0.01; rounded to 0.11",
      "simulation.series.interval is 0.048, no multiple of the time step, 0.01; rounded to 0.05",
      "simulation.series.longestLag is 1.03, no multiple of the interval of the series, 0.05; "
        + "rounded to 1.05",
      "simulation.series.record is 0.12, no multiple of the interval of the series, 0.05; "
        + "rounded to 0.1",
      "simulation.series.spectrum.segment is 1.5; taken as 1.6, 32 observations, a power of two",
      "simulation.states.interval is 0.033, no multiple of the time step, 0.01; rounded to 0.03",
      "simulation.states.lags[0] is 0.1, no multiple of the interval of the frames, 0.03; "
        + "rounded to 0.09",
    ] {
      #expect(answer.findings.filter { $0 == text }.count == 1, "\(text) in \(answer.findings)")
    }
    let exact = try await simulate(
      problem(
        well,
        """
        trajectories: 8, time: 20, timeStep: 0.01, exits: 1, exitTimeLimit: 0.1,
        series: { interval: 0.05, longestLag: 1.05, record: 0.1, spectrum: { segment: 1.6 } },
        states: { interval: 0.03, lags: [0.09] }
        """))
    #expect(exact.findings.isEmpty, "\(exact.findings)")
  }

  @Test("An observable that is not finite is named, and takes nothing from the others")
  func brokenObservable() async throws {
    let rest = "record: 0.01, displacement: [\"x\"], spectrum: {}"
    let broken = try #require(
      try await simulate(series("observables: [\"log(x)\", \"x\", \"exp(400*x^2)\"], \(rest)"))
        .series)
    let plain = try #require(try await simulate(series("observables: [\"x\"], \(rest)")).series)
    #expect(broken.observables[1] == plain.observables[0])
    #expect(broken.displacement == plain.displacement)
    #expect(broken.diverged == 0 && !broken.findings.contains { $0.contains("trajectories were") })
    // The logarithm is finite where x is above zero; the first frame is the end of the burn-in.
    let frames = try #require(broken.record).frames
    let (trajectories, count) = (frames.shape[0], frames.shape[1])
    var faults = 0
    for k in 0..<trajectories {
      for i in 1..<count where frames.elements[(k * count + i) * 2] <= 0 { faults += 1 }
    }
    #expect(
      broken.findings.contains {
        $0.contains("\"log(x)\" was not finite in \(faults) of \(trajectories * (count - 1))")
      }, "\(broken.findings)")
    #expect(broken.findings.contains { $0.contains("\"exp(400*x^2)\"") })
    #expect(broken.observables[0].mean.value.isNaN && broken.observables[0].variance.value.isNaN)
    #expect(broken.observables[0].integratedTime == nil)
  }

  static let endless: [BadProblem] =
    ["splitting", "forwardFlux"].map {
      .init(
        "\($0) in a bowl", rare("method: \"\($0)\"", bowl), key: "simulation.rareEvents.method",
        mentions: "one minimum")
    }
    + ["auto", "never"].map {
      .init(
        "\($0) in a bowl", rare("method: \"\($0)\"", bowl), key: "simulation.exits",
        mentions: "\"exitTimeLimit\"")
    } + [
      .init(
        "a bowl with walls",
        problem(
          bowl.replacing("]] }", with: "]], reflecting: true }"), "timeStep: 0.01, exits: 10"),
        key: "simulation.exits", mentions: "reflect"),
      .init(
        "a drift out of a box",
        problem(
          rotation,
          "timeStep: 0.01, exits: 5, exit: { kind: \"box\", box: [[-1, 1], [-1, 1]] }, "
            + "rareEvents: { method: \"splitting\" }"),
        key: "simulation.rareEvents.method", mentions: "\"ball\""),
      .init(
        "a surface beyond the core set",
        rare("method: \"splitting\", copies: 16, repetitions: 2, surface: 10"),
        key: "simulation.rareEvents.surface", mentions: "is 10.0; accepted: at most"),
    ]

  @Test(
    "Escapes that cannot be watched or split end at once", .timeLimit(.minutes(1)),
    arguments: endless)
  func noEscape(bad: BadProblem) async throws {
    let analysis = try Analysis(try Problem(text: bad.text))
    var report = analysis.emptyReport
    let error = await #expect(throws: ProblemError.self) {
      try await analysis.run(.analyze, into: &report)
    }
    #expect(error?.key == bad.key)
    #expect(error?.description.contains(bad.mentions) ?? false, "\(error?.description ?? "")")
  }

  @Test("A minimum without a known saddle is not watched for ever")
  func stranded() async throws {
    // Between the two minima lies a kink, which is no saddle point.
    let kinked =
      "landscape: { formula: \"(abs(x)-1)^2 + y^2\", domain: [[-2, 2], [-2, 2]] }, "
      + "dynamics: { kind: \"langevin\", temperature: 0.3 }"
    let left = try await simulate(problem(kinked, "timeStep: 0.01, exits: 10"))
    #expect(left.findings.count { $0.contains("exitTimeLimit") } == 2)
    #expect(left.result.exits.allSatisfy { $0.count == 0 })
    let watched = try await simulate(
      problem(kinked, "timeStep: 0.01, exits: 10, exitTimeLimit: 1000"))
    #expect(watched.findings.isEmpty)
    #expect(watched.result.exits.contains { $0.count > 0 })
  }

  @Test("Of escapes that were not seen one bound is told")
  func oneBound() async throws {
    let answer = try await simulate(
      problem(bowl, "timeStep: 0.01, exits: 10, exitTimeLimit: 5"))
    let exit = try #require(answer.result.exits.first)
    #expect(exit.count == 0)
    #expect(answer.findings.contains { $0.contains("leave the domain") })
    // −ln 0.025 over 50 units of time.
    #expect(abs(exit.rateInterval.upperBound - 3.6888794541139363 / 50) < 1e-12)
    #expect(
      answer.result.findings.contains { $0.hasSuffix("from 0 to \(exit.rateInterval.upperBound)") })
  }

  @Test("The rate does not depend on where the first surface lies")
  func surface() async throws {
    func rate(_ surface: Double) async throws -> RareEventAnswer {
      let answer = try await simulate(
        problem(
          "landscape: { formula: \"(x^2-1)^2\", domain: [[-2, 2]] }, "
            + "dynamics: { kind: \"langevin\", temperature: 0.12 }",
          "timeStep: 0.01, exits: 1, seed: 3, rareEvents: { method: \"splitting\", copies: 128, "
            + "surface: \(surface) }"))
      return try #require(answer.rareEvents.first)
    }
    let (near, far) = (try await rate(0.6), try await rate(1))
    // A loop through a nearer surface is shorter, and the way on is longer.
    #expect(near.meanLoopTime < far.meanLoopTime)
    #expect(near.logProbability < far.logProbability)
    let (a, b) = (near.standardError, far.standardError)
    #expect(a < 0.18 && b < 0.18)
    #expect(abs(near.logRate - far.logRate) < 3.5 * (a * a + b * b).squareRoot())
  }
}
