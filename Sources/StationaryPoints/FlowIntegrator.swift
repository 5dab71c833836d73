import CGSL
import Landscapes

/// The flow ẋ = b(x) by GSL's variable-order backward differentiation (`msbdf`) with the exact
/// Jacobian matrix, or by its explicit `rk8pd` where that is asked for.
final class FlowIntegrator {
  enum Method {
    case stiff
    case explicit
  }

  private let field: CompiledField
  private let storage: UnsafeMutablePointer<gsl_odeiv2_system>
  private let driver: UnsafeMutablePointer<gsl_odeiv2_driver>?
  private var time = 0.0
  private var step: Double
  private(set) var state: [Double]
  var driftCount = 0
  var jacobianCount = 0

  init(
    field: CompiledField, start: [Double], step: Double, absoluteError: Double,
    relativeError: Double, method: Method
  ) {
    _ = handlerSwitchedOff
    self.field = field
    self.step = step
    state = start
    storage = .allocate(capacity: 1)
    storage.initialize(
      to: gsl_odeiv2_system(
        function: { _, y, derivative, pointer in
          guard let y, let derivative, let pointer else { return Int32(GSL_EFAULT) }
          let flow = Unmanaged<FlowIntegrator>.fromOpaque(pointer).takeUnretainedValue()
          return flow.evaluate(y, derivative)
        },
        jacobian: { _, y, matrix, explicit, pointer in
          guard let y, let matrix, let explicit, let pointer else {
            return Int32(GSL_EFAULT)
          }
          let flow = Unmanaged<FlowIntegrator>.fromOpaque(pointer).takeUnretainedValue()
          return flow.differentiate(y, matrix, explicit)
        }, dimension: field.dimension, params: nil))
    driver = gsl_odeiv2_driver_alloc_y_new(
      storage, method == .stiff ? metastability_odeiv2_msbdf() : metastability_odeiv2_rk8pd(),
      step, absoluteError, relativeError)
    storage.pointee.params = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    gsl_odeiv2_driver_free(driver)
    storage.deinitialize(count: 1)
    storage.deallocate()
  }

  /// Takes one step with error control.
  ///
  /// - Returns: The time that has passed, or nil where the integrator gives up.
  func advance() -> Double? {
    guard let driver else { return nil }
    let before = time
    let status = gsl_odeiv2_evolve_apply(
      driver.pointee.e, driver.pointee.c, driver.pointee.s, storage, &time, .infinity, &step,
      &state)
    guard status == 0, state.allSatisfy(\.isFinite), time > before else { return nil }
    return time - before
  }

  private func evaluate(
    _ y: UnsafePointer<Double>, _ derivative: UnsafeMutablePointer<Double>
  ) -> Int32 {
    let n = field.dimension
    driftCount += 1
    let x = UnsafeBufferPointer(start: y, count: n)
    var result = UnsafeMutableBufferPointer(start: derivative, count: n).mutableSpan
    field.drift(x.span, &result)
    for i in 0..<n where !derivative[i].isFinite { return Int32(GSL_EDOM) }
    return 0
  }

  private func differentiate(
    _ y: UnsafePointer<Double>, _ matrix: UnsafeMutablePointer<Double>,
    _ explicit: UnsafeMutablePointer<Double>
  ) -> Int32 {
    let n = field.dimension
    jacobianCount += 1
    let x = UnsafeBufferPointer(start: y, count: n)
    var result = UnsafeMutableBufferPointer(start: matrix, count: n * n).mutableSpan
    field.driftJacobian(x.span, &result)
    for i in 0..<n { explicit[i] = 0 }
    for i in 0..<n * n where !matrix[i].isFinite { return Int32(GSL_EDOM) }
    return 0
  }
}
