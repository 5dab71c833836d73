public import LinearAlgebra

/// Conversions of the papers' own noise conventions to the canonical D of dx = b dt + √(2D) dW.
public enum DiffusionConversions {
  /// Xie (2), (8): D = ηC/2 with the mini-batch covariance C.
  public static func xie(learningRate: Double, covariance: Matrix) -> Matrix {
    (learningRate / 2) * covariance
  }

  /// Mori (4): √(ηΣ) dW, so D = ηΣ/2 with the mini-batch covariance Σ.
  public static func mori(learningRate: Double, covariance: Matrix) -> Matrix {
    (learningRate / 2) * covariance
  }

  /// Mori (6), (12): Σ = (2L/B)·H(θ*), so D = (η/B)·L·H(θ*).
  public static func mori(
    learningRate: Double, batchSize: Double, loss: Double, hessian: Matrix
  ) -> Matrix {
    (learningRate * loss / batchSize) * hessian
  }

  /// Ibayashi (3): √(η/B)·C^{1/2} dw, so D = (η/2B)·C with the per-sample covariance C.
  public static func ibayashi(
    learningRate: Double, batchSize: Double, covariance: Matrix
  ) -> Matrix {
    (learningRate / (2 * batchSize)) * covariance
  }

  /// Hu (3), (4): √ε·Σ dW with ΣΣᵀ = D_Hu and ε = η/m, so D = (ε/2)·D_Hu.
  public static func hu(epsilon: Double, matrix: Matrix) -> Matrix { (epsilon / 2) * matrix }

  /// Chaudhari (3): √(2β⁻¹ D_CS) dW, so D = β⁻¹·D_CS with β⁻¹ = η/2b.
  public static func chaudhari(inverseTemperature: Double, matrix: Matrix) -> Matrix {
    inverseTemperature * matrix
  }
}
