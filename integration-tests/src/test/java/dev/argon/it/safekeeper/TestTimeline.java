package dev.argon.it.safekeeper;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.PostgresVersion;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.quorum.ServerIdentity;
import java.util.Locale;

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

  /// What creates it with the safekeepers 1 to 3 as members.
  static String createBody() {
    return """
    {"start_lsn": "%s", "pg_version": 150020, "system_id": %d, "wal_seg_size": %d,
     "generation": 1, "members": [
       {"id": 1, "host": "127.0.0.1", "pg_port": 1},
       {"id": 2, "host": "127.0.0.1", "pg_port": 2},
       {"id": 3, "host": "127.0.0.1", "pg_port": 3}]}
    """
        .formatted(START, SYSTEM_ID, SEGMENT_BYTES);
  }
}
