package dev.argon.safekeeper.stream;

import dev.argon.pgwire.ConnectionError;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;
import dev.argon.postgres.CorruptDataException;
import dev.argon.safekeeper.timeline.RefusedException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;

/// Why a COPY stream has ended.
public sealed interface StreamEnd {

  /// The peer has nothing more to send.
  record CopyDone() implements StreamEnd {}

  /// The peer gave up, with its words.
  record CopyFail(String text) implements StreamEnd {}

  /// The peer said that it leaves.
  record Terminate() implements StreamEnd {}

  /// The peer closed its direction between two messages.
  record EndOfStream() implements StreamEnd {}

  /// The connection is gone, or the peer was silent for too long.
  record Disconnected(IOException cause) implements StreamEnd {}

  /// This side has sent all that there is to send.
  record ServerInitiated(String text) implements StreamEnd {}

  /// The safekeeper or the timeline is being closed.
  record Cancelled(String text) implements StreamEnd {}

  /// What the peer wants is not served, or what it sent cannot be used.
  record Refused(String sqlState, Exception cause) implements StreamEnd {}

  /// Anything else, this side's fault.
  ///
  /// @param withinMessage whether it came in the middle of a message that was being sent: then
  ///   nothing more can be said to the peer
  record Failed(Exception cause, boolean withinMessage) implements StreamEnd {}

  /// A stream, or a part of its work.
  @FunctionalInterface
  interface Work {

    /// @return how the stream has ended
    StreamEnd run() throws IOException, PgErrorException, CorruptDataException, RefusedException;
  }

  /// Does the work; an exception is an end as well, bugs included.
  static StreamEnd of(Work work) {
    try {
      return work.run();
    } catch (IOException e) {
      return of(e);
    } catch (PgErrorException e) {
      return new Refused(e.sqlState(), e);
    } catch (CorruptDataException e) {
      return new Refused(SqlState.PROTOCOL_VIOLATION, e);
    } catch (RefusedException e) {
      return SqlState.ADMIN_SHUTDOWN.equals(e.sqlState())
          ? new Cancelled(e.reason())
          : new Refused(e.sqlState(), e);
    } catch (RuntimeException e) {
      return new Failed(e, false);
    }
  }

  /// What a failure to read from or to write to the peer is.
  static StreamEnd of(IOException e) {
    ConnectionError error = ConnectionError.of(e);
    return switch (error) {
      case ConnectionError.Protocol _ -> new Refused(SqlState.PROTOCOL_VIOLATION, e);
      case ConnectionError.Io(IOException cause) ->
          error.isExpected() ? new Disconnected(cause) : new Failed(cause, false);
    };
  }

  /// How the peer has ended its direction; to be asked once `receive` has returned false.
  static StreamEnd of(CopyStream stream) {
    return switch (stream.end()) {
      case DONE -> new CopyDone();
      case FAILED -> new CopyFail(words(stream.payload()));
      case TERMINATED -> new Terminate();
      case CLOSED -> new EndOfStream();
      case OPEN -> throw new IllegalStateException("the stream is open");
    };
  }

  private static String words(ByteBuffer copyFail) {
    byte[] text = new byte[Math.max(0, copyFail.remaining() - 1)]; // a zero is its last byte
    copyFail.get(copyFail.position(), text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /// Which of the ends of the two directions came first: one that only says that the channel was
  /// closed under it is the other's consequence.
  static StreamEnd first(StreamEnd mine, StreamEnd other) {
    return mine instanceof Disconnected(ClosedChannelException _) ? other : mine;
  }

  /// For the log.
  default String reason() {
    return switch (this) {
      case CopyDone() -> "CopyDone";
      case CopyFail(String text) -> "CopyFail: " + text;
      case Terminate() -> "Terminate";
      case EndOfStream() -> "the peer closed the connection";
      case Disconnected(SocketTimeoutException _) -> "timed out";
      case Disconnected(ClosedChannelException _) -> "the connection was closed";
      case Disconnected(IOException cause) -> chain(cause);
      case ServerInitiated(String text) -> text;
      case Cancelled(String text) -> text;
      case Refused(String sqlState, Exception cause) ->
          "refused, " + sqlState + ": " + chain(cause);
      case Failed(Exception cause, boolean _) -> chain(cause);
    };
  }

  /// How loud it is logged.
  default Level level() {
    return switch (this) {
      case CopyDone _,
          CopyFail _,
          Terminate _,
          EndOfStream _,
          Disconnected _,
          ServerInitiated _,
          Cancelled _ ->
          Level.INFO;
      case Refused _ -> Level.WARNING;
      case Failed _ -> Level.ERROR;
    };
  }

  /// The messages of an exception and of all its causes, each told once.
  static String chain(Throwable thrown) {
    StringBuilder text = new StringBuilder();
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      String message = words(cause);
      if (text.indexOf(message) < 0) {
        text.append(text.isEmpty() ? "" : ": ").append(message);
      }
    }
    return text.toString();
  }

  private static String words(Throwable thrown) {
    if (thrown instanceof PgErrorException refusal) {
      return refusal.error().message();
    }
    String message = thrown.getMessage();
    return message == null || message.isEmpty() ? thrown.getClass().getSimpleName() : message;
  }
}
