import LinearAlgebra
import Testing

@Suite("Products added by BLAS")
struct MatrixProductTests {
  // By hand: (1 2 3; 4 5 6)(1 0; 2 1; 0 −1) = (5 −1; 14 −1).
  @Test("A product of rectangular matrices is added")
  func rectangular() {
    var sum: Matrix = [[1, 1], [1, 1]]
    sum.addProduct([[1, 2, 3], [4, 5, 6]], [[1, 0], [2, 1], [0, -1]])
    #expect(sum == [[6, 0], [15, 0]])
  }

  @Test("Empty matrices add nothing")
  func empty() {
    var sum: Matrix = [[1, 1]]
    sum.addProduct(Matrix(rows: 1, columns: 0), Matrix(rows: 0, columns: 2))
    #expect(sum == [[1, 1]])
  }
}
