package dev.argon.compute;

import dev.argon.compute.postgres.StandbySettings;
import dev.argon.compute.spec.ComputeSpec;
import dev.argon.node.HostPort;
import dev.argon.postgres.control.ServerParameters;
import dev.argon.quorum.MembershipConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Whom a replica follows: the safekeepers that send it WAL, and a primary whose limits it must not
/// fall below.
final class Upstream {

  private final ComputeSpec spec;
  private final ServerParameters least;
  private final Optional<Path> passwordFile;
  private volatile List<HostPort> safekeepers;

  private Upstream(ComputeSpec spec, ServerParameters least, Optional<Path> passwordFile) {
    this.spec = spec;
    this.least = least;
    this.passwordFile = passwordFile;
    safekeepers = turned(spec.storage().safekeepers(), spec.labels().endpoint());
  }

  /// Also writes the password file: a token must not stand among the settings, which PostgreSQL
  /// logs when they change.
  ///
  /// @param least what the primary runs with
  static Upstream of(ComputeSpec spec, ServerParameters least) throws IOException {
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
    return new Upstream(spec, least, file);
  }

  /// Replicas begin with different ones.
  private static List<HostPort> turned(List<HostPort> addresses, String endpoint) {
    List<HostPort> turned = new ArrayList<>(addresses);
    Collections.rotate(turned, Math.floorMod(endpoint.hashCode(), Math.max(1, turned.size())));
    return List.copyOf(turned);
  }

  /// Takes over who the safekeepers are; those that are only about to become it have no WAL yet.
  void membership(MembershipConfiguration told) {
    safekeepers =
        turned(
            told.members().stream()
                .map(member -> new HostPort(member.host(), member.pgPort()))
                .toList(),
            spec.labels().endpoint());
  }

  List<HostPort> safekeepers() {
    return safekeepers;
  }

  /// From now on this one comes first.
  void prefer(HostPort first) {
    List<HostPort> others = new ArrayList<>(safekeepers);
    if (others.remove(first)) {
      others.addFirst(first);
      safekeepers = List.copyOf(others);
    }
  }

  /// With no limit below the primary's: PostgreSQL would refuse to replay.
  ComputeSpec raised(ComputeSpec wanted) {
    return wanted.withSettings(StandbySettings.raised(wanted.settings(), least));
  }

  /// What PostgreSQL must be told besides.
  Map<String, String> settings() {
    return StandbySettings.of(
        safekeepers, spec.tenant(), spec.timeline(), passwordFile, spec.storage().security());
  }
}
