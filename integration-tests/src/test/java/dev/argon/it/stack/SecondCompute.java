package dev.argon.it.stack;

import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.process.TestDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A compute that nobody but the test knows of: the same program as the first one of a stack, with
/// a copy of its spec that differs in directory and addresses and in what the test wants. Its
/// election fences the first one.
public final class SecondCompute {

  private static final int PORT_OFFSET = 50;

  private final Stack stack;
  private final int port;
  private final Process process;

  private SecondCompute(Stack stack, int port, Process process) {
    this.stack = stack;
    this.port = port;
    this.process = process;
  }

  /// Starts it and does not wait for it.
  ///
  /// @param changes fields of the spec
  public static SecondCompute start(Stack stack, Map<String, Object> changes) {
    RunningProcess first = stack.jvms("ComputeMain").getFirst();
    int flag = first.words().indexOf("--spec") + 1;
    int port = stack.portBase() + PORT_OFFSET;
    try {
      Json spec = Json.parse(Files.readString(Path.of(first.words().get(flag))));
      Path directory = Files.createDirectory(stack.data().resolve("second"));
      Map<String, Object> fields = spec.fields();
      fields.put("directory", directory.resolve("start-1").toString());
      fields.put("pg_address", "127.0.0.1:" + port);
      fields.put("http_address", "127.0.0.1:" + (port + 1));
      fields.putAll(changes);
      Path copy = Files.writeString(directory.resolve("spec.json"), spec.write());
      TestDirectory.giveToPostgres(directory);
      List<String> words = new ArrayList<>(first.words());
      words.set(flag, copy.toString());
      List<String> logged =
          new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >>" + directory + "/second.log 2>&1"));
      logged.add("sh");
      logged.addAll(words);
      Command command = new Command(logged, first.environment(), first.directory());
      return new SecondCompute(stack, port, command.asPostgres().start());
    } catch (IOException e) {
      throw new AssertionError("cannot start a second compute", e);
    }
  }

  /// The first one's users, on this one's port.
  public ConnectionSource source() {
    ConnectionSource first = stack.source();
    return new ConnectionSource(first.uri().replace(":" + first.port() + "/", ":" + port + "/"));
  }

  /// Its own word on its health, as in `argon status`.
  public StackProcess status() {
    return StackProcess.of(
        Json.parse(Http.send("GET", "http://127.0.0.1:" + (port + 1) + "/v1/status", "")));
  }

  /// Asks it to end, and waits.
  public void stop() {
    RunningProcess.signal(process.pid(), "TERM");
    RunningProcess.awaitEnd(process.pid(), Duration.ofMinutes(1));
  }
}
