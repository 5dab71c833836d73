import CGSL

/// The discrete Fourier transform of real numbers, X_k = Σ_n x_n e^{−2πikn/N}, of one length (GSL's
/// mixed-radix transform; fast where the length has small factors).
///
/// ```swift
/// let transform = try RealFourierTransform(length: 4)
/// try transform.coefficients(of: [1, 2, 3, 4])    // 10, −2 + 2i, −2
/// ```
public final class RealFourierTransform {
  /// The number of values, N.
  public let length: Int
  private let wavetable: UnsafeMutablePointer<gsl_fft_real_wavetable>
  private let workspace: UnsafeMutablePointer<gsl_fft_real_workspace>

  /// Prepares a transform.
  ///
  /// - Parameter length: The number of values, at least 1.
  /// - Throws: `LinearAlgebraError.library` where there is no memory.
  public init(length: Int) throws {
    precondition(length >= 1, "a transform needs at least one value")
    _ = handlerSwitchedOff
    guard let wavetable = gsl_fft_real_wavetable_alloc(length) else {
      throw LinearAlgebraError.library(reason: "no memory for a Fourier transform")
    }
    guard let workspace = gsl_fft_real_workspace_alloc(length) else {
      gsl_fft_real_wavetable_free(wavetable)
      throw LinearAlgebraError.library(reason: "no memory for a Fourier transform")
    }
    self.length = length
    self.wavetable = wavetable
    self.workspace = workspace
  }

  deinit {
    gsl_fft_real_wavetable_free(wavetable)
    gsl_fft_real_workspace_free(workspace)
  }

  /// The number of coefficients that a real series determines, N/2 + 1 (rounded down).
  public var coefficientCount: Int { length / 2 + 1 }

  /// Transforms values in place. Afterwards they are Re X₀, Re X₁, Im X₁, Re X₂, Im X₂, …; for even
  /// N the last is Re X_{N/2}.
  ///
  /// - Parameter values: `length` numbers.
  /// - Throws: `LinearAlgebraError.library`.
  public func transform(_ values: inout [Double]) throws {
    precondition(values.count == length, "the transform was prepared for another length")
    let status = gsl_fft_real_transform(&values, 1, length, wavetable, workspace)
    guard status == 0 else {
      throw LinearAlgebraError.library(reason: String(cString: gsl_strerror(status)))
    }
  }

  /// The coefficients X₀, X₁, … of the frequencies k/N ≤ ½.
  ///
  /// - Parameter values: `length` numbers.
  /// - Returns: `coefficientCount` complex numbers.
  /// - Throws: `LinearAlgebraError.library`.
  public func coefficients(of values: [Double]) throws -> [ComplexNumber] {
    var packed = values
    try transform(&packed)
    return (0..<coefficientCount).map { k in
      if k == 0 { return ComplexNumber(packed[0]) }
      let imaginary = 2 * k < length ? packed[2 * k] : 0
      return ComplexNumber(packed[2 * k - 1], imaginary)
    }
  }
}
