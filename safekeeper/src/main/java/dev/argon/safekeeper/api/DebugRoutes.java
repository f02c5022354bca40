package dev.argon.safekeeper.api;

import dev.argon.identity.NodeId;
import dev.argon.node.JsonCodec;
import dev.argon.node.Request;
import dev.argon.node.Response;
import dev.argon.node.Router;
import dev.argon.quorum.ControlState;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.archive.ArchiveLoop;
import dev.argon.safekeeper.peer.Hub;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.timeline.Timelines.Slot;
import io.avaje.jsonb.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// For people who look for what is wrong, and for who places timelines.
public final class DebugRoutes {

  private final NodeId node;
  private final Path directory;
  private final Timelines timelines;
  private final Hub hub;
  private final ArchiveLoop archiving;

  private DebugRoutes(
      NodeId node, Path directory, Timelines timelines, Hub hub, ArchiveLoop archiving) {
    this.node = node;
    this.directory = directory;
    this.timelines = timelines;
    this.hub = hub;
    this.archiving = archiving;
  }

  public static void addTo(
      Router router,
      NodeId node,
      Path directory,
      Timelines timelines,
      Hub hub,
      ArchiveLoop archiving) {
    DebugRoutes routes = new DebugRoutes(node, directory, timelines, hub, archiving);
    router.get("/v1/debug_dump", routes::dump);
    router.get("/v1/utilization", _ -> routes.utilization());
  }

  /// What `GET /v1/utilization` answers.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Utilization(int timelineCount) {}

  private Response utilization() {
    return Response.json(new Utilization(timelines.slots().size()));
  }

  /// With `?tenant_id=` and `?timeline_id=` only those.
  private Response dump(Request request) throws IOException {
    String tenant = request.queryParameter("tenant_id").orElse("");
    String timeline = request.queryParameter("timeline_id").orElse("");
    List<DebugDump.TimelineDump> dumps = new ArrayList<>();
    for (Map.Entry<TimelineKey, Slot> entry : timelines.slots().entrySet()) {
      TimelineKey key = entry.getKey();
      if ((tenant.isEmpty() || tenant.equals(key.tenant().toString()))
          && (timeline.isEmpty() || timeline.equals(key.timeline().toString()))) {
        dumps.add(dump(key, entry.getValue()));
      }
    }
    Map<String, String> troubles = new TreeMap<>();
    archiving.troubles().forEach((key, reason) -> troubles.put(key.toString(), reason));
    DebugDump dump =
        new DebugDump(
            node.value(),
            ProcessHandle.current().pid(),
            directory.toString(),
            Files.getFileStore(directory).getUsableSpace(),
            hub.connected().stream().map(Object::toString).sorted().toList(),
            troubles,
            dumps);
    return new Response(
        200, "application/json", JsonCodec.toPrettyText(dump).getBytes(StandardCharsets.UTF_8));
  }

  private DebugDump.TimelineDump dump(TimelineKey key, Slot slot) throws IOException {
    Map<String, String> persisted = new TreeMap<>();
    List<String> partials = new ArrayList<>();
    if (slot instanceof Slot.Usable(Timeline timeline)) {
      ControlState control = timeline.persisted();
      persisted.put("term", control.term().toString());
      persisted.put("flush_lsn", control.flushLsn().toString());
      persisted.put("commit_lsn", control.commitLsn().toString());
      persisted.put("backup_lsn", control.backupLsn().toString());
      persisted.put("remote_consistent_lsn", control.remoteConsistentLsn().toString());
      persisted.put("peer_horizon_lsn", control.truncateLsn().toString());
      timeline
          .archive()
          .partials()
          .forEach(partial -> partials.add(partial.status() + " " + partial.name()));
    }
    Map<String, DebugDump.PeerDump> peers = new TreeMap<>();
    hub.heardOf(key)
        .forEach((peer, update) ->
            peers.put(
                peer.toString(),
                new DebugDump.PeerDump(
                    update.term().value(),
                    update.lastLogTerm().value(),
                    update.flushLsn().toString(),
                    update.commitLsn().toString(),
                    update.hasProposer())));
    return new DebugDump.TimelineDump(
        TimelineRoutes.status(key, slot), persisted, partials, peers, files(key));
  }

  private List<DebugDump.FileDump> files(TimelineKey key) throws IOException {
    Path timeline = directory.resolve(key.tenant().toString()).resolve(key.timeline().toString());
    List<DebugDump.FileDump> dumps = new ArrayList<>();
    if (!Files.isDirectory(timeline)) {
      return dumps;
    }
    try (Stream<Path> files = Files.list(timeline)) {
      for (Path file : (Iterable<Path>) files.sorted()::iterator) {
        sizeOf(file)
            .ifPresent(size ->
                dumps.add(new DebugDump.FileDump(String.valueOf(file.getFileName()), size)));
      }
    }
    return dumps;
  }

  /// Empty if the file is gone since it was listed.
  private static Optional<Long> sizeOf(Path file) throws IOException {
    try {
      return Optional.of(Files.size(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
