package dev.argon.compute.spec;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// What an endpoint keeps over its starts, and where.
///
/// @param objectStore the object store's directory; without one nothing is kept
/// @param autoprewarm whether a start brings back the blocks that were here at the last stop
/// @param cacheStateInterval how often it is written down which are here
public record Keeping(
    Optional<Path> objectStore, boolean autoprewarm, Duration cacheStateInterval) {

  static final Duration CACHE_STATE_INTERVAL_DEFAULT = Duration.ofMinutes(5);
}
