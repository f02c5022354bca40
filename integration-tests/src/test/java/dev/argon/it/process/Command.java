package dev.argon.it.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A program to run, with what is added to its environment and the directory it runs in.
public record Command(List<String> words, Map<String, String> environment, Path directory) {

  public Command {
    words = List.copyOf(words);
    environment = Map.copyOf(environment);
  }

  public static Command of(String... words) {
    return new Command(List.of(words), Map.of(), Path.of("/"));
  }

  /// With more words behind these.
  public Command plus(String... more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return new Command(all, environment, directory);
  }

  public Command with(String name, String value) {
    var more = new java.util.HashMap<>(environment);
    more.put(name, value);
    return new Command(words, more, directory);
  }

  public Command with(Map<String, String> added) {
    var more = new java.util.HashMap<>(environment);
    more.putAll(added);
    return new Command(words, more, directory);
  }

  public Command in(Path otherDirectory) {
    return new Command(words, environment, otherDirectory);
  }

  /// The same program as the user `postgres` when we are root, because PostgreSQL refuses to run as
  /// root.
  public Command asPostgres() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return this;
    }
    List<String> more =
        new ArrayList<>(
            List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"));
    more.addAll(words);
    return new Command(more, environment, directory);
  }

  /// Runs to the end.
  ///
  /// @throws AssertionError if it takes longer than `limit`; it is killed then
  public Result run(Duration limit) {
    return run(limit, "");
  }

  /// As [#run(Duration)], with bytes on its standard input.
  public Result run(Duration limit, String input) {
    long begin = System.nanoTime();
    try {
      Process process = start();
      CompletableFuture<String> out = read(process.getInputStream());
      CompletableFuture<String> err = read(process.getErrorStream());
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // it ended without reading its input; its exit code tells
      }
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("still running after %s: %s".formatted(limit, this));
      }
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      return new Result(this, process.exitValue(), out.join(), err.join(), took);
    } catch (IOException e) {
      throw new AssertionError("cannot run " + this, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted in " + this, e);
    }
  }

  /// Starts it; the caller reads its streams and waits for it.
  public Process start() throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static CompletableFuture<String> read(InputStream stream) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try (stream) {
            text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
          } catch (IOException e) {
            text.completeExceptionally(e);
          }
        });
    return text;
  }

  @Override
  public String toString() {
    return String.join(" ", words);
  }

  /// How a program ended.
  public record Result(Command command, int exitCode, String out, String err, Duration took) {

    /// This result, for a program that had to work.
    ///
    /// @throws AssertionError unless the exit code is 0
    public Result ok() {
      if (exitCode != 0) {
        throw new AssertionError("failed: " + this);
      }
      return this;
    }

    /// Standard output without the white space around it.
    public String text() {
      return out.strip();
    }

    @Override
    public String toString() {
      return "%s%nexit code %d after %d ms%n--- stdout%n%s%n--- stderr%n%s"
          .formatted(command, exitCode, took.toMillis(), out.strip(), err.strip());
    }
  }
}
