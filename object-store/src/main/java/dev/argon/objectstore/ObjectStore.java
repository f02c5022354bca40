package dev.argon.objectstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// Whole objects under names. All methods may be called from many threads at a time. A failure that
/// may pass (a full disk, a service that does not answer) is an `IOException`; retrying is the
/// caller's policy.
public interface ObjectStore {

  /// Stores `content` (position to limit) under `key`, in place of what was there. Durable on
  /// return.
  void put(ObjectKey key, ByteBuffer content) throws IOException;

  /// Stores the content of `file` under `key`, in place of what was there. Durable on return.
  void put(ObjectKey key, Path file) throws IOException;

  /// Stores `content` unless there is an object under `key` already. Durable on return if true.
  ///
  /// @return false if there was one; it is unchanged
  boolean putIfAbsent(ObjectKey key, ByteBuffer content) throws IOException;

  /// The whole object.
  ///
  /// @throws java.nio.file.NoSuchFileException if there is none
  byte[] get(ObjectKey key) throws IOException;

  /// Fills `into` from `offset` of the object on.
  ///
  /// @throws java.nio.file.NoSuchFileException if there is no such object
  /// @throws java.io.EOFException if it ends before
  void getRange(ObjectKey key, long offset, ByteBuffer into) throws IOException;

  /// Copies the whole object to `target`, which must not exist; `target` is synced on return.
  ///
  /// @throws java.nio.file.NoSuchFileException if there is no such object
  void download(ObjectKey key, Path target) throws IOException;

  /// The objects whose names begin with `prefix` (any text; empty is all), in order of their names.
  List<ObjectInfo> list(String prefix) throws IOException;

  /// Removes the object. Durable on return.
  ///
  /// @return false if there was none
  boolean delete(ObjectKey key) throws IOException;

  /// An object in a list.
  ///
  /// @param modifiedMillis when it was stored, milliseconds since 1970, by the store's clock
  record ObjectInfo(ObjectKey key, long sizeBytes, long modifiedMillis) {}
}
