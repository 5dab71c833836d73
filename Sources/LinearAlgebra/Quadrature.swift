import CGSL

/// GSL's default reaction to an error is to abort; it is switched off once.
let handlerSwitchedOff: Void = { _ = gsl_set_error_handler_off() }()

private final class Integrand {
  let function: (Double) throws -> Double
  var failure: (any Error)?
  init(_ function: @escaping (Double) throws -> Double) { self.function = function }
}

/// The integral of a function over a finite interval (GSL's doubly-adaptive `cquad`).
///
/// - Parameters:
///   - lower: The lower limit.
///   - upper: The upper limit.
///   - relativeError: The relative accuracy that is asked for.
///   - function: The integrand; an error that it throws ends the quadrature and is rethrown.
/// - Returns: The integral and an estimate of its absolute error.
/// - Throws: The integrand's own error, or `LinearAlgebraError.library`.
public func integrate(
  from lower: Double, to upper: Double, relativeError: Double = 1e-12,
  _ function: (Double) throws -> Double
) throws -> (value: Double, error: Double) {
  _ = handlerSwitchedOff
  return try withoutActuallyEscaping(function) { escaping in
    let context = Integrand(escaping)
    guard let workspace = gsl_integration_cquad_workspace_alloc(256) else {
      throw LinearAlgebraError.library(reason: "out of memory")
    }
    defer { gsl_integration_cquad_workspace_free(workspace) }
    var integrand = gsl_function(
      function: { x, pointer in
        guard let pointer else { return .nan }
        let context = Unmanaged<Integrand>.fromOpaque(pointer).takeUnretainedValue()
        if context.failure != nil { return .nan }
        do { return try context.function(x) } catch {
          context.failure = error
          return .nan
        }
      }, params: Unmanaged.passUnretained(context).toOpaque())
    var value = 0.0
    var error = 0.0
    var evaluations = 0
    let status = withExtendedLifetime(context) {
      gsl_integration_cquad(
        &integrand, lower, upper, 0, relativeError, workspace, &value, &error, &evaluations)
    }
    if let failure = context.failure { throw failure }
    // Rounding can keep cquad from confirming the last digit that was asked for.
    guard status == 0 || (value.isFinite && error <= 1e-8 * value.magnitude) else {
      throw LinearAlgebraError.library(reason: String(cString: gsl_strerror(status)))
    }
    return (value, error)
  }
}
