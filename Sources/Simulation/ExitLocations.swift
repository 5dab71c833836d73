/// Where trajectories left a region.
public struct ExitLocations: Sendable, Equatable {
  /// The number of equal sectors in which angles are counted.
  public static let sectorCount = 36

  /// The points of the first escapes, in the order of the trajectories, as far as `count` and a
  /// bound on memory (a million numbers, at least a hundred points) reach.
  public let points: [[Double]]
  /// The mean of each coordinate of these points.
  public let mean: [Measured]
  /// How many escapes went through each face: of a box below and above the first variable, the
  /// second, and so on; of other regions one number.
  public let faces: [Int]
  /// How many escapes left a disc in each of `sectorCount` sectors of the angle
  /// atan2(x₁ − c₁, x₀ − c₀), from −π to π; nil for other regions.
  public let sectors: [Int]?

  /// How many points are kept.
  static func capacity(dimension: Int) -> Int { max(100, 1_000_000 / max(dimension, 1)) }

  /// Gathers places in the order of the trajectories; nil where there are none.
  init?(_ places: [ExitPlace], faces faceCount: Int) {
    guard !places.isEmpty else { return nil }
    points = places.compactMap(\.position)
    let dimension = points.first?.count ?? 0
    let n = Double(points.count)
    var mean: [Measured] = []
    for i in 0..<dimension {
      let average = points.reduce(0) { $0 + $1[i] } / n
      let squares = points.reduce(0) { $0 + ($1[i] - average) * ($1[i] - average) }
      mean.append(
        Measured(
          value: average,
          standardError: points.count > 1 ? (squares / (n - 1) / n).squareRoot() : nil))
    }
    self.mean = mean
    var faces = [Int](repeating: 0, count: faceCount)
    var sectors = [Int](repeating: 0, count: ExitLocations.sectorCount)
    for place in places {
      faces[place.face] += 1
      if let sector = place.sector { sectors[sector] += 1 }
    }
    self.faces = faces
    self.sectors = places[0].sector == nil ? nil : sectors
  }
}

/// Where one trajectory left a region.
struct ExitPlace: Sendable, Equatable {
  var face: Int
  /// The sector of the angle, for a disc.
  var sector: Int?
  /// The point, unless there are too many.
  var position: [Double]?

  /// Describes a place.
  ///
  /// - Parameters:
  ///   - position: The point.
  ///   - face: The face that was crossed.
  ///   - angle: The angle from the centre, for a disc.
  ///   - isKept: Whether the point is kept.
  init(_ position: [Double], face: Int, angle: Double?, isKept: Bool) {
    self.face = face
    self.position = isKept ? position : nil
    let count = ExitLocations.sectorCount
    sector = angle.map {
      min(max(Int(($0 + .pi) / (2 * .pi) * Double(count)), 0), count - 1)
    }
  }
}

extension ExitPlace: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(face)
    writer.write(sector ?? -1)
    writer.write(position != nil)
    writer.write(position ?? [])
  }

  init(from reader: inout StateReader) throws {
    face = try reader.integer()
    let sector = try reader.integer()
    self.sector = sector >= 0 ? sector : nil
    let isKept = try reader.flag()
    let position = try reader.numbers()
    self.position = isKept ? position : nil
  }
}
