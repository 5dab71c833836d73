/// A dense array of doubles with any number of indices, the last one varying fastest.
///
/// ```swift
/// let frames = Tensor(shape: [2, 3, 2])    // trajectory, frame, coordinate
/// frames[1, 0, 1]                          // 0.0
/// ```
public struct Tensor: Sendable, Equatable {
  /// The number of values of each index.
  public let shape: [Int]
  /// The elements, the last index varying fastest.
  public var elements: [Double]

  /// Creates a tensor whose elements are all the same.
  public init(shape: [Int], repeating value: Double = 0) {
    precondition(shape.allSatisfy { $0 >= 0 }, "a tensor cannot have a negative size")
    self.shape = shape
    elements = [Double](repeating: value, count: shape.reduce(1, *))
  }

  /// Creates a tensor from its elements, the last index varying fastest.
  public init(shape: [Int], elements: [Double]) {
    precondition(shape.allSatisfy { $0 >= 0 }, "a tensor cannot have a negative size")
    precondition(
      elements.count == shape.reduce(1, *), "the number of elements must be that of the shape")
    self.shape = shape
    self.elements = elements
  }

  /// The element at the given indices, counted from zero.
  public subscript(indices: Int...) -> Double {
    get { elements[offset(of: indices)] }
    set { elements[offset(of: indices)] = newValue }
  }

  private func offset(of indices: [Int]) -> Int {
    precondition(indices.count == shape.count, "a tensor needs one index per direction")
    var result = 0
    for (index, size) in zip(indices, shape) {
      precondition(0 <= index && index < size, "an index is out of range")
      result = result * size + index
    }
    return result
  }
}
