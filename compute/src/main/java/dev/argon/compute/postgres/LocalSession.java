package dev.argon.compute.postgres;

import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// The compute's own sessions: over the Unix socket, as the superuser, by peer authentication.
public final class LocalSession {

  /// How often a server that is starting is asked again.
  private static final Duration RETRY_INTERVAL = Duration.ofMillis(3);

  /// How long a socket that is there may be out of reach. Between its making and the server's
  /// listening lies a moment; what takes longer does not get better.
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final long CONNECT_TIMEOUT_MILLIS = 30_000;
  private static final long WRITE_TIMEOUT_MILLIS = 60_000;

  /// `cannot_connect_now`: starting up or shutting down.
  private static final String CANNOT_CONNECT_NOW = "57P03";

  private LocalSession() {}

  /// How to reach the server.
  ///
  /// @param application shown in `pg_stat_activity`
  public static PgClientSettings settings(Path socket, String superuser, String application) {
    return PgClientSettings.of(UnixDomainSocketAddress.of(socket), superuser, "postgres")
        .with("application_name", application)
        .withTimeouts(CONNECT_TIMEOUT_MILLIS, 0, WRITE_TIMEOUT_MILLIS);
  }

  /// Connects as soon as the server takes connections.
  ///
  /// @throws IOException if the server ends before, or its socket cannot be reached
  public static PgClient whenReady(PgClientSettings settings, Postmaster postmaster)
      throws IOException, PgErrorException, InterruptedException {
    return whenReady(settings, postmaster, PATIENCE);
  }

  static PgClient whenReady(PgClientSettings settings, Postmaster postmaster, Duration patience)
      throws IOException, PgErrorException, InterruptedException {
    long begin = System.nanoTime();
    while (true) {
      try {
        return PgClient.connect(settings);
      } catch (PgErrorException e) {
        if (!e.error().sqlState().equals(CANNOT_CONNECT_NOW)) {
          throw e;
        }
        begin = System.nanoTime();
      } catch (IOException e) {
        if (!postmaster.isAlive()) {
          throw ended(postmaster, e);
        }
        if (isMissing(settings.address())) {
          begin = System.nanoTime();
        } else if (System.nanoTime() - begin > patience.toNanos()) {
          throw new IOException("PostgreSQL runs and cannot be reached: " + e.getMessage(), e);
        }
      }
      if (postmaster.awaitExit(RETRY_INTERVAL)) {
        throw ended(postmaster, new IOException("no connection"));
      }
    }
  }

  private static boolean isMissing(SocketAddress address) {
    return address instanceof UnixDomainSocketAddress socket && Files.notExists(socket.getPath());
  }

  private static IOException ended(Postmaster postmaster, IOException cause) {
    return new IOException(
        "PostgreSQL ended while it was starting (exit status "
            + postmaster.exitStatus().orElse(-1)
            + "): its reason is in the lines above",
        cause);
  }
}
