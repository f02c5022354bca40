package dev.argon.controlplane.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AbandonedMemoryTest {

  private static final Linker LINKER = Linker.nativeLinker();

  @TempDir Path start;

  /// `/proc/sysvipc/shm`: key, id, permissions, size, creator.
  private record Segment(String key, String id, long creator) {}

  private static Segment create() throws Exception {
    Process process = new ProcessBuilder("ipcmk", "--shmem", "64").start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return find(said.strip().replaceFirst(".*: ", "")).getFirst();
  }

  private static List<Segment> find(String id) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/sysvipc/shm"))) {
      return lines
          .skip(1)
          .map(line -> line.strip().split("\\s+", -1))
          .filter(columns -> columns[1].equals(id))
          .map(columns -> new Segment(columns[0], id, Long.parseLong(columns[4])))
          .toList();
    }
  }

  private void writePidFile(long pid, Segment segment) throws IOException {
    Path data = Files.createDirectories(start.resolve("pgdata"));
    Files.writeString(
        data.resolve("postmaster.pid"),
        "%d\n%s\n1700000000\n5432\n/socket\n127.0.0.1\n%s %s\nready   \n"
            .formatted(pid, data, segment.key(), segment.id()));
  }

  @Test
  void segmentOfAnotherProcessStaysAndTheServersOwnGoes() throws Exception {
    Segment segment = create();
    writePidFile(segment.creator() + 1, segment);
    AbandonedMemory.remove(start);
    assertThat(find(segment.id())).hasSize(1);

    writePidFile(segment.creator(), segment);
    AbandonedMemory.remove(start);

    assertThat(find(segment.id())).isEmpty();
  }

  /// A killed process has no command line, and so is thought to be gone, before it lets go.
  @Test
  void segmentThatIsJustBeingLetGoOfGoes() throws Exception {
    Segment segment = create();
    writePidFile(segment.creator(), segment);
    MemorySegment attached = attach(Integer.parseInt(segment.id()));
    Thread remover;
    try {
      remover = Thread.ofPlatform().start(() -> AbandonedMemory.remove(start));
      await()
          .until(() ->
              remover.getState() == Thread.State.TIMED_WAITING
                  || remover.getState() == Thread.State.TERMINATED);
    } finally {
      detach(attached);
    }
    remover.join();

    assertThat(find(segment.id())).isEmpty();
  }

  @Test
  void segmentThatIsUsedStays() throws Exception {
    Segment segment = create();
    writePidFile(segment.creator(), segment);
    MemorySegment attached = attach(Integer.parseInt(segment.id()));

    AbandonedMemory.remove(start);
    assertThat(find(segment.id())).hasSize(1);
    detach(attached);
    AbandonedMemory.remove(start);

    assertThat(find(segment.id())).isEmpty();
  }

  private static MemorySegment attach(int id) throws Exception {
    try {
      return (MemorySegment)
          LINKER
              .downcallHandle(
                  LINKER.defaultLookup().findOrThrow("shmat"),
                  FunctionDescriptor.of(
                      ValueLayout.ADDRESS,
                      ValueLayout.JAVA_INT,
                      ValueLayout.ADDRESS,
                      ValueLayout.JAVA_INT))
              .invokeExact(id, MemorySegment.NULL, 0);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void detach(MemorySegment attached) throws Exception {
    try {
      int result =
          (int)
              LINKER
                  .downcallHandle(
                      LINKER.defaultLookup().findOrThrow("shmdt"),
                      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS))
                  .invokeExact(attached);
      assertThat(result).isZero();
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void startThatNeverHadAServerIsNoError() throws Exception {
    AbandonedMemory.remove(start);
    Files.writeString(
        Files.createDirectory(start.resolve("pgdata")).resolve("postmaster.pid"), "no number\n");
    AbandonedMemory.remove(start);

    assertThat(start.resolve("pgdata/postmaster.pid")).exists();
  }

  @Test
  void tableLeadsToTheSegmentsThatAreInUse() throws Exception {
    int handle = ThreadLocalRandom.current().nextInt() | 0x80000000;
    Path table = Path.of("/dev/shm/PostgreSQL." + Integer.toUnsignedString(handle));
    ByteBuffer items = ByteBuffer.allocate(16 + 3 * 40).order(ByteOrder.nativeOrder());
    items.putInt(0, 0x9a503d32).putInt(4, 2).putInt(8, 3);
    items.putInt(16, 70).putInt(20, 2); // in use
    items.putInt(56, 71).putInt(60, 0); // free
    items.putInt(96, 72).putInt(100, 2); // beyond the number of items
    Files.write(table, items.array());
    try {
      ByteBuffer header = ByteBuffer.allocate(56).order(ByteOrder.nativeOrder());
      header.putInt(0, 679834894).putInt(24, handle);

      assertThat(AbandonedMemory.posixFiles(header))
          .containsExactly(Path.of("/dev/shm/PostgreSQL.70"), table);
    } finally {
      Files.delete(table);
    }
  }
}
