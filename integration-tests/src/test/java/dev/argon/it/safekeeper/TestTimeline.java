package dev.argon.it.safekeeper;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.PostgresVersion;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.quorum.MembershipConfiguration.Member;
import dev.argon.quorum.ServerIdentity;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A timeline that a test makes on one safekeeper.
record TestTimeline(TenantId tenant, TimelineId timeline) {

  static final long SYSTEM_ID = 7_123_456_789_012_345_678L;
  static final int SEGMENT_BYTES = 1 << 20;
  static final ServerIdentity SERVER = new ServerIdentity(150020, SYSTEM_ID, SEGMENT_BYTES);
  static final WalLayout LAYOUT = new WalLayout(PostgresVersion.V15, SEGMENT_BYTES, SYSTEM_ID);

  /// A record boundary in the middle of a page and of a segment.
  static final Lsn START = Lsn.parse("0/1A01238");

  private static final String TENANT = "0123456789abcdef0123456789abcdef";

  /// The timeline with a number of its own.
  static TestTimeline number(int number) {
    return new TestTimeline(
        TenantId.parse(TENANT), TimelineId.parse(String.format(Locale.ROOT, "%032x", number)));
  }

  /// The startup parameter `options`.
  String options() {
    return "-c tenant_id=" + tenant + " timeline_id=" + timeline;
  }

  String path() {
    return "/v1/tenant/" + tenant + "/timeline/" + timeline;
  }

  /// As it stands in log lines.
  String label() {
    return tenant + "/" + timeline;
  }

  /// What creates it in generation 1. The addresses must be true ones: safekeepers connect to the
  /// members of whatever timeline they have.
  static String createBody(Member... members) {
    return """
    {"start_lsn": "%s", "pg_version": 150020, "system_id": %d, "wal_seg_size": %d, "mconf": %s}
    """
        .formatted(START, SYSTEM_ID, SEGMENT_BYTES, configuration(1, members));
  }

  /// A membership configuration as the management API takes it.
  static String configuration(int generation, Member... members) {
    return Stream.of(members)
        .map(member ->
            "{\"id\": %s, \"host\": \"%s\", \"pg_port\": %d}"
                .formatted(member.id(), member.host(), member.pgPort()))
        .collect(
            Collectors.joining(", ", "{\"generation\": " + generation + ", \"members\": [", "]}"));
  }

  /// The body of `pull_timeline`.
  String pullBody(KeeperAddress donor, String configuration) {
    return """
    {"tenant_id": "%s", "timeline_id": "%s", "http_hosts": ["%s"], "mconf": %s}
    """
        .formatted(tenant, timeline, donor.url(), configuration);
  }
}
