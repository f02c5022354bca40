package dev.argon.waltools.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class FileTasksTest {

  @Test
  void theLargestComesFirst() throws IOException {
    List<Integer> done = new CopyOnWriteArrayList<>();
    FileTasks tasks = new FileTasks();
    for (int bytes : List.of(3, 9, 1, 7)) {
      tasks.add(bytes, () -> done.add(bytes));
    }

    tasks.run(1);

    assertThat(done).containsExactly(9, 7, 3, 1);
  }

  @Test
  @Timeout(30)
  void asManyAreWrittenSideBySideAsThereAreThreads() throws IOException {
    CountDownLatch together = new CountDownLatch(3);
    FileTasks tasks = new FileTasks();
    for (int i = 0; i < 3; i++) {
      tasks.add(1, () -> meet(together));
    }

    tasks.run(3);

    assertThat(together.getCount()).isZero();
  }

  @Test
  @Timeout(30)
  void aFailureIsThrownWhenNobodyIsAtWorkAnyMore() {
    CountDownLatch begun = new CountDownLatch(2);
    List<String> ended = new CopyOnWriteArrayList<>();
    FileTasks tasks = new FileTasks();
    tasks.add(
        2,
        () -> {
          meet(begun);
          throw new IOException("no space left");
        });
    tasks.add(
        1,
        () -> {
          try {
            meet(begun);
          } finally {
            ended.add("the other");
          }
        });

    assertThatThrownBy(() -> tasks.run(2))
        .isInstanceOf(IOException.class)
        .hasMessage("no space left");
    assertThat(ended).containsExactly("the other");
  }

  private static void meet(CountDownLatch together) throws IOException {
    together.countDown();
    try {
      if (!together.await(20, TimeUnit.SECONDS)) {
        throw new IOException("the others did not come");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
