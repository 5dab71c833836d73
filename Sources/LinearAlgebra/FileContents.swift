import Glibc

/// Reading and writing whole files.
package enum FileContents {
  /// All bytes of a file.
  package static func bytes(path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw failure(path) }
    defer { fclose(file) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      result.append(contentsOf: buffer[..<count])
      if count < buffer.count {
        guard ferror(file) == 0 else { throw failure(path) }
        return result
      }
    }
  }

  /// The text of a file; what is not UTF-8 in it becomes replacement characters.
  package static func text(path: String) throws -> String {
    String(decoding: try bytes(path: path), as: UTF8.self)
  }

  /// The text of a file, or nil where there is no such file.
  package static func optionalText(path: String) throws -> String? {
    exists(path) ? try text(path: path) : nil
  }

  /// Whether a file that can be read holds nothing.
  package static func isEmpty(path: String) throws -> Bool {
    guard let file = fopen(path, "rb") else { throw failure(path) }
    defer { fclose(file) }
    var byte: UInt8 = 0
    let count = fread(&byte, 1, 1, file)
    guard ferror(file) == 0 else { throw failure(path) }
    return count == 0
  }

  /// Replaces a file.
  package static func write(_ bytes: [UInt8], path: String) throws {
    guard let file = fopen(path, "wb") else { throw failure(path) }
    let count = fwrite(bytes, 1, bytes.count, file)
    let reason = errno
    guard fclose(file) == 0, count == bytes.count else {
      errno = errno == 0 ? reason : errno
      throw failure(path)
    }
  }

  /// Writes the files of a folder, which is created where it is not there.
  ///
  /// - Parameters:
  ///   - files: Names and contents; nil for a file that must not be there.
  ///   - folder: The folder.
  /// - Throws: `FileError`.
  package static func write(_ files: [(name: String, text: String?)], folder: String) throws {
    if mkdir(folder, 0o777) != 0, errno != EEXIST { throw failure(folder) }
    for file in files where file.text == nil && exists(folder + "/" + file.name) {
      throw FileError(file: folder + "/" + file.name, problem: .leftover)
    }
    for file in files {
      if let text = file.text { try write(Array(text.utf8), path: folder + "/" + file.name) }
    }
  }

  private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private static func failure(_ path: String) -> FileError {
    let code = errno
    guard code != ENOENT, code != ENOTDIR else { return FileError(file: path, problem: .missing) }
    return FileError(file: path, problem: .inaccessible(reason: String(cString: strerror(code))))
  }
}
