package dev.argon.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// An Argon stack, made for the run.
final class ArgonSide implements Side {

  private final String launcher;
  private final Path data;
  private Map<String, String> environment = Map.of();

  /// Brings the stack up.
  ///
  /// @param launcher `./argon`
  ArgonSide(String launcher, Path directory, int portBase, Settings settings)
      throws IOException, InterruptedException, BenchException {
    this.launcher = launcher;
    this.data = directory.resolve("argon");
    try {
      argon("up", "--port-base", Integer.toString(portBase));
      List<String> set = new ArrayList<>(List.of("endpoint", "set", "main"));
      settings.values().forEach((name, value) -> set.add(name + "=" + value));
      // What is measured after a restart is to meet an empty cache.
      set.add("neon.autoprewarm=off");
      argon(set.toArray(String[]::new));
      restart();
      Program.sql(this, "create extension neon");
    } catch (IOException | InterruptedException | BenchException e) {
      closeAfter(e);
      throw e;
    }
  }

  private void closeAfter(Exception reason) {
    try {
      close();
    } catch (IOException | BenchException e) {
      reason.addSuppressed(e);
    }
  }

  private String argon(String... words) throws IOException, InterruptedException, BenchException {
    List<String> command = new ArrayList<>(List.of(launcher));
    command.addAll(List.of(words));
    command.addAll(List.of("--data", data.toString()));
    return Program.run(command, Map.of()).strip();
  }

  @Override
  public String name() {
    return "argon";
  }

  @Override
  public Map<String, String> environment() {
    return environment;
  }

  @Override
  public void restart() throws IOException, InterruptedException, BenchException {
    argon("endpoint", "stop", "main");
    argon("endpoint", "start", "main");
    URI uri = URI.create(argon("connection-string").lines().toList().getLast());
    String[] login = uri.getUserInfo().split(":", 2);
    environment =
        Map.of(
            "PGHOST", uri.getHost(),
            "PGPORT", Integer.toString(uri.getPort()),
            "PGUSER", login[0],
            "PGPASSWORD", login[1],
            "PGDATABASE", uri.getPath().substring(1));
  }

  @Override
  public SideProcesses processes() throws IOException {
    Path real = data.toRealPath();
    return new SideProcesses(
        ProcessTable.servers(real), ProcessTable.withArgument("-Dargon.data=" + real));
  }

  @Override
  public long requestedPages() throws IOException, InterruptedException, BenchException {
    return Long.parseLong(
        Program.sql(
            this, "select lfc_value from neon_lfc_stats where lfc_key = 'file_cache_misses'"));
  }

  @Override
  public void close() throws IOException, BenchException {
    try {
      argon("down", "--mode", "immediate");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted: end what runs in " + data + " with `argon down`");
    }
  }
}
