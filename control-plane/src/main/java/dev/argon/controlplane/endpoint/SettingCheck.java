package dev.argon.controlplane.endpoint;

import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// Checks settings before they are kept, by asking the installed server itself (`postgres -C NAME
/// -c NAME=VALUE` reads them, prints one and ends): a value it would not start with is refused with
/// its own words.
final class SettingCheck {

  private static final long TIMEOUT_SECONDS = 10;
  private static final String FATAL = "FATAL:";

  private final Path postgres;
  private final Path scratch;

  /// @param scratch an empty configuration lies there for the server to read
  SettingCheck(Path postgresBin, Path scratch) {
    this.postgres = postgresBin.resolve("postgres");
    this.scratch = scratch;
  }

  /// @return the settings with their names in lower case
  /// @throws ApiProblem naming the first that is refused
  SortedMap<String, String> check(Map<String, String> settings)
      throws ApiProblem, IOException, InterruptedException {
    SortedMap<String, String> checked = new TreeMap<>();
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      String name = setting.getKey().toLowerCase(Locale.ROOT);
      String value = setting.getValue();
      String refusal = SettingRules.refusal(name, value).orElse("");
      if (!refusal.isEmpty()) {
        throw new ApiProblem(ProblemCode.REFUSED, name + ": " + refusal);
      }
      askServer(name, value);
      checked.put(name, value);
    }
    return checked;
  }

  private void askServer(String name, String value)
      throws ApiProblem, IOException, InterruptedException {
    Files.createDirectories(scratch);
    Path configuration = scratch.resolve("postgresql.conf");
    if (!Files.exists(configuration)) {
      Files.writeString(configuration, "");
    }
    Process process =
        new ProcessBuilder(
                postgres.toString(), "-C", name, "-D", scratch.toString(), "-c", name + "=" + value)
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(postgres + " -C did not end");
    }
    if (process.exitValue() != 0) {
      throw new ApiProblem(ProblemCode.REFUSED, "PostgreSQL refuses it: " + fatalLine(output));
    }
  }

  private static String fatalLine(String output) {
    return output
        .lines()
        .filter(line -> line.contains(FATAL))
        .map(line -> line.substring(line.indexOf(FATAL) + FATAL.length()).strip())
        .findFirst()
        .orElse(output.strip());
  }
}
