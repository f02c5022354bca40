package dev.argon.cli.stack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.argon.node.PatientThreads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaCommandTest {

  @TempDir Path directory;

  @Test
  void whatCanWaitIsNicerAndNothingGoesBeforeOtherPrograms() throws Exception {
    List<String> command =
        new JavaCommand(directory, directory).command(List.of(), Threads.class.getName());
    int classPath = command.indexOf("-cp") + 1;
    command.set(classPath, System.getProperty("java.class.path"));

    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Map<String, Integer> nice = new HashMap<>();
    for (String line : process.inputReader().readAllLines()) {
      int space = line.lastIndexOf(' ');
      nice.put(line.substring(0, space), Integer.parseInt(line.substring(space + 1)));
    }

    assertEquals(0, process.waitFor(), nice::toString);
    int own = nice.getOrDefault("usual", Integer.MAX_VALUE);
    assertEquals(own + 5, nice.getOrDefault("patient", own), nice::toString);
    assertEquals(own, nice.getOrDefault("C1 CompilerThre", own + 1), nice::toString);
    assertEquals(
        List.of(), nice.entrySet().stream().filter(thread -> thread.getValue() < own).toList());
  }

  /// Prints each thread's name and nice level, as `/proc` has them.
  static final class Threads {

    private static final int NICE = 16;

    public static void main(String[] arguments) throws IOException {
      CountDownLatch end = new CountDownLatch(1);
      PatientThreads.named("patient").daemon().start(() -> await(end));
      Thread.ofPlatform().daemon().name("usual").start(() -> await(end));
      try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
        for (Path task : tasks.toList()) {
          String stat = Files.readString(task.resolve("stat"));
          String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
          System.out.println(Files.readString(task.resolve("comm")).strip() + " " + fields[NICE]);
        }
      } finally {
        end.countDown();
      }
    }

    private static void await(CountDownLatch end) {
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
