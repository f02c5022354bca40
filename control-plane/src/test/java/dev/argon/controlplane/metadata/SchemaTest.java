package dev.argon.controlplane.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.identity.NodeId;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.MembershipConfiguration.Member;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A database that a control plane of schema version 1 has made. It had the members of a branch in
/// a table without roles, and the generation with the branch.
class SchemaTest {

  private static final String MAIN = "br-royal-credit-r6v1n5qj";
  private static final String EARLY = "br-proud-scene-sjwjabiv";
  private static final String LATE = "br-white-scene-kfypztm4";

  @TempDir Path directory;

  private Path file;

  @BeforeEach
  void writeVersionOne() throws Exception {
    file = directory.resolve("metadata.db");
    try (InputStream dump =
            Objects.requireNonNull(SchemaTest.class.getResourceAsStream("metadata-v1.sql"));
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(new String(dump.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static List<Member> members(long... ids) {
    return Arrays.stream(ids)
        .mapToObj(id -> new Member(new NodeId(id), "127.0.0.1", (int) (20_000 + id)))
        .toList();
  }

  @Test
  void itsMembersBecomeMemberships() throws Exception {
    try (Database database = Database.open(file, () -> {})) {
      MembershipStore memberships = new MembershipStore(database);

      Membership main = memberships.require(MAIN);
      Membership late = memberships.require(LATE);

      assertThat(main.configuration())
          .isEqualTo(new MembershipConfiguration(1, members(1, 2, 3), List.of()));
      assertThat(main.isSettled()).as("%s", main).isTrue();
      assertThat(late.configuration()).isEqualTo(main.configuration());
      assertThat(late.created()).isEqualTo(Set.of(new NodeId(1), new NodeId(2)));
      assertThat(memberships.missing())
          .containsExactly(new MembershipStore.Missing(LATE, new NodeId(3)));
      assertThat(memberships.unsettled()).containsExactly(LATE);
      assertThat(memberships.branchesOf(new NodeId(2))).containsExactly(MAIN, EARLY, LATE);
    }
  }

  @Test
  void itsNodesAndBranchesStayAndItsSafekeepersAreActive() throws Exception {
    try (Database database = Database.open(file, () -> {})) {
      BranchStore branches = new BranchStore(database, InstantSource.system());
      NodeStore nodes = new NodeStore(database);

      Branch early = branches.find(EARLY).orElseThrow();

      assertThat(branches.list(early.projectId()))
          .extracting(Branch::name)
          .containsExactly("main", "early", "late");
      assertThat(early.origin().orElseThrow())
          .isEqualTo(new Branch.Origin(MAIN, "0/1700007", "", "0/1700000"));
      assertThat(nodes.safekeepers())
          .hasSize(3)
          .allMatch(Safekeeper::isActive)
          .extracting(Safekeeper::timelines)
          .containsOnly(3);
      assertThat(nodes.list(StorageNode.Kind.PAGESERVER)).hasSize(1);
      assertThat(new EndpointStore(database, InstantSource.system()).listAll()).hasSize(1);
    }
  }

  @Test
  void itsMembersCanBeExchanged() throws Exception {
    try (Database database = Database.open(file, () -> {})) {
      MembershipStore memberships = new MembershipStore(database);
      MembershipConfiguration joint =
          new MembershipConfiguration(2, members(1, 2, 3), members(1, 2, 4));

      assertThat(memberships.compareAndSet(MAIN, 1, joint)).isTrue();
      assertThat(memberships.compareAndSet(MAIN, 1, joint)).isFalse();

      assertThat(memberships.require(MAIN).configuration()).isEqualTo(joint);
      assertThat(memberships.require(MAIN).joining()).containsExactly(new NodeId(4));
    }
  }
}
