package dev.argon.controlplane.endpoint;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// The shared memory of a PostgreSQL that was killed. It outlives all processes, and PostgreSQL
/// finds it only by the data directory that it left: a start that has a new directory would never
/// remove it, and a machine has room for some thousand segments.
///
/// `postmaster.pid` names a small System V segment (`PGShmemHeader`, pg_shmem.h). That names the
/// table of POSIX segments (`dsm_control_header`, dsm.c), which names the others.
final class AbandonedMemory {

  private static final Logger LOG = System.getLogger(AbandonedMemory.class.getName());

  private static final Path SYSTEM_V = Path.of("/proc/sysvipc/shm");
  private static final String POSIX_PREFIX = "/dev/shm/PostgreSQL.";

  /// Line of `postmaster.pid` with key and id (`LOCK_FILE_LINE_SHMEM_KEY`, pidfile.h), from 0.
  private static final int PID_FILE_MEMORY_LINE = 6;

  private static final int HEADER_MAGIC = 679834894;
  private static final int HEADER_BYTES = 56;
  private static final int HEADER_CONTROL_HANDLE_AT = 24;

  private static final int CONTROL_MAGIC = 0x9a503d32;
  private static final int CONTROL_ITEM_COUNT_AT = 4;
  private static final int CONTROL_ITEMS_AT = 16;
  private static final int CONTROL_ITEM_BYTES = 40;
  private static final int CONTROL_ITEM_REFERENCES_AT = 4;

  // bits/ipc.h and bits/shm.h, the same on all architectures of Linux.
  private static final int IPC_RMID = 0;
  private static final int SHM_RDONLY = 010000;

  /// A process's memory is gone soon after its command line.
  private static final Duration DETACH_TIMEOUT = Duration.ofSeconds(1);

  private static final Duration DETACH_POLL = Duration.ofMillis(5);

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle SHMAT =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("shmat"),
          FunctionDescriptor.of(
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT));
  private static final MethodHandle SHMDT =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("shmdt"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
  private static final MethodHandle SHMCTL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("shmctl"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS));

  private AbandonedMemory() {}

  /// A System V segment by its names, and the process that made it.
  private record Segment(long key, int id, long creator) {}

  /// Removes what the server of a start left, if there was one and it did not end by itself. Its
  /// processes must be gone. What cannot be removed is no error: it takes little room.
  static void remove(Path start) {
    Path pidFile = start.resolve("pgdata").resolve("postmaster.pid");
    try {
      List<String> lines = Files.readAllLines(pidFile);
      if (lines.size() <= PID_FILE_MEMORY_LINE) {
        return;
      }
      String[] names = lines.get(PID_FILE_MEMORY_LINE).strip().split("\\s+", -1);
      Segment segment =
          new Segment(
              Long.parseLong(names[0]),
              Integer.parseInt(names[1]),
              Long.parseLong(lines.getFirst().strip()));
      if (awaitAbandoned(segment)) {
        List<Path> posix = posixFiles(header(segment.id()));
        for (Path file : posix) {
          Files.deleteIfExists(file);
        }
        removeSegment(segment.id());
        LOG.log(
            Level.DEBUG,
            "removed shared memory of {0}: segment {1} and {2}",
            start,
            segment.id(),
            posix);
      }
    } catch (NoSuchFileException e) {
      LOG.log(Level.TRACE, "no server was killed in {0}", start);
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      LOG.log(Level.WARNING, "shared memory of " + start + " is left", e);
    }
  }

  /// Whether there is this very segment and nobody uses it. A process that was killed has no
  /// command line any more before it has let go of its memory: then it is waited for.
  private static boolean awaitAbandoned(Segment segment) throws IOException {
    long deadline = System.nanoTime() + DETACH_TIMEOUT.toNanos();
    OptionalInt users = users(segment);
    while (users.orElse(0) > 0 && System.nanoTime() < deadline) {
      try {
        Thread.sleep(DETACH_POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
      users = users(segment);
    }
    if (users.orElse(0) > 0) {
      LOG.log(
          Level.WARNING,
          "shared memory segment {0} is left: {1} processes use it",
          segment.id(),
          users.getAsInt());
      return false;
    }
    return users.isPresent();
  }

  /// How many use this very segment, if it is there: ids and pids are used again.
  private static OptionalInt users(Segment segment) throws IOException {
    try (Stream<String> lines = Files.lines(SYSTEM_V)) {
      return lines
          .skip(1)
          .map(line -> line.strip().split("\\s+", -1))
          // key shmid perms size cpid lpid nattch ...
          .filter(columns ->
              // the key is shown with its sign, postmaster.pid has it without
              (int) Long.parseLong(columns[0]) == (int) segment.key()
                  && Integer.parseInt(columns[1]) == segment.id()
                  && Long.parseLong(columns[4]) == segment.creator())
          .mapToInt(columns -> Integer.parseInt(columns[6]))
          .findFirst();
    }
  }

  private static ByteBuffer header(int id) throws IOException {
    try {
      MemorySegment at = (MemorySegment) SHMAT.invokeExact(id, MemorySegment.NULL, SHM_RDONLY);
      if (at.address() == -1) {
        throw new IOException("cannot look into segment " + id);
      }
      byte[] bytes = at.reinterpret(HEADER_BYTES).toArray(ValueLayout.JAVA_BYTE);
      int _ = (int) SHMDT.invokeExact(at);
      return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("shmat", e);
    }
  }

  private static void removeSegment(int id) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      if ((int) SHMCTL.invokeExact(id, IPC_RMID, arena.allocate(ValueLayout.JAVA_LONG)) != 0) {
        throw new IOException("cannot remove segment " + id);
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("shmctl", e);
    }
  }

  /// The files of POSIX shared memory that a header leads to, the table of them last.
  static List<Path> posixFiles(ByteBuffer header) throws IOException {
    List<Path> files = new ArrayList<>();
    int table = header.getInt(HEADER_CONTROL_HANDLE_AT);
    if (header.getInt(0) != HEADER_MAGIC || table == 0) {
      return files;
    }
    try {
      ByteBuffer control =
          ByteBuffer.wrap(Files.readAllBytes(file(table))).order(ByteOrder.nativeOrder());
      if (control.limit() < CONTROL_ITEMS_AT || control.getInt(0) != CONTROL_MAGIC) {
        return files;
      }
      int room = (control.limit() - CONTROL_ITEMS_AT) / CONTROL_ITEM_BYTES;
      int count = Math.min(control.getInt(CONTROL_ITEM_COUNT_AT), room);
      for (int item = 0; item < count; item++) {
        int at = CONTROL_ITEMS_AT + item * CONTROL_ITEM_BYTES;
        if (control.getInt(at + CONTROL_ITEM_REFERENCES_AT) != 0) {
          files.add(file(control.getInt(at)));
        }
      }
      files.add(file(table));
    } catch (NoSuchFileException e) {
      LOG.log(Level.TRACE, "the table {0} is gone", Integer.toUnsignedString(table));
    }
    return files;
  }

  private static Path file(int handle) {
    return Path.of(POSIX_PREFIX + Integer.toUnsignedString(handle));
  }
}
