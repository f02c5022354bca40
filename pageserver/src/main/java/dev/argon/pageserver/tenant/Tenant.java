package dev.argon.pageserver.tenant;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pageserver.ingest.IngestLoop;
import dev.argon.pageserver.timeline.Attachment;
import dev.argon.pageserver.timeline.Timeline;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// A tenant that is attached here.
final class Tenant implements Attachment {

  /// A timeline and what reads its WAL.
  record Running(Timeline timeline, IngestLoop ingest) {}

  private final TenantId id;
  private final ControlPlane controlPlane;
  private volatile long generation;
  private final Map<TimelineId, Running> timelines = new ConcurrentHashMap<>();

  /// Held while a timeline is made or deleted; outermost.
  private final ReentrantLock changing = new ReentrantLock();

  Tenant(TenantId id, long generation, ControlPlane controlPlane) {
    this.id = id;
    this.generation = generation;
    this.controlPlane = controlPlane;
  }

  TenantId id() {
    return id;
  }

  @Override
  public long generation() {
    return generation;
  }

  void generation(long next) {
    generation = next;
  }

  @Override
  public boolean isCurrent() throws IOException {
    return controlPlane.isCurrent(id, generation);
  }

  Map<TimelineId, Running> timelines() {
    return timelines;
  }

  ReentrantLock changing() {
    return changing;
  }
}
