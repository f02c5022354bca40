package dev.argon.cli.stack;

import io.avaje.jsonb.Json;

/// A safekeeper of the stack, by its node id: its process has its ports for ever.
///
/// @param pgPort and the next one for HTTP
/// @param removed whether it was taken out of use: it is not started, and its id not given again
@Json(naming = Json.Naming.LowerUnderscore)
public record SafekeeperPlace(long id, int pgPort, boolean removed) {

  int httpPort() {
    return pgPort + 1;
  }

  SafekeeperPlace asRemoved() {
    return new SafekeeperPlace(id, pgPort, true);
  }
}
