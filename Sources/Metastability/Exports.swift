// The umbrella: `import Metastability` brings everything that an analysis is made of.
@_exported public import EscapeRates
@_exported public import Formulas
@_exported public import Landscapes
@_exported public import LinearAlgebra
@_exported public import LossModels
@_exported public import MarkovChains
@_exported public import QuasiPotentials
@_exported public import Simulation
@_exported public import StationaryPoints

extension Analysis {
  /// The version of the package.
  public static let version = "0.1.0"
}
