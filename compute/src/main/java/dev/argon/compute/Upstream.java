package dev.argon.compute;

import dev.argon.compute.postgres.StandbySettings;
import dev.argon.compute.spec.ComputeSpec;
import dev.argon.node.HostPort;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.ServerParameters;
import dev.argon.quorum.MembershipConfiguration;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// Whom a replica follows: the safekeepers that send it WAL, and a primary whose limits it must not
/// fall below.
final class Upstream {

  private static final Logger LOG = System.getLogger(Upstream.class.getName());

  private final ComputeSpec spec;
  private final ServerParameters least;
  private final Optional<Path> passwordFile;
  private final Lsn needed;

  /// Guards the fields below.
  private final ReentrantLock lock = new ReentrantLock();

  private List<HostPort> safekeepers;

  /// How often another one was preferred.
  private long preferences;

  private Upstream(
      ComputeSpec spec, ServerParameters least, Lsn needed, Optional<Path> passwordFile) {
    this.spec = spec;
    this.least = least;
    this.needed = needed;
    this.passwordFile = passwordFile;
    safekeepers = turned(spec.storage().safekeepers(), spec.labels().endpoint());
  }

  /// Also writes the password file: a token must not stand among the settings, which PostgreSQL
  /// logs when they change.
  ///
  /// @param least what the primary runs with
  /// @param needed a safekeeper that has less committed cannot be begun with
  static Upstream of(ComputeSpec spec, ServerParameters least, Lsn needed) throws IOException {
    String token = spec.storage().security().token();
    Optional<Path> file = Optional.empty();
    if (!token.isEmpty()) {
      Path path =
          Files.createFile(
              spec.directory().resolve("pgpass"),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(path, StandbySettings.passwordLine(token));
      file = Optional.of(path);
    }
    return new Upstream(spec, least, needed, file);
  }

  /// Replicas begin with different ones.
  private static List<HostPort> turned(List<HostPort> addresses, String endpoint) {
    List<HostPort> turned = new ArrayList<>(addresses);
    Collections.rotate(turned, Math.floorMod(endpoint.hashCode(), Math.max(1, turned.size())));
    return List.copyOf(turned);
  }

  /// Takes over who the safekeepers are; those that are only about to become it have no WAL yet.
  void membership(MembershipConfiguration told) {
    List<HostPort> members =
        turned(
            told.members().stream()
                .map(member -> new HostPort(member.host(), member.pgPort()))
                .toList(),
            spec.labels().endpoint());
    lock.lock();
    try {
      safekeepers = members;
    } finally {
      lock.unlock();
    }
  }

  List<HostPort> safekeepers() {
    lock.lock();
    try {
      return safekeepers;
    } finally {
      lock.unlock();
    }
  }

  /// Replay begins with WAL up to here.
  Lsn needed() {
    return needed;
  }

  /// From now on this one comes first. The settings change even if it was first before: PostgreSQL
  /// may have taken another one when it did not answer, and stays with that until they do.
  ///
  /// @return false if it is none of the safekeepers
  boolean prefer(HostPort first) {
    lock.lock();
    try {
      List<HostPort> others = new ArrayList<>(safekeepers);
      if (!others.remove(first)) {
        return false;
      }
      others.addFirst(first);
      safekeepers = List.copyOf(others);
      preferences++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Begins with one that has what is needed; with the first, if none is known to.
  void choose(SafekeeperPositions positions) {
    List<HostPort> known = safekeepers();
    Optional<HostPort> found = positions.first(known, lsn -> lsn.isAtLeast(needed));
    if (found.isPresent() && !found.get().equals(known.getFirst()) && prefer(found.get())) {
      LOG.log(Level.INFO, "{0} is the first that has WAL up to {1}", found.get(), needed);
    }
  }

  /// With no limit below the primary's: PostgreSQL would refuse to replay.
  ComputeSpec raised(ComputeSpec wanted) {
    return wanted.withSettings(StandbySettings.raised(wanted.settings(), least));
  }

  /// What PostgreSQL must be told besides.
  Map<String, String> settings() {
    lock.lock();
    try {
      return StandbySettings.of(
          new StandbySettings.Sources(safekeepers, preferences),
          spec.tenant(),
          spec.timeline(),
          passwordFile,
          spec.storage().security());
    } finally {
      lock.unlock();
    }
  }
}
