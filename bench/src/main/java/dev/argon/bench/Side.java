package dev.argon.bench;

import java.io.IOException;
import java.util.Map;

/// One of the two servers that are compared.
interface Side extends AutoCloseable {

  /// As in the report.
  String name();

  /// libpq's variables to connect as superuser.
  Map<String, String> environment();

  /// Stops and starts the server: its buffers are empty then, and on Argon nothing is on its local
  /// disk.
  void restart() throws IOException, InterruptedException, BenchException;

  /// What runs for it now.
  SideProcesses processes() throws IOException;

  /// Reads so far that found their page neither in a buffer nor on the local disk.
  long requestedPages() throws IOException, InterruptedException, BenchException;

  @Override
  void close() throws IOException, BenchException;
}
