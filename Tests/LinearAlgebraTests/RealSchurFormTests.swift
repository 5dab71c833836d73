import LinearAlgebra
import Testing

@Suite("The sorted real Schur form")
struct RealSchurFormTests {
  // A cyclic drift on five states; eigenvalues from numpy.linalg.eigvals (numpy 2.4).
  let cyclic: Matrix = [
    [0.1, 0.8, 0.05, 0.05, 0], [0, 0.1, 0.8, 0.1, 0], [0.7, 0, 0.2, 0, 0.1],
    [0, 0.02, 0, 0.9, 0.08], [0.01, 0, 0, 0.19, 0.8],
  ]

  @Test(
    "Q T Qᵀ is the matrix, Q is orthogonal, and the eigenvalues descend",
    arguments: [RealSchurForm.Order.largestMagnitude, .largestRealPart])
  func decomposition(order: RealSchurForm.Order) throws {
    let schur = try cyclic.realSchurForm(sortedBy: order)
    let product = schur.vectors * schur.form * schur.vectors.transposed
    #expect((product - cyclic).largestMagnitude < 1e-14)
    let gram = schur.vectors.transposed * schur.vectors
    #expect((gram - .identity(5)).largestMagnitude < 1e-14)
    let keys = schur.eigenvalues.map { order == .largestRealPart ? $0.real : $0.magnitude }
    #expect(zip(keys, keys.dropFirst()).allSatisfy { $0 >= $1 - 1e-14 })
    #expect((schur.eigenvalues[0].real - 1).magnitude < 1e-14)
  }

  @Test("A complex pair stays together and a number that divides it is known")
  func pairs() throws {
    let rotation: Matrix = [[0.5, -2, 0], [2, 0.5, 0], [0, 0, 1]]
    let byReal = try rotation.realSchurForm(sortedBy: .largestRealPart)
    #expect(byReal.eigenvalues.map(\.real) == [1, 0.5, 0.5])
    #expect((0...3).map { byReal.splitsPair(at: $0) } == [false, false, true, false])
    let bySize = try rotation.realSchurForm(sortedBy: .largestMagnitude)
    #expect(bySize.eigenvalues.map { $0.real } == [0.5, 0.5, 1])
    #expect((0...3).map { bySize.splitsPair(at: $0) } == [false, true, false, false])
    #expect((bySize.eigenvalues[0].imaginary - 2).magnitude < 1e-15)
    #expect((bySize.eigenvalues[1].imaginary + 2).magnitude < 1e-15)
  }

  @Test("The leading vectors span an invariant subspace also where only they are sorted")
  func partialOrder() throws {
    let schur = try cyclic.realSchurForm(sortedBy: .largestRealPart, count: 2)
    #expect(!schur.splitsPair(at: 2))
    let leading = Matrix((0..<5).map { [schur.vectors[$0, 0], schur.vectors[$0, 1]] })
    let image = cyclic * leading
    let inside = leading * (leading.transposed * image)
    #expect((image - inside).largestMagnitude < 1e-14)
  }

  @Test("Nothing, and what is not finite, are answered")
  func edges() throws {
    #expect(
      try Matrix(rows: 0, columns: 0).realSchurForm(sortedBy: .largestRealPart).eigenvalues.isEmpty)
    #expect(throws: LinearAlgebraError.notFinite(row: 1, column: 1)) {
      try ([[1, 0], [0, .nan]] as Matrix).realSchurForm(sortedBy: .largestMagnitude)
    }
  }
}
