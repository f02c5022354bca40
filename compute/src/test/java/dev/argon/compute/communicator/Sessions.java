package dev.argon.compute.communicator;

import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Many sessions of one server that run statements at the same time.
final class Sessions implements AutoCloseable {

  private final List<PgClient> clients = new ArrayList<>();

  /// Each session runs `first` once, so that it has what it needs of the catalogs.
  static Sessions open(ShimServer server, int count, String first)
      throws IOException, PgErrorException {
    Sessions sessions = new Sessions();
    boolean open = false;
    try {
      for (int i = 0; i < count; i++) {
        PgClient client = server.connect("postgres");
        sessions.clients.add(client);
        var _ = client.query(first);
      }
      open = true;
      return sessions;
    } finally {
      if (!open) {
        sessions.close();
      }
    }
  }

  PgClient client(int index) {
    return clients.get(index);
  }

  int pid(int index) {
    return clients.get(index).processId();
  }

  /// Sends a statement; the result is its single value.
  CompletableFuture<String> send(int index, String sql) {
    CompletableFuture<String> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            result.complete(String.valueOf(clients.get(index).query(sql).single()));
          } catch (IOException | PgErrorException | IllegalStateException e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  /// The same statement in all of them.
  List<CompletableFuture<String>> sendAll(String sql) {
    List<CompletableFuture<String>> results = new ArrayList<>();
    for (int i = 0; i < clients.size(); i++) {
      results.add(send(i, sql));
    }
    return results;
  }

  @Override
  public void close() {
    clients.forEach(PgClient::close);
  }
}
