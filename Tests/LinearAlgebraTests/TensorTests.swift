import LinearAlgebra
import Testing

@Suite("Tensors")
struct TensorTests {
  @Test("the last index varies fastest")
  func order() {
    var tensor = Tensor(shape: [2, 3, 2], elements: (0..<12).map(Double.init))
    #expect(tensor[0, 0, 1] == 1)
    #expect(tensor[0, 1, 0] == 2)
    #expect(tensor[1, 0, 0] == 6)
    tensor[1, 2, 1] = -1
    #expect(tensor.elements[11] == -1)
    #expect(Tensor(shape: [2, 0, 3]).elements.isEmpty)
  }

  @Test(
    "the file has NumPy's header and then the numbers",
    arguments: [([2, 3, 2], "(2, 3, 2)"), ([4], "(4,)"), ([2, 2], "(2, 2)")])
  func file(shape: [Int], text: String) {
    let count = shape.reduce(1, *)
    let tensor = Tensor(shape: shape, elements: (0..<count).map { 0.5 * Double($0) })
    let bytes = tensor.numPyBytes
    // The .npy format, version 1.0: magic string, version, length of the header, a Python literal
    // padded with spaces to a multiple of 64 and ended by a newline.
    #expect(bytes.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
    let length = Int(bytes[8]) + 256 * Int(bytes[9])
    #expect((10 + length).isMultiple(of: 64))
    let header = String(decoding: bytes[10..<10 + length], as: UTF8.self)
    #expect(
      header.hasPrefix("{'descr': '<f8', 'fortran_order': False, 'shape': \(text), }"))
    #expect(header.hasSuffix("\n"))
    #expect(bytes.count == 10 + length + 8 * count)
    // 1.5 = 0x3FF8000000000000.
    let third = 10 + length + 24
    #expect(Array(bytes[third..<third + 8]) == [0, 0, 0, 0, 0, 0, 0xF8, 0x3F])
  }

  @Test("a tensor of two indices has the file of the matrix")
  func matrix() {
    let matrix: Matrix = [[1, 2, 3], [4, 5, 6]]
    let tensor = Tensor(shape: [2, 3], elements: matrix.elements)
    #expect(tensor.numPyBytes == matrix.numPyBytes)
  }
}
