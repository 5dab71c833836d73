public import StationaryPoints

/// Checkpoints in a file.
extension KeyedDatabase: CheckpointStore {}
