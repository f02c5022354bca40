package dev.argon.it.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.stack.Stack;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/// What a stack's object store and its safekeepers' directories hold of a test's own timeline.
final class SideArchive {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long SEGMENT_BYTES = TestTimeline.SEGMENT_BYTES;

  private final Path data;
  private final Path directory;

  SideArchive(Stack stack, TestTimeline timeline) {
    data = stack.data();
    directory =
        data.resolve("object-store")
            .resolve(timeline.tenant().toString())
            .resolve(timeline.timeline().toString())
            .resolve("wal");
  }

  /// The names of the archived WAL, in order.
  List<String> names() {
    return names(directory);
  }

  /// What is on its way to or from a safekeeper.
  List<String> incoming(KeeperAddress keeper) {
    return names(data.resolve("safekeeper-" + keeper.node()).resolve("incoming"));
  }

  private static List<String> names(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith(".")) // what an object store was writing when it died
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where the segment that lies so many behind the one with `lsn` begins.
  static Lsn segmentStart(Lsn lsn, int segments) {
    return new Lsn((lsn.value() / SEGMENT_BYTES + segments) * SEGMENT_BYTES);
  }

  private static String segmentName(long number) {
    long perLog = 0x1_0000_0000L / SEGMENT_BYTES;
    return String.format(Locale.ROOT, "00000001%08X%08X", number / perLog, number % perLog);
  }

  /// Waits until the whole segments are those from the one with `from` to the one before `end`.
  void awaitSegments(Lsn from, Lsn end) {
    List<String> wanted =
        LongStream.range(from.value() / SEGMENT_BYTES, end.value() / SEGMENT_BYTES)
            .mapToObj(SideArchive::segmentName)
            .toList();
    Awaitility.await("whole segments in the object store")
        .atMost(LIMIT)
        .pollInterval(100, TimeUnit.MILLISECONDS)
        .untilAsserted(() ->
            assertThat(names().stream().filter(name -> !name.endsWith(".partial")))
                .containsExactlyElementsOf(wanted));
  }

  /// Waits until the last segment is there as it is now, and no other copy of it.
  void awaitOnlyPartial(KeeperAddress keeper, SideTimeline side) {
    String end = String.format(Locale.ROOT, "_%016X_", side.end().value());
    Awaitility.await("the last segment in the object store")
        .atMost(LIMIT)
        .pollInterval(100, TimeUnit.MILLISECONDS)
        .untilAsserted(() ->
            assertThat(names().stream().filter(name -> name.endsWith(".partial")))
                .singleElement()
                .asString()
                .contains(end)
                .endsWith("_sk" + keeper.node() + ".partial"));
    String name = names().stream().filter(it -> it.endsWith(".partial")).findFirst().orElseThrow();
    byte[] all = side.bytes();
    int from = (int) segmentStart(side.end(), 0).bytesAfter(TestTimeline.START);
    try {
      assertThat(Files.readAllBytes(directory.resolve(name)))
          .as(name)
          .isEqualTo(Arrays.copyOfRange(all, from, all.length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
