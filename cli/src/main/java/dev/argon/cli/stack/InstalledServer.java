package dev.argon.cli.stack;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// The PostgreSQL server that is installed on this machine.
final class InstalledServer {

  private InstalledServer() {}

  /// What it says of itself, as in `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`.
  static String version(int majorVersion) throws InterruptedException {
    String program = ProcessConfigs.postgresBin(majorVersion).resolve("postgres").toString();
    try {
      Process process = new ProcessBuilder(program, "--version").start();
      String text =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      int _ = process.waitFor();
      return text;
    } catch (IOException e) {
      return "not installed: " + e.getMessage();
    }
  }
}
