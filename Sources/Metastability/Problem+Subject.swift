import Formulas
import Foundation
import Landscapes
import LinearAlgebra
import LossModels
import MarkovChains
import Simulation

extension Problem {
  /// Builds what the problem describes: compiles formulas, reads tables and chains.
  ///
  /// - Throws: `ProblemError` that names the key.
  func subject() throws -> AnalysisSubject {
    if let chains = try givenChains() { return .given(chains) }
    let parts = try landscapeParts()
    let dynamics = try keyed("dynamics") { try self.dynamics(for: parts) }
    var usesEpochs = false
    if case .sgd(_, _, _, let epochs, _) = self.dynamics { usesEpochs = epochs }
    return .system(
      AnalysisSystem(
        field: parts.field, domain: parts.domain, variables: parts.variables,
        dynamics: dynamics.dynamics.interpreted(as: interpretation), isReflecting: reflecting,
        plateau: parts.plateau,
        miniBatch: try dynamics.settings.flatMap { settings in
          try parts.model.map { model in
            try keyed("dynamics") { try model.mover(settings, usesEpochs ? .epochs : nil) }
          }
        }))
  }

  private func failure(_ key: String, _ reason: String) -> ProblemError {
    ProblemError(file: file, key: key, reason: reason)
  }

  /// Gives an error of a lower module the key of the problem file that it belongs to.
  private func keyed<Result>(_ key: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as ProblemError { throw error } catch {
      throw failure(key, "\(error)")
    }
  }

  // MARK: Landscapes

  /// A landscape before its noise is known.
  struct LandscapeParts {
    let field: CompiledField
    let domain: Domain
    let variables: [String]
    var model: LossModel?
    var huMatrix: (@Sendable ([Double]) -> Matrix)?
    var plateau: Plateau?
  }

  private func landscapeParts() throws -> LandscapeParts {
    switch landscape {
    case .formula(let text):
      let formula = try keyed("landscape.formula") {
        try FormulaLandscape(text, variables: variables, parameters: parameters)
      }
      return LandscapeParts(
        field: formula.compiled, domain: try box(formula.variables),
        variables: formula.variables)
    case .drift(let texts):
      let drift = try keyed("landscape.drift") {
        try FormulaField(texts, variables: variables, parameters: parameters)
      }
      return LandscapeParts(
        field: drift.compiled, domain: try box(drift.variables), variables: drift.variables)
    case .builtIn(let name, let dimension, let matrix):
      let system = try builtIn(name, dimension: dimension, matrix: matrix)
      let names = try names(system.field.dimension)
      return LandscapeParts(
        field: system.field, domain: domain == nil ? system.domain : try box(names),
        variables: names, huMatrix: system.huMatrix, plateau: system.plateau)
    case .model(let source):
      guard parameters.isEmpty else {
        throw failure("landscape.parameters", "a model has no parameters of this kind")
      }
      try checkSize(source.parameterBound, key: "landscape.model.layers")
      let model = try keyed("landscape.model") { try source.model(path: resolved(source.file)) }
      let names = variables.isEmpty ? model.parameterNames : try self.names(model.dimension)
      let box =
        domain == nil
        ? try Domain(
          lower: [Double](repeating: -10, count: model.dimension),
          upper: [Double](repeating: 10, count: model.dimension)) : try self.box(names)
      return LandscapeParts(
        field: model.field, domain: box, variables: names, model: model)
    case .chain, .database, .probabilities, .trajectories:
      throw failure("landscape", "has no energy")
    }
  }

  private func builtIn(
    _ name: String, dimension: Int?, matrix: [[Double]]?
  ) throws -> BuiltInSystem {
    let entry = try keyed("landscape.builtin") { try LandscapeCatalogue.entry(named: name) }
    if let matrix {
      guard name == "linear-drift" else {
        throw failure("landscape.matrix", "belongs to \"linear-drift\", not to \"\(name)\"")
      }
      guard matrix.allSatisfy({ $0.count == matrix.count }), !matrix.isEmpty else {
        throw failure("landscape.matrix", "expected a square matrix, one row per variable")
      }
      if let dimension, dimension != matrix.count {
        throw failure(
          "landscape.dimension", "is \(dimension), but the matrix has \(matrix.count) rows")
      }
      return try keyed("landscape.matrix") {
        try LandscapeCatalogue.linearDrift(Matrix(matrix))
      }
    }
    try checkSize(dimension ?? entry.defaultDimension, key: "landscape.dimension")
    return try keyed("landscape") {
      try entry.system(dimension: dimension, parameters: parameters)
    }
  }

