package dev.argon.cli.stack;

import dev.argon.node.ProcessStatus;
import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;

/// One process in `argon status`.
///
/// @param kind `control-plane`, `safekeeper`, `pageserver`, `compute` or `postgresql`
/// @param pid 0 if it does not run
/// @param health as the process says; `down` if it does not run though it should, `stopped` if it
///   should not
@Json(naming = Json.Naming.LowerUnderscore)
public record ProcessReport(
    String kind,
    String name,
    long pid,
    Map<String, String> addresses,
    String directory,
    String health,
    List<String> reasons,
    List<ProcessStatus.TimelineLsns> timelines) {

  static final String DOWN = "down";
  static final String STOPPED = "stopped";

  static ProcessReport of(ProcessStatus status) {
    return new ProcessReport(
        status.kind(),
        status.name(),
        status.pid(),
        status.addresses(),
        status.directory(),
        status.health(),
        status.reasons(),
        status.timelines());
  }
}
