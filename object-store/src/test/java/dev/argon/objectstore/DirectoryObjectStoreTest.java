package dev.argon.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectoryObjectStoreTest {

  @TempDir Path directory;
  private DirectoryObjectStore store;

  @BeforeEach
  void open() throws IOException {
    store = new DirectoryObjectStore(directory.resolve("objects"));
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  @Test
  void whatWasPutIsReadWholeAndInPart() throws IOException {
    ObjectKey key = ObjectKey.of("tenant", "timeline", "layer-1");
    store.put(key, bytes("first"));
    store.put(key, bytes("0123456789"));

    ByteBuffer part = ByteBuffer.allocate(4);
    store.getRange(key, 3, part);

    assertThat(store.get(key)).isEqualTo("0123456789".getBytes(UTF_8));
    assertThat(part.array()).isEqualTo("3456".getBytes(UTF_8));
    assertThatThrownBy(() -> store.getRange(key, 8, ByteBuffer.allocate(4)))
        .isInstanceOf(EOFException.class);
  }

  @Test
  void aFileGoesInAndComesOut() throws IOException {
    Path file = Files.writeString(directory.resolve("a"), "x".repeat(100_000));
    Path copy = directory.resolve("b");

    store.put(ObjectKey.of("big"), file);
    store.download(ObjectKey.of("big"), copy);

    assertThat(copy).hasSameBinaryContentAs(file);
  }

  @Test
  void whatIsNotThereIsSaidSo() throws IOException {
    assertThatThrownBy(() -> store.get(ObjectKey.of("none")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> store.download(ObjectKey.of("none"), directory.resolve("x")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(store.delete(ObjectKey.of("none"))).isFalse();
    assertThat(store.list("no/such/prefix")).isEmpty();
  }

  @Test
  void listShowsNamesWithThePrefixInOrderAndNoTemporaryFiles() throws IOException {
    for (String name : List.of("t/b", "t/a", "t/c/1", "tt/x", "u")) {
      store.put(new ObjectKey(name), bytes(name));
    }
    Files.writeString(store.root().resolve("t/.9-9.tmp"), "left by a killed process");

    assertThat(store.list("t/"))
        .map(info -> info.key().name())
        .containsExactly("t/a", "t/b", "t/c/1");
    assertThat(store.list("t")).hasSize(4);
    assertThat(store.list("")).hasSize(5);
    assertThat(store.list("t/c/").getFirst().sizeBytes()).isEqualTo(5);
  }

  @Test
  void deletedObjectIsGone() throws IOException {
    ObjectKey key = ObjectKey.of("t", "a");
    store.put(key, bytes("a"));

    assertThat(store.delete(ObjectKey.of("t"))).isFalse();
    assertThat(store.delete(key)).isTrue();
    assertThat(store.list("")).isEmpty();
  }

  @Test
  void ofManyWhoPutIfAbsentOneWins() throws Exception {
    ObjectKey key = ObjectKey.of("race");
    List<Callable<Boolean>> attempts = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      String content = "content-" + i;
      attempts.add(() -> store.putIfAbsent(key, bytes(content)));
    }

    int winners = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Boolean> attempt : threads.invokeAll(attempts)) {
        winners += attempt.get() ? 1 : 0;
      }
    }

    assertThat(winners).isEqualTo(1);
    assertThat(new String(store.get(key), UTF_8)).startsWith("content-");
    assertThat(store.putIfAbsent(key, bytes("late"))).isFalse();
    try (var files = Files.list(store.root())) {
      assertThat(files).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "/", "a//b", "/a", "a/", "..", "a/../b", ".hidden", "a b", "a\\b", "x.tmp", "ä"
      })
  void aNameThatCouldLeaveTheRootIsRefused(String name) {
    assertThatThrownBy(() -> new ObjectKey(name)).isInstanceOf(IllegalArgumentException.class);
  }
}
