package dev.argon.compute.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.node.HostPort;
import dev.argon.node.JsonCodec;
import dev.argon.postgres.Lsn;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComputeSpecTest {

  private static final String PRIMARY =
      """
      {
        "format_version": 1,
        "tenant_id": "0123456789abcdef0123456789abcdef",
        "timeline_id": "fedcba9876543210fedcba9876543210",
        "project_id": "quiet-sea-1", "branch_id": "br-1", "endpoint_id": "ep-1",
        "mode": "Primary",
        "pageserver_connstring": "postgresql://argon@127.0.0.1:55431/x",
        "pageserver_http": "http://127.0.0.1:55432",
        "safekeeper_connstrings": ["127.0.0.1:55433", "host=127.0.0.1 port=55435"],
        "safekeepers_generation": 1,
        "directory": "/var/lib/argon/endpoints/ep-1/start-1",
        "pg_address": "127.0.0.1:55450", "http_address": "127.0.0.1:55451",
        "postgres_bin": "/usr/lib/postgresql/15/bin",
        "extension_library": "/var/lib/argon/runtime/1/neon",
        "superuser": "argon",
        "system_id": "17399123456789012345",
        "pg_version": 15,
        "settings": {"Work_Mem": "8MB", "wal_level": "logical"},
        "shared_buffers": "128MB",
        "file_cache_size_limit_mb": 256,
        "a_field_of_tomorrow": [1]
      }
      """;

  private static ComputeSpec parse(String json) throws SpecException {
    return ComputeSpec.of(JsonCodec.fromText(json, SpecDocument.class));
  }

  @Test
  void primaryIsReadWhole() throws SpecException {
    ComputeSpec spec = parse(PRIMARY);

    assertThat(spec.mode()).isEqualTo(new ComputeMode.Primary());
    assertThat(spec.storage().pageserver()).isEqualTo(new HostPort("127.0.0.1", 55431));
    assertThat(spec.storage().safekeepers())
        .isEqualTo(List.of(new HostPort("127.0.0.1", 55433), new HostPort("127.0.0.1", 55435)));
    assertThat(Long.toUnsignedString(spec.systemId())).isEqualTo("17399123456789012345");
    assertThat(spec.settings())
        .containsEntry("work_mem", "8MB")
        .containsEntry("shared_buffers", "128MB");
    assertThat(spec.walBacklogLimitBytes()).isEqualTo(1L << 30);
  }

  @Test
  void whatARunningServerWasToldHoldsForEverythingThatIsWrittenLater() throws SpecException {
    ComputeSpec started = parse(PRIMARY);
    ComputeSpec told =
        parse(
            PRIMARY
                .replace("\"file_cache_size_limit_mb\": 256", "\"file_cache_size_limit_mb\": 7")
                .replace("8MB", "9MB")
                .replace("start-1", "start-2"));

    ComputeSpec now = started.withSettingsOf(told);

    assertThat(now.fileCacheSizeLimitMb()).isEqualTo(7);
    assertThat(now.settings()).containsEntry("work_mem", "9MB");
    assertThat(now.directory()).isEqualTo(started.directory());
  }

  @Test
  void staticNodeNeedsNoSafekeepers() throws SpecException {
    String json =
        PRIMARY
            .replace("\"Primary\"", "{\"Static\": \"0/16B3748\"}")
            .replace("[\"127.0.0.1:55433\", \"host=127.0.0.1 port=55435\"]", "[]");

    assertThat(parse(json).mode()).isEqualTo(new ComputeMode.Static(Lsn.parse("0/16B3748")));
  }

  @Test
  void replicaNeedsASafekeeper() throws SpecException {
    String json = PRIMARY.replace("\"Primary\"", "\"Replica\"");

    assertThat(parse(json).mode()).isEqualTo(new ComputeMode.Replica());
    assertThatThrownBy(
            () -> parse(json.replace("[\"127.0.0.1:55433\", \"host=127.0.0.1 port=55435\"]", "[]")))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("safekeeper_connstrings:");
  }

  @Test
  void eachMistakeIsOneLineThatNamesTheField() {
    assertMistake("\"Primary\"", "\"Standby\"", "mode:");
    assertMistake("\"Primary\"", "{\"Static\": \"zero\"}", "mode:");
    assertMistake("0123456789abcdef0123456789abcdef", "0123", "tenant_id:");
    assertMistake("host=127.0.0.1 port=55435", "127.0.0.1:55433", "safekeeper_connstrings:");
    assertMistake("host=127.0.0.1 port=55435", "127.0.0.1:none", "safekeeper_connstrings:");
    assertMistake("/var/lib/argon/endpoints", "endpoints", "directory:");
    assertMistake("\"pg_version\": 15", "\"pg_version\": 14", "pg_version:");
    assertMistake("\"superuser\": \"argon\"", "\"superuser\": \"\"", "superuser:");
    assertMistake("\"pg_address\"", "\"pg_adress\"", "pg_address: is missing");
    assertMistake("\"format_version\": 1", "\"format_version\": 2", "format_version:");
  }

  @Test
  void settingsThatWouldBreakDurabilityAreRefused() {
    assertMistake("Work_Mem", "FSYNC", "fsync");
    assertMistake("Work_Mem", "synchronous_standby_names", "synchronous_standby_names");
    assertMistake("Work_Mem", "recovery_target_lsn", "recovery_target_lsn");
    assertMistake("\"logical\"", "\"minimal\"", "wal_level");
    assertMistake("\"logical\"", "\"logical\", \"application_name\": \"WalProposer\"", "reserved");
    assertMistake("Work_Mem", "max_wal_senders", "max_wal_senders");
    assertMistake("8MB", "8MB\\nfsync=off", "work_mem");
    assertMistake("Work_Mem", "work mem", "work mem");
  }

  private static void assertMistake(String from, String to, String expected) {
    String json = PRIMARY.replace(from, to);
    assertThat(json).isNotEqualTo(PRIMARY);
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(expected)
        .message()
        .doesNotContain("\n");
  }
}
