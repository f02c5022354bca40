package dev.argon.pageserver.safekeeper;

import dev.argon.pageserver.ingest.News;
import dev.argon.pageserver.ingest.WalSource;
import dev.argon.pageserver.timeline.Membership;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.MessageWriter;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;
import dev.argon.pgwire.StartupOptions;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/// One safekeeper: PostgreSQL's replication stream, with messages about terms; and what its
/// subscription has told.
final class SafekeeperSource implements WalSource {

  /// A safekeeper sends something at least every few seconds, if only that it is there.
  private static final long SILENCE_MAX_MILLIS = 30_000;

  private static final int RECEIVE_BUFFER_BYTES = 512 << 10;

  /// How the safekeeper says that a stream has ended well.
  private static final String REGULAR_END = "ending streaming";

  private final ConnectionSettings settings;
  private final Membership.Member member;
  private final Subscription subscription;

  SafekeeperSource(
      ConnectionSettings settings, Membership.Member member, Subscription subscription) {
    this.settings = settings;
    this.member = member;
    this.subscription = subscription;
  }

  static String name(Membership.Member member) {
    return "safekeeper " + member.id() + " at " + member.host() + ":" + member.pgPort();
  }

  @Override
  public String name() {
    return name(member);
  }

  @Override
  public News news(Timeline timeline) {
    return subscription.news(timeline.tenant(), timeline.id());
  }

  @Override
  public Stream open(Timeline timeline, long startLsn) throws IOException {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("tenant_id", timeline.tenant().toString());
    options.put("timeline_id", timeline.id().toString());
    options.put("argon_terms", "on");
    // With a subscription of this node the safekeeper may end the stream when nothing happens.
    options.put("argon_pageserver", Long.toString(settings.nodeId()));
    PgClientSettings connection =
        settings
            .to(member, SILENCE_MAX_MILLIS)
            .with("options", StartupOptions.format(options))
            .withReceiveBuffer(RECEIVE_BUFFER_BYTES);
    try {
      PgClient client = PgClient.connect(connection);
      boolean open = false;
      try {
        CopyStream stream = client.copyBoth("START_REPLICATION PHYSICAL " + Lsn.toString(startLsn));
        open = true;
        return new ReplicationStream(client, stream);
      } finally {
        if (!open) {
          client.close();
        }
      }
    } catch (PgErrorException e) {
      throw new IOException(name() + " refuses: " + e.error().message(), e);
    }
  }

  private static final class ReplicationStream implements Stream {

    private static final int WAL_HEADER_SIZE = 3 * Long.BYTES;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final PgClient client;
    private final CopyStream stream;
    private ByteBuffer data = NOTHING;
    private long dataLsn;
    private long term;
    private long endLsn;

    ReplicationStream(PgClient client, CopyStream stream) {
      this.client = client;
      this.stream = stream;
    }

    @Override
    public boolean receive() throws IOException {
      data = NOTHING;
      try {
        if (!stream.receive()) {
          throw new IOException("the safekeeper ended the stream (" + stream.end() + ")");
        }
      } catch (PgErrorException e) {
        if (e.sqlState().equals(SqlState.SUCCESSFUL_COMPLETION)
            && e.error().message().startsWith(REGULAR_END)) {
          return false;
        }
        throw new IOException("the safekeeper ended the stream: " + e.error().message(), e);
      } catch (SocketTimeoutException e) {
        throw new IOException("the safekeeper was silent for too long", e);
      }
      ByteBuffer message = stream.payload();
      int tag = message.hasRemaining() ? message.get() : -1;
      switch (tag) {
        case 'w' -> {
          require(message, WAL_HEADER_SIZE);
          dataLsn = message.getLong();
          endLsn = message.getLong();
          message.getLong();
          data = message;
        }
        case 'k' -> {
          require(message, 2 * Long.BYTES + 1);
          endLsn = message.getLong();
        }
        case 't' -> {
          require(message, 2 * Long.BYTES);
          term = message.getLong();
        }
        default -> throw new IOException("an unknown message in the WAL stream: " + tag);
      }
      return true;
    }

    private static void require(ByteBuffer message, int size) throws IOException {
      if (message.remaining() < size) {
        throw new IOException("a message in the WAL stream is too short: " + message.remaining());
      }
    }

    @Override
    public long dataLsn() {
      return dataLsn;
    }

    @Override
    public ByteBuffer data() {
      return data;
    }

    @Override
    public long term() {
      return term;
    }

    @Override
    public long endLsn() {
      return endLsn;
    }

    @Override
    public void feedback(long receivedLsn, long diskConsistentLsn, long remoteConsistentLsn)
        throws IOException {
      ByteBuffer items = ByteBuffer.allocate(256);
      items.put((byte) 3);
      put(items, "ps_writelsn", receivedLsn);
      put(items, "ps_flushlsn", diskConsistentLsn);
      put(items, "ps_applylsn", remoteConsistentLsn);
      items.flip();
      MessageWriter writer = stream.writer();
      writer.begin('d');
      writer.putByte('z');
      writer.putLong(items.remaining());
      writer.putBytes(items);
      writer.end();
      writer.flush();
    }

    private static void put(ByteBuffer items, String key, long value) {
      items.put(key.getBytes(java.nio.charset.StandardCharsets.US_ASCII)).put((byte) 0);
      items.putInt(Long.BYTES).putLong(value);
    }

    @Override
    public void close() {
      client.close();
    }
  }
}
