package dev.argon.compute;

import dev.argon.compute.postgres.LocalSession;
import dev.argon.compute.spec.ComputeMode;
import dev.argon.compute.spec.ComputeSpec;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/// What a fast stop does while the server still runs: what WAL does not carry is logged, and a
/// checkpoint writes the dirty buffers, so that nothing but the shutdown checkpoint itself is
/// logged once the server is shutting down. All of it may fail: the next start then works from what
/// is in the log, as after a crash.
final class StopPreparation {

  private static final Logger LOG = System.getLogger(StopPreparation.class.getName());

  /// Within the time that [ComputeLife] gives.
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final ComputeSpec spec;
  private final ComputeParts parts;

  StopPreparation(ComputeSpec spec, ComputeParts parts) {
    this.spec = spec;
    this.parts = parts;
  }

  void run() {
    switch (spec.mode()) {
      case ComputeMode.Primary() -> prepare();
      case ComputeMode.Static(Lsn _), ComputeMode.Replica() -> {} // they write nothing
    }
  }

  private void prepare() {
    try (PgClient session =
        PgClient.connect(
            LocalSession.settings(
                parts.sockets().orElseThrow().address(), spec.superuser(), "argon stop"))) {
      if (parts.pages().isPresent() && !parts.pages().get().prepareForStop(PATIENCE)) {
        LOG.log(Level.WARNING, "the server did not log what WAL does not carry: sequences jump");
      }
      session.query("CHECKPOINT");
    } catch (IOException | PgErrorException e) {
      LOG.log(Level.WARNING, "the stop goes on without its preparation: {0}", e.getMessage());
    }
  }
}
