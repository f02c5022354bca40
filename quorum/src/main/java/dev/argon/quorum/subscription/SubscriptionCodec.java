package dev.argon.quorum.subscription;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.Term;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The messages of a subscription as bytes; the layout is in the package's description.
public final class SubscriptionCodec {

  /// The most updates in one message.
  public static final int UPDATES_MAX = 1_000;

  static final int UPDATE_BYTES = 93;

  private static final int REACHED_BYTES = 40;
  private static final int HEAD_BYTES = 5;

  private SubscriptionCodec() {}

  /// The content of a CopyData, position 0 to limit.
  ///
  /// @throws IllegalArgumentException if there are more than [#UPDATES_MAX] items
  public static ByteBuffer encode(SubscriptionMessage message) {
    return switch (message) {
      case SubscriptionMessage.Timelines(List<TimelineUpdate> updates) -> {
        ByteBuffer bytes = head('T', updates.size(), UPDATE_BYTES);
        updates.forEach(update -> encode(update, bytes));
        yield bytes.flip();
      }
      case SubscriptionMessage.RemoteConsistent(List<SubscriptionMessage.Reached> all) -> {
        ByteBuffer bytes = head('R', all.size(), REACHED_BYTES);
        for (SubscriptionMessage.Reached reached : all) {
          encode(reached.tenant(), reached.timeline(), bytes);
          bytes.putLong(reached.lsn().value());
        }
        yield bytes.flip();
      }
      case SubscriptionMessage.KeepAlive() -> ByteBuffer.wrap(new byte[] {'K'});
    };
  }

  private static ByteBuffer head(char tag, int count, int itemBytes) {
    if (count > UPDATES_MAX) {
      throw new IllegalArgumentException(count + " items in one message");
    }
    return ByteBuffer.allocate(HEAD_BYTES + count * itemBytes).put((byte) tag).putInt(count);
  }

  private static void encode(TenantId tenant, TimelineId timeline, ByteBuffer bytes) {
    bytes.putLong(tenant.high()).putLong(tenant.low());
    bytes.putLong(timeline.high()).putLong(timeline.low());
  }

  private static void encode(TimelineUpdate update, ByteBuffer bytes) {
    encode(update.tenant(), update.timeline(), bytes);
    bytes.putInt(update.generation());
    bytes.putLong(update.term().value()).putLong(update.lastLogTerm().value());
    bytes.putLong(update.flushLsn().value()).putLong(update.commitLsn().value());
    bytes.putLong(update.backupLsn().value()).putLong(update.remoteConsistentLsn().value());
    bytes.putLong(update.truncateLsn().value());
    bytes.put((byte) (update.hasProposer() ? 1 : 0));
  }

  /// Reads the content of a CopyData.
  ///
  /// @throws CorruptDataException if it is no message
  public static SubscriptionMessage decode(ByteBuffer bytes) throws CorruptDataException {
    if (!bytes.hasRemaining()) {
      throw new CorruptDataException("an empty message in a subscription");
    }
    byte tag = bytes.get();
    return switch (tag) {
      case 'T' -> {
        int count = count(bytes, UPDATE_BYTES);
        List<TimelineUpdate> updates = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          updates.add(decodeUpdate(bytes));
        }
        yield new SubscriptionMessage.Timelines(updates);
      }
      case 'R' -> {
        int count = count(bytes, REACHED_BYTES);
        List<SubscriptionMessage.Reached> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          all.add(
              new SubscriptionMessage.Reached(
                  new TenantId(bytes.getLong(), bytes.getLong()),
                  new TimelineId(bytes.getLong(), bytes.getLong()),
                  new Lsn(bytes.getLong())));
        }
        yield new SubscriptionMessage.RemoteConsistent(all);
      }
      case 'K' -> {
        if (bytes.hasRemaining()) {
          throw new CorruptDataException("a sign of life with " + bytes.remaining() + " bytes");
        }
        yield new SubscriptionMessage.KeepAlive();
      }
      default -> throw new CorruptDataException("a message with tag " + tag + " in a subscription");
    };
  }

  private static int count(ByteBuffer bytes, int itemBytes) throws CorruptDataException {
    int count = bytes.remaining() < Integer.BYTES ? -1 : bytes.getInt();
    if (count < 0 || count > UPDATES_MAX || bytes.remaining() != count * itemBytes) {
      throw new CorruptDataException(
          "a message of a subscription with " + count + " items in " + bytes.remaining());
    }
    return count;
  }

  private static TimelineUpdate decodeUpdate(ByteBuffer bytes) throws CorruptDataException {
    try {
      return new TimelineUpdate(
          new TenantId(bytes.getLong(), bytes.getLong()),
          new TimelineId(bytes.getLong(), bytes.getLong()),
          bytes.getInt(),
          new Term(bytes.getLong()),
          new Term(bytes.getLong()),
          new Lsn(bytes.getLong()),
          new Lsn(bytes.getLong()),
          new Lsn(bytes.getLong()),
          new Lsn(bytes.getLong()),
          new Lsn(bytes.getLong()),
          bytes.get() != 0);
    } catch (IllegalArgumentException e) {
      throw new CorruptDataException("an update of a timeline: " + e.getMessage(), e);
    }
  }
}
