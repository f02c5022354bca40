package dev.argon.bench;

import dev.argon.node.JsonCodec;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/// How every bench prints what it found.
final class OutputOptions {

  @Option(names = "--json", description = "for scripts")
  boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  boolean help;

  void print(Object report, Supplier<String> text) {
    System.out.println(json ? JsonCodec.toPrettyText(report) : text.get());
  }
}