  /// Refuses numbers of variables whose Hessian does not fit into memory.
  private func checkSize(_ count: Int, key: String) throws {
    let largest = 10_000
    guard count <= largest else {
      throw failure(
        key, "gives \(count) variables; the search keeps dense Hessians: at most \(largest)")
    }
  }

  /// The names of the variables, the given ones or x1, x2, ….
  private func names(_ dimension: Int) throws -> [String] {
    if variables.isEmpty {
      return dimension == 1 ? ["x"] : (1...dimension).map { "x\($0)" }
    }
    guard variables.count == dimension else {
      throw failure(
        "landscape.variables", "has \(variables.count) names; the landscape has \(dimension)")
    }
    return variables
  }

  private func box(_ variables: [String]) throws -> Domain {
    guard let domain else {
      throw failure(
        "landscape.domain",
        "is missing; a pair [lower, upper] for each of \(variables.joined(separator: ", "))")
    }
    guard domain.count == variables.count else {
      throw failure(
        "landscape.domain",
        "has \(domain.count) pairs; expected one for each of the \(variables.count) variables "
          + "\(variables.joined(separator: ", "))")
    }
    return try keyed("landscape.domain") {
      try Domain(lower: domain.map(\.lower), upper: domain.map(\.upper))
    }
  }

  // MARK: Noise

  private func dynamics(
    for parts: LandscapeParts
  ) throws -> (dynamics: Dynamics, settings: StochasticGradient?) {
    let dimension = parts.field.dimension
    switch dynamics {
    case nil:
      throw failure("dynamics", "is missing")
    case .langevin(let temperature):
      return (try Dynamics.langevin(temperature: temperature, dimension: dimension), nil)
    case .hu(let epsilon):
      guard let matrix = parts.huMatrix else {
        throw failure(
          "dynamics.kind", "\"hu\" belongs to the landscapes \"hu-bowl\" and \"hu-two-bowls\"")
      }
      let diffusion: any Diffusion
      let center = matrix(parts.domain.center)
      if parts.plateau == nil {
        diffusion = try ConstantDiffusion((epsilon / 2) * center)
      } else {
        diffusion = FieldDiffusion(dimension: dimension) { (epsilon / 2) * matrix($0) }
      }
      return (Dynamics(diffusion: diffusion), nil)
    case .sgd(let learningRate, let batchSize, let replacement, let epochs, let noise):
      if epochs, parts.model == nil {
        throw failure("dynamics.epochs", "belongs to a model; other landscapes have no samples")
      }
      let settings = try StochasticGradient(
        learningRate: learningRate, batchSize: batchSize, replacement: replacement,
        sampleCount: parts.model?.sampleCount)
      let covariance = parts.model?.covariance
      let model = noise ?? (covariance == nil ? .hessian : .gradientCovariance)
      let share: Double
      if case .fixed(let number) = rates.settings.share { share = number } else { share = 0.5 }
      return (
        try Dynamics.sgd(
          settings, noise: model, field: parts.field, twoTemperatureShare: share,
          gradientCovariance: covariance), settings
      )
    case .diffusion(let rows):
      guard rows.count == dimension else {
        throw failure(
          "dynamics.matrix", "has \(rows.count) rows; the landscape has \(dimension) variables")
      }
      return try keyed("dynamics.matrix") {
        let numbers = rows.map { $0.compactMap { Double($0) } }
        if numbers.allSatisfy({ $0.count == dimension }) {
          return (Dynamics(diffusion: try ConstantDiffusion(Matrix(numbers))), nil)
        }
        let usesParameters: Bool
        switch landscape {
        case .formula, .drift: usesParameters = true
        default: usesParameters = false
        }
        return (
          Dynamics(
            diffusion: try FormulaDiffusion(
              rows, variables: parts.variables, parameters: usesParameters ? parameters : [:])),
          nil
        )
      }
    }
  }
}
