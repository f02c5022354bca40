package dev.argon.cli.stack;

import dev.argon.node.ProcessFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The computes that run on a stack, by the `process.json` of their starts.
final class EndpointProcesses {

  private final StackDirectory directory;

  EndpointProcesses(StackDirectory directory) {
    this.directory = directory;
  }

  /// One that runs.
  record Live(String endpointId, Path start, ProcessFile file) {}

  List<Live> live() throws IOException {
    List<Live> found = new ArrayList<>();
    for (Path endpoint : list(directory.endpoints())) {
      for (Path start : list(endpoint)) {
        if (start.getFileName().toString().startsWith("start-")) {
          ProcessFile.read(start)
              .filter(file -> file.identity().isAlive())
              .map(file -> new Live(endpoint.getFileName().toString(), start, file))
              .ifPresent(found::add);
        }
      }
    }
    return found;
  }

  List<Path> liveRuntimes() throws IOException {
    return live().stream().map(live -> Path.of(live.file().runtime())).toList();
  }

  private static List<Path> list(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries.sorted().toList();
    }
  }
}
