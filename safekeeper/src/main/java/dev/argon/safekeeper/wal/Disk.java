package dev.argon.safekeeper.wal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;

/// A file system, as far as the storage of a timeline uses one: small enough that the simulation
/// can make one up that tears, loses and fails. Nothing counts as durable before the file and, if
/// it is new or renamed, its directory were synced. Safe for many threads; files as [FileChannel].
public interface Disk {

  /// The machine's own.
  Disk LOCAL = new LocalDisk();

  /// Opens a file.
  ///
  /// @param options as for [FileChannel#open(Path, OpenOption...)]
  FileChannel open(Path file, OpenOption... options) throws IOException;

  /// Opens a file for reading and writing after making it `sizeBytes` long; it is made if it does
  /// not exist. What is new of it reads as zeros and takes no room.
  FileChannel openSized(Path file, long sizeBytes) throws IOException;

  boolean exists(Path file) throws IOException;

  /// @throws NoSuchFileException if there is none
  long sizeBytes(Path file) throws IOException;

  /// The whole content.
  ///
  /// @throws NoSuchFileException if there is none
  byte[] readAll(Path file) throws IOException;

  /// The names in a directory, in no order.
  List<String> list(Path directory) throws IOException;

  /// Gives a file another name in one step, in place of what has that name.
  void rename(Path from, Path to) throws IOException;

  /// @return whether there was one
  boolean delete(Path file) throws IOException;

  /// Makes what names there are in a directory durable.
  void syncDirectory(Path directory) throws IOException;

  /// Room for more bytes.
  long freeBytes(Path directory) throws IOException;
}
