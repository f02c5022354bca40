package dev.argon.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.cli.CliException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackFileTest {

  @TempDir Path path;

  @Test
  void aFileOfVersionOneHasThreeSafekeepersAtTheirOldPorts() throws Exception {
    Files.writeString(
        path.resolve("argon.json"),
        """
        {
          "format_version": 1,
          "port_base": 40000,
          "locale": "C.UTF-8",
          "pg_version": 15
        }
        """);

    StackFile file = new StackDirectory(path).require();

    assertThat(ProcessPlan.all(file))
        .filteredOn(plan -> plan.kind() == ProcessPlan.Kind.SAFEKEEPER)
        .extracting(plan -> plan.name() + " " + plan.pg().port() + " " + plan.http().port())
        .containsExactly(
            "safekeeper-1 40003 40004", "safekeeper-2 40005 40006", "safekeeper-3 40007 40008");
    assertThat(file.completed()).isEqualTo(StackFile.first(40000, "C.UTF-8"));
  }

  @Test
  void anAddedSafekeeperHasANewIdAndPortsAndIsRemembered() throws Exception {
    StackDirectory directory = new StackDirectory(path);

    directory.write(StackFile.first(40000, "C").withSafekeeper(0, port -> port != 40010));

    assertThat(directory.require().places().getLast())
        .isEqualTo(new SafekeeperPlace(4, 40011, false));
  }

  @Test
  void aRemovedSafekeeperIsNotPlannedAndItsIdIsNotUsedAgain() throws Exception {
    StackFile file =
        StackFile.first(40000, "C").withSafekeeper(7, port -> true).withoutSafekeeper(7);

    assertThat(ProcessPlan.all(file)).extracting(ProcessPlan::nodeId).doesNotContain(7L);
    assertThatThrownBy(() -> file.withSafekeeper(7, port -> true))
        .isInstanceOf(CliException.class)
        .hasMessageContaining("not used again");
    assertThatThrownBy(() -> file.withSafekeeper(2, port -> true))
        .isInstanceOf(CliException.class)
        .hasMessageContaining("there already");
    assertThat(file.withSafekeeper(0, port -> true).places().getLast().id()).isEqualTo(8);
  }

  @Test
  void portsOfRemovedOnesAreTheLastToBeUsedAgain() throws Exception {
    StackFile file = StackFile.first(40000, "C").withoutSafekeeper(2);
    for (int i = 0; i < 6; i++) {
      file = file.withSafekeeper(0, port -> true);
    }
    StackFile full = file;

    assertThat(full.used())
        .extracting(SafekeeperPlace::pgPort)
        .isEqualTo(List.of(40003, 40007, 40009, 40011, 40013, 40015, 40017, 40005));
    assertThatThrownBy(() -> full.withSafekeeper(0, port -> true))
        .isInstanceOf(CliException.class)
        .hasMessageContaining("no two ports");
  }
}
