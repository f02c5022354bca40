package dev.argon.objectstore;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// An [ObjectStore] in a directory: an object is the file of its name. It is written to a temporary
/// file beside it, synced, renamed (or linked, for [#putIfAbsent]), and the directory is synced.
/// Directories are made as needed and synced into their parents; empty ones stay.
///
/// Temporary files of a process that was killed are left; [#list] does not show them. Several
/// processes may use one directory.
public final class DirectoryObjectStore implements ObjectStore {

  private static final int READ_BYTES_MAX = Integer.MAX_VALUE - 8;

  private final Path root;
  private final long processId = ProcessHandle.current().pid();
  private final AtomicLong temporaryCount = new AtomicLong();

  /// @param root made if it does not exist
  public DirectoryObjectStore(Path root) throws IOException {
    this.root = root.toAbsolutePath().normalize();
    makeDirectory(this.root);
  }

  public Path root() {
    return root;
  }

  private Path path(ObjectKey key) {
    return root.resolve(key.name());
  }

  @Override
  public void put(ObjectKey key, ByteBuffer content) throws IOException {
    Path target = path(key);
    Path temporary = temporary(target);
    try {
      write(temporary, content);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    syncDirectory(parent(target));
  }

  @Override
  public void put(ObjectKey key, Path file) throws IOException {
    Path target = path(key);
    Path temporary = temporary(target);
    try {
      copySynced(file, temporary);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    syncDirectory(parent(target));
  }

  @Override
  public boolean putIfAbsent(ObjectKey key, ByteBuffer content) throws IOException {
    Path target = path(key);
    if (Files.exists(target)) {
      return false;
    }
    Path temporary = temporary(target);
    try {
      write(temporary, content);
      // Unlike a rename, making a link fails if the name is taken.
      Files.createLink(target, temporary);
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.deleteIfExists(temporary);
    }
    syncDirectory(parent(target));
    return true;
  }

  @Override
  public byte[] get(ObjectKey key) throws IOException {
    try (FileChannel file = FileChannel.open(path(key), StandardOpenOption.READ)) {
      long size = file.size();
      if (size > READ_BYTES_MAX) {
        throw new IOException("object " + key + " is too large to be read at once: " + size);
      }
      ByteBuffer content = ByteBuffer.allocate((int) size);
      readFully(key, file, 0, content);
      return content.array();
    }
  }

  @Override
  public void getRange(ObjectKey key, long offset, ByteBuffer into) throws IOException {
    try (FileChannel file = FileChannel.open(path(key), StandardOpenOption.READ)) {
      readFully(key, file, offset, into);
    }
  }

  private static void readFully(ObjectKey key, FileChannel file, long offset, ByteBuffer into)
      throws IOException {
    long position = offset;
    while (into.hasRemaining()) {
      int count = file.read(into, position);
      if (count < 0) {
        throw new EOFException("object " + key + " ends at " + position);
      }
      position += count;
    }
  }

  @Override
  public void download(ObjectKey key, Path target) throws IOException {
    if (!Files.isRegularFile(path(key))) {
      throw new NoSuchFileException(key.name());
    }
    copySynced(path(key), target);
  }

  @Override
  public List<ObjectInfo> list(String prefix) throws IOException {
    // The deepest directory that holds all names with this prefix.
    int slash = prefix.lastIndexOf('/');
    Path start = root;
    if (slash > 0) {
      start = root.resolve(new ObjectKey(prefix.substring(0, slash)).name());
    }
    List<ObjectInfo> found = new ArrayList<>();
    if (!Files.isDirectory(start)) {
      return found;
    }
    Files.walkFileTree(
        start,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = root.relativize(file).toString();
            if (name.startsWith(prefix) && !name.endsWith(ObjectKey.TEMPORARY_SUFFIX)) {
              found.add(
                  new ObjectInfo(
                      new ObjectKey(name),
                      attributes.size(),
                      attributes.lastModifiedTime().toMillis()));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // deleted while we looked
            }
            throw failure;
          }
        });
    found.sort((a, b) -> a.key().compareTo(b.key()));
    return found;
  }

  @Override
  public boolean delete(ObjectKey key) throws IOException {
    Path target = path(key);
    try {
      if (!Files.deleteIfExists(target)) {
        return false;
      }
    } catch (DirectoryNotEmptyException e) {
      return false; // a part of other objects' names, not an object
    }
    syncDirectory(parent(target));
    return true;
  }

  private Path temporary(Path target) throws IOException {
    Path directory = parent(target);
    makeDirectory(directory);
    return directory.resolve(
        "." + processId + '-' + temporaryCount.incrementAndGet() + ObjectKey.TEMPORARY_SUFFIX);
  }

  private static void write(Path file, ByteBuffer content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer view = content.duplicate();
      while (view.hasRemaining()) {
        channel.write(view);
      }
      channel.force(true);
    }
  }

  private static void copySynced(Path from, Path to) throws IOException {
    try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
        FileChannel target =
            FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long size = source.size();
      long done = 0;
      while (done < size) {
        long count = source.transferTo(done, size - done, target);
        if (count <= 0) {
          throw new EOFException(from + " became shorter while it was copied");
        }
        done += count;
      }
      target.force(true);
    }
  }

  /// Makes a directory with those above it, each durable in its parent.
  private static void makeDirectory(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.getParent();
    if (parent != null) {
      makeDirectory(parent);
    }
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
    if (parent != null) {
      syncDirectory(parent);
    }
  }

  private static Path parent(Path target) {
    Path parent = target.getParent();
    if (parent == null) {
      throw new IllegalStateException("an object without a directory: " + target);
    }
    return parent;
  }

  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
