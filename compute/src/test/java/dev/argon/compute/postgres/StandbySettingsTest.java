package dev.argon.compute.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.compute.spec.StorageSecurity;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.postgres.control.ServerParameters;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StandbySettingsTest {

  private static final ServerParameters PRIMARY =
      new ServerParameters(1, false, 200, 4, 12, 7, 64, false);

  /// §17.
  @Test
  void nothingIsBelowThePrimaryAndNothingElseIsTouched() {
    assertThat(
            StandbySettings.raised(
                Map.of("max_connections", "50", "max_wal_senders", "20", "work_mem", "5MB"),
                PRIMARY))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "max_connections", "200",
                "max_wal_senders", "20",
                "max_prepared_transactions", "7",
                "work_mem", "5MB"));
  }

  @Test
  void allSafekeepersStandInTheConnectionAndTheTokenDoesNot() {
    String text =
        StandbySettings.of(
                new StandbySettings.Sources(
                    List.of(new HostPort("127.0.0.1", 5001), new HostPort("keeper", 5003)), 0),
                new TenantId(1, 2),
                new TimelineId(3, 4),
                Optional.of(Path.of("/some where/it's/pgpass")),
                new StorageSecurity("secret", Optional.of(Path.of("/ca.pem"))))
            .get("primary_conninfo");

    assertThat(text)
        .contains("host='127.0.0.1,keeper' port='5001,5003'")
        .contains("passfile='/some where/it\\'s/pgpass'")
        .contains("options='-c tenant_id=" + new TenantId(1, 2) + " -c timeline_id=")
        .contains("sslmode='verify-full' sslrootcert='/ca.pem'")
        .doesNotContain("secret");
    assertThat(StandbySettings.passwordLine("a:b\\c")).isEqualTo("*:*:*:*:a\\:b\\\\c\n");
  }
}
