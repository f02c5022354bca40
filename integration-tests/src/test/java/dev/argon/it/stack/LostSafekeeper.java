package dev.argon.it.stack;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.PgServer;
import dev.argon.pgwire.PgServerSettings;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/// What a replica sees of a safekeeper that lives and has lost the primary: it takes connections,
/// answers keepalives, and never has more WAL.
public final class LostSafekeeper implements AutoCloseable {

  /// Above any that the stack has given.
  private static final int GENERATION = 1_000;

  private static final int KEEPALIVE_BYTES = 1 + 2 * Long.BYTES + 1;

  private final String systemId;
  private final Lsn end;
  private final PgServer server;

  private LostSafekeeper(String systemId, Lsn end) throws IOException {
    this.systemId = systemId;
    this.end = end;
    server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            PgServerSettings.storage("lost-safekeeper"),
            this::query);
  }

  /// @param end of what it has
  public static LostSafekeeper start(String systemId, Lsn end) throws IOException {
    return new LostSafekeeper(systemId, end);
  }

  public int port() throws IOException {
    return server.port();
  }

  /// Tells a replica, until its next start, that its safekeepers are `first`, this one, and then
  /// the others.
  public void becomeSecondAfter(StackProcess first, Stack stack, String replica)
      throws IOException {
    List<String> members = new ArrayList<>(List.of(member(1, pgPort(first)), member(2, port())));
    for (StackProcess safekeeper : stack.processes("safekeeper")) {
      if (!safekeeper.name().equals(first.name())) {
        members.add(member(members.size() + 1, pgPort(safekeeper)));
      }
    }
    StackProcess compute = stack.compute(replica);
    // each replica begins with another one, by its id
    String id = compute.directory().getName(compute.directory().getNameCount() - 2).toString();
    Collections.rotate(members, -Math.floorMod(id.hashCode(), members.size()));
    Http.send(
        "POST",
        "http://" + compute.addresses().get("http") + "/notify-safekeepers",
        "{\"generation\": " + GENERATION + ", \"members\": " + members + "}");
  }

  private static String member(int id, int port) {
    return "{\"id\": " + id + ", \"host\": \"127.0.0.1\", \"pg_port\": " + port + "}";
  }

  private static int pgPort(StackProcess safekeeper) {
    for (Map.Entry<String, String> address : safekeeper.addresses().entrySet()) {
      if (address.getKey().equals("pg")) {
        return Integer.parseInt(address.getValue().replaceFirst(".*:", ""));
      }
    }
    throw new AssertionError("no address for the replication protocol: " + safekeeper);
  }

  private void query(PgConnection connection, String text) throws IOException, PgErrorException {
    if (text.startsWith("IDENTIFY_SYSTEM")) {
      connection.rowDescription("systemid", "timeline", "xlogpos", "dbname");
      connection.dataRow(systemId, "1", end.toString(), null);
      connection.commandComplete("IDENTIFY_SYSTEM");
      return;
    }
    if (!text.startsWith("START_REPLICATION")) {
      connection.commandComplete("OTHER");
      return;
    }
    CopyStream stream = connection.copyBoth();
    stream.writer().flush();
    while (stream.receive()) {
      ByteBuffer keepalive = ByteBuffer.allocate(KEEPALIVE_BYTES);
      keepalive.put((byte) 'k').putLong(end.value()).putLong(0).put((byte) 0).flip();
      stream.writer().copyData(keepalive);
      stream.writer().flush();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
