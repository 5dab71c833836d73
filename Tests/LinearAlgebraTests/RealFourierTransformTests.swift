import Glibc
import LinearAlgebra
import Testing

@Suite("Fourier transforms of real numbers")
struct RealFourierTransformTests {
  @Test(
    "coefficients are the sums of their definition, for any length", arguments: [1, 2, 5, 16, 30])
  func definition(length: Int) throws {
    let values = (0..<length).map { 0.1 * Double($0 * $0) - Double($0) }
    let transform = try RealFourierTransform(length: length)
    let coefficients = try transform.coefficients(of: values)
    #expect(coefficients.count == length / 2 + 1)
    for (k, coefficient) in coefficients.enumerated() {
      var real = 0.0
      var imaginary = 0.0
      for (n, value) in values.enumerated() {
        let angle = -2 * Double.pi * Double(k * n) / Double(length)
        real += value * cos(angle)
        imaginary += value * sin(angle)
      }
      #expect(abs(coefficient.real - real) < 1e-11)
      #expect(abs(coefficient.imaginary - imaginary) < 1e-11)
    }
  }

  @Test("a transform can be used again")
  func again() throws {
    let transform = try RealFourierTransform(length: 4)
    for _ in 0..<2 {
      // 1 + 2 + 3 + 4, 1 − 2i − 3 + 4i, 1 − 2 + 3 − 4.
      let expected = [ComplexNumber(10), ComplexNumber(-2, 2), ComplexNumber(-2)]
      let coefficients = try transform.coefficients(of: [1, 2, 3, 4])
      #expect(coefficients == expected)
    }
  }
}
