package dev.argon.it.safekeeper;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.Map;
import java.util.Optional;

/// A peer that does something it must not do.
///
/// @param name what it does
/// @param timeline whose name its log line carries; empty if it never gets so far
/// @param sqlState of the error it must be sent; empty if it is only closed
/// @param cause what the error and the log line must name
record BadPeer(
    String name, Optional<TestTimeline> timeline, String sqlState, String cause, Speech speech) {

  private static final int ANSWER_MILLIS = 10_000;

  /// Answers that may come before the one that ends it.
  private static final int MESSAGES_MAX = 100;

  /// What it says on a connection that has just been made.
  @FunctionalInterface
  interface Speech {
    void on(RawConnection connection) throws IOException;
  }

  /// One that speaks before it is logged in.
  static BadPeer stranger(String name, String sqlState, String cause, Speech speech) {
    return new BadPeer(name, Optional.empty(), sqlState, cause, speech);
  }

  /// One that sends these bytes first.
  static BadPeer stranger(String name, String sqlState, String cause, byte... bytes) {
    return stranger(name, sqlState, cause, connection -> connection.send(bytes));
  }

  /// One that has logged in for a timeline.
  static BadPeer client(
      String name, TestTimeline timeline, String sqlState, String cause, Speech speech) {
    return new BadPeer(
        name,
        Optional.of(timeline),
        sqlState,
        cause,
        connection -> {
          connection.startUp(
              Map.of("user", "bad", "replication", "true", "options", timeline.options()));
          while (connection.read().tag() != 'Z') {
            // authentication and parameters
          }
          speech.on(connection);
        });
  }

  /// One that has begun to push WAL to a timeline.
  static BadPeer proposer(
      String name, TestTimeline timeline, String sqlState, String cause, ProposerSpeech speech) {
    return client(
        name,
        timeline,
        sqlState,
        cause,
        connection -> speech.by(new ScriptedProposer(connection, timeline)));
  }

  /// What a proposer says.
  @FunctionalInterface
  interface ProposerSpeech {
    void by(ScriptedProposer proposer) throws IOException;
  }

  /// The error this peer was answered with; empty if it was only closed.
  ///
  /// @throws IOException if nothing came of it in time
  Optional<Map<Character, String>> misbehave(RawConnection connection) throws IOException {
    connection.readLimit(ANSWER_MILLIS);
    Optional<Map<Character, String>> error = Optional.empty();
    try {
      speech.on(connection);
      for (int i = 0; i < MESSAGES_MAX; i++) {
        RawConnection.Message message = connection.read();
        if (message.tag() == 'E') {
          error = Optional.of(message.fields());
        }
      }
      throw new IOException("it is still talked to");
    } catch (EOFException | SocketException e) {
      return error; // closed, which is how it must end
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
