package dev.argon.compute.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.NoSuchFileException;

/// One open segment of a relation file, by file descriptor: holes cannot be punched through the
/// JDK's channels. For one thread.
public final class SegmentFile implements AutoCloseable {

  /// `errno` of a full disk.
  private static final int NO_SPACE = 28;

  private static final int NO_ENTRY = 2;
  private static final int INTERRUPTED = 4;
  private static final int READ_WRITE_CLOSE_ON_EXEC = 2 | 0x80000;
  private static final int SEEK_END = 2;

  /// `FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE`
  private static final int PUNCH_HOLE = 1 | 2;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
          Linker.Option.captureCallState("errno"),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("close"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle PREAD = transfer("pread");
  private static final MethodHandle PWRITE = transfer("pwrite");
  private static final MethodHandle LSEEK =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("lseek"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle FALLOCATE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("fallocate"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  private final String path;
  private final int descriptor;
  private final MemorySegment state;

  /// The disk is full. Eviction may help.
  public static final class NoSpaceException extends IOException {

    private static final long serialVersionUID = 1;

    NoSpaceException(String message) {
      super(message);
    }
  }

  private SegmentFile(String path, int descriptor, MemorySegment state) {
    this.path = path;
    this.descriptor = descriptor;
    this.state = state;
  }

  private static MethodHandle transfer(String name) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG),
        Linker.Option.captureCallState("errno"));
  }

  /// Opens an existing file for reading and writing.
  ///
  /// @throws NoSuchFileException if there is none
  public static SegmentFile open(String path) throws IOException {
    MemorySegment state = Arena.ofAuto().allocate(STATE);
    int descriptor;
    try (Arena arena = Arena.ofConfined()) {
      descriptor =
          (int) OPEN.invokeExact(state, arena.allocateFrom(path), READ_WRITE_CLOSE_ON_EXEC);
    } catch (Throwable e) {
      throw new IllegalStateException("open", e);
    }
    if (descriptor < 0) {
      int error = (int) ERRNO.get(state, 0L);
      if (error == NO_ENTRY) {
        throw new NoSuchFileException(path);
      }
      throw new IOException("cannot open " + path + ": error " + error);
    }
    return new SegmentFile(path, descriptor, state);
  }

  public long size() throws IOException {
    try {
      return checked("size", (long) LSEEK.invokeExact(state, descriptor, 0L, SEEK_END));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("lseek", e);
    }
  }

  /// Reads until `target` is full or the file ends.
  ///
  /// @return the number of bytes
  public long read(MemorySegment target, long position) throws IOException {
    long done = 0;
    while (done < target.byteSize()) {
      long got = transferOnce(PREAD, "read", target.asSlice(done), position + done);
      if (got == 0) {
        break;
      }
      done += got;
    }
    return done;
  }

  /// Writes all of `source`.
  ///
  /// @throws NoSpaceException if the disk is full; a part may have been written
  public void write(MemorySegment source, long position) throws IOException {
    long done = 0;
    while (done < source.byteSize()) {
      done += transferOnce(PWRITE, "write", source.asSlice(done), position + done);
    }
  }

  private long transferOnce(MethodHandle call, String name, MemorySegment bytes, long position)
      throws IOException {
    while (true) {
      long got;
      try {
        got = (long) call.invokeExact(state, descriptor, bytes, bytes.byteSize(), position);
      } catch (Throwable e) {
        throw new IllegalStateException(name, e);
      }
      if (got >= 0 || (int) ERRNO.get(state, 0L) != INTERRUPTED) {
        return checked(name, got);
      }
    }
  }

  /// Gives the space back; the range reads as zeros, the file's size stays.
  public void punch(long position, long bytes) throws IOException {
    allocate("punch a hole into", PUNCH_HOLE, position, bytes);
  }

  /// Takes space, so that a later write cannot fail for the lack of it.
  void reserve(long position, long bytes) throws IOException {
    allocate("reserve space in", 0, position, bytes);
  }

  private void allocate(String what, int mode, long position, long bytes) throws IOException {
    int result;
    try {
      result = (int) FALLOCATE.invokeExact(state, descriptor, mode, position, bytes);
    } catch (Throwable e) {
      throw new IllegalStateException("fallocate", e);
    }
    long _ = checked(what, result);
  }

  private long checked(String name, long result) throws IOException {
    if (result >= 0) {
      return result;
    }
    int error = (int) ERRNO.get(state, 0L);
    String message = "cannot " + name + " " + path + ": error " + error;
    throw error == NO_SPACE ? new NoSpaceException(message) : new IOException(message);
  }

  @Override
  public void close() {
    try {
      int _ = (int) CLOSE.invokeExact(descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException("close", e);
    }
  }
}
