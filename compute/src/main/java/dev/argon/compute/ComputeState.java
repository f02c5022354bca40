package dev.argon.compute;

import dev.argon.compute.proposer.ProposerProgress;
import dev.argon.compute.spec.ComputeMode;
import dev.argon.compute.spec.ComputeSpec;
import dev.argon.node.ProcessStatus;
import dev.argon.postgres.Lsn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/// What a compute says of itself. Written by the threads of its life, read by those of HTTP.
final class ComputeState {

  /// Neon's names of a compute's states.
  enum Phase {
    INIT,
    RUNNING,
    TERMINATION_PENDING,
    TERMINATED,
    FAILED;

    String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private final ComputeSpec spec;
  private final Instant started;
  private final Supplier<Optional<ProposerProgress>> proposer;
  private final Supplier<Optional<ReplicaProgress>> replica;
  private final Supplier<List<String>> pageReasons;

  private volatile Phase phase = Phase.INIT;
  private volatile String activity = "starting";
  private volatile String error = "";
  private volatile long postgresPid;
  private volatile Lsn bootLsn = Lsn.INVALID;

  ComputeState(
      ComputeSpec spec,
      Instant started,
      Supplier<Optional<ProposerProgress>> proposer,
      Supplier<Optional<ReplicaProgress>> replica,
      Supplier<List<String>> pageReasons) {
    this.spec = spec;
    this.started = started;
    this.proposer = proposer;
    this.replica = replica;
    this.pageReasons = pageReasons;
  }

  Phase phase() {
    return phase;
  }

  void phase(Phase next) {
    phase = next;
  }

  /// What the start is waiting for, shown while it lasts.
  void activity(String text) {
    activity = text;
  }

  void failed(String message) {
    error = message;
    phase = Phase.FAILED;
  }

  void postgresPid(long pid) {
    postgresPid = pid;
  }

  void bootLsn(Lsn lsn) {
    bootLsn = lsn;
  }

  Lsn commitLsn() {
    return proposer.get().map(ProposerProgress::commitLsn).orElse(bootLsn);
  }

  private List<String> reasons(Optional<ProposerProgress> progress) {
    List<String> reasons = new ArrayList<>();
    if (phase == Phase.FAILED) {
      reasons.add(error);
    }
    if (phase == Phase.INIT) {
      reasons.add("starting: " + activity);
      replica.get().ifPresent(of -> reasons.add(describe(of)));
    }
    progress.ifPresent(p -> reasons.addAll(p.reasons()));
    if (phase == Phase.RUNNING) {
      reasons.addAll(pageReasons.get());
    }
    return reasons;
  }

  private static String describe(ReplicaProgress progress) {
    return progress.isAtEnd()
        ? "queries wait for a consistent snapshot: more WAL of the primary has to say which"
            + " transactions run (one has more than 64 subtransactions)"
        : "queries wait for replay, which is at " + progress.replayLsn();
  }

  /// Of a replica that is starting: it has applied what it has, and must not answer before it knows
  /// which transactions run.
  private boolean awaitsSnapshot() {
    return phase == Phase.INIT && replica.get().map(ReplicaProgress::isAtEnd).orElse(false);
  }

  private String health(List<String> reasons) {
    if (phase == Phase.FAILED) {
      return ProcessStatus.FAILED;
    }
    return reasons.isEmpty() ? ProcessStatus.OK : ProcessStatus.DEGRADED;
  }

  ComputeStatus status() {
    Optional<ProposerProgress> progress = proposer.get();
    List<String> reasons = reasons(progress);
    return new ComputeStatus(
        phase.text(),
        health(reasons),
        reasons,
        error.isEmpty() ? null : error,
        started.toString(),
        spec.tenant().toString(),
        spec.timeline().toString(),
        switch (spec.mode()) {
          case ComputeMode.Primary() -> "Primary";
          case ComputeMode.Static(Lsn lsn) -> "Static " + lsn;
          case ComputeMode.Replica() -> "Replica";
        },
        progress.map(ProposerProgress::term).orElse(0L),
        ProcessHandle.current().pid(),
        postgresPid,
        progress.map(p -> p.commitLsn().toString()).orElse(null),
        progress
            .map(ProposerProgress::receivedLsn)
            .or(() -> replica.get().map(ReplicaProgress::receivedLsn))
            .map(Lsn::toString)
            .orElse(null),
        bootLsn.isValid() ? bootLsn.toString() : null,
        replica.get().map(r -> r.replayLsn().toString()).orElse(null),
        awaitsSnapshot());
  }

  /// As every process says it, for `GET /v1/status`.
  ProcessStatus processStatus(java.util.Map<String, String> addresses) {
    Optional<ProposerProgress> progress = proposer.get();
    List<String> reasons = reasons(progress);
    java.util.Map<String, String> lsns = new java.util.LinkedHashMap<>();
    lsns.put("boot_lsn", bootLsn.toString());
    progress.ifPresent(p -> {
      lsns.put("commit_lsn", p.commitLsn().toString());
      lsns.put("received_lsn", p.receivedLsn().toString());
    });
    replica
        .get()
        .ifPresent(r -> {
          lsns.put("received_lsn", r.receivedLsn().toString());
          lsns.put("replay_lsn", r.replayLsn().toString());
        });
    return new ProcessStatus(
        "compute",
        spec.labels().endpoint(),
        ProcessHandle.current().pid(),
        addresses,
        spec.directory().toString(),
        health(reasons),
        reasons,
        List.of(
            new ProcessStatus.TimelineLsns(
                spec.tenant().toString(), spec.timeline().toString(), lsns)));
  }
}
