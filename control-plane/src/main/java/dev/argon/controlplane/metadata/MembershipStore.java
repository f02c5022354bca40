package dev.argon.controlplane.metadata;

import dev.argon.identity.NodeId;
import dev.argon.node.HostPort;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.MembershipConfiguration.Member;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The memberships of all branches. A configuration changes only by [#compareAndSet]; the rest of a
/// [Membership] is a memory of who has confirmed what, and only ever lags behind the truth.
public final class MembershipStore {

  private final Database database;

  public MembershipStore(Database database) {
    this.database = database;
  }

  /// A member that does not hold its timeline yet.
  public record Missing(String branchId, NodeId node) {}

  private record Row(
      NodeId node,
      String address,
      boolean isMember,
      boolean isNewMember,
      boolean created,
      int told) {

    Member member() {
      HostPort place = HostPort.parse(address);
      return new Member(node, place.host(), place.port());
    }
  }

  private record Head(int generation, int pageserverGeneration, int computesGeneration) {}

  /// The first membership of a branch. Nobody has been told, but for the pageserver and computes: a
  /// new branch's are told before it can be used.
  static void insert(Connection connection, String branchId, MembershipConfiguration first)
      throws SQLException {
    int generation = first.generation();
    Sql.update(
        connection,
        "insert into membership values (?, ?, ?, ?)",
        branchId,
        generation,
        generation,
        generation);
    for (Member member : first.members()) {
      insert(connection, branchId, new Row(member.id(), address(member), true, false, false, 0));
    }
  }

  private static String address(Member member) {
    return new HostPort(member.host(), member.pgPort()).toString();
  }

  private static void insert(Connection connection, String branchId, Row row) throws SQLException {
    Sql.update(
        connection,
        "insert into membership_member values (?, ?, ?, ?, ?, ?, ?)",
        branchId,
        row.node().value(),
        row.address(),
        row.isMember(),
        row.isNewMember(),
        row.created(),
        row.told());
  }

  /// @throws IllegalArgumentException if there is no such branch
  public Membership require(String branchId) {
    return find(branchId)
        .orElseThrow(() -> new IllegalArgumentException("branch " + branchId + " has no members"));
  }

  public Optional<Membership> find(String branchId) {
    return database.read(c -> find(c, branchId));
  }

  private static Optional<Membership> find(Connection connection, String branchId)
      throws SQLException {
    Optional<Head> head =
        Sql.first(
            connection,
            row -> new Head(row.getInt(1), row.getInt(2), row.getInt(3)),
            "select generation, pageserver_generation, computes_generation from membership"
                + " where branch_id = ?",
            branchId);
    if (head.isEmpty()) {
      return Optional.empty();
    }
    int generation = head.get().generation();
    List<Row> rows = rows(connection, branchId);
    return Optional.of(
        new Membership(
            branchId,
            new MembershipConfiguration(
                generation,
                rows.stream().filter(Row::isMember).map(Row::member).toList(),
                rows.stream().filter(Row::isNewMember).map(Row::member).toList()),
            nodes(rows.stream().filter(Row::created).toList()),
            nodes(rows.stream().filter(row -> row.told() == generation).toList()),
            head.get().pageserverGeneration() == generation,
            head.get().computesGeneration() == generation,
            leaving(connection, branchId)));
  }

  private static Set<NodeId> nodes(List<Row> rows) {
    Set<NodeId> nodes = new LinkedHashSet<>();
    rows.forEach(row -> nodes.add(row.node()));
    return nodes;
  }

  private static List<Row> rows(Connection connection, String branchId) throws SQLException {
    return Sql.list(
        connection,
        MembershipStore::readRow,
        "select node_id, pg_address, is_member, is_new_member, created, told_generation"
            + " from membership_member where branch_id = ? order by node_id",
        branchId);
  }

  private static Row readRow(ResultSet row) throws SQLException {
    return new Row(
        new NodeId(row.getLong(1)),
        row.getString(2),
        row.getBoolean(3),
        row.getBoolean(4),
        row.getBoolean(5),
        row.getInt(6));
  }

  private static Set<NodeId> leaving(Connection connection, String branchId) throws SQLException {
    return new HashSet<>(
        Sql.list(
            connection,
            row -> new NodeId(row.getLong(1)),
            "select node_id from membership_exclusion where branch_id = ?",
            branchId));
  }

  /// Puts `next` in the place of the configuration of a generation. Nodes that are in neither of
  /// its sets any more are remembered as leaving.
  ///
  /// @return false, and nothing has changed, if the stored generation is another one
  public boolean compareAndSet(String branchId, int generation, MembershipConfiguration next) {
    if (next.generation() <= generation) {
      throw new IllegalArgumentException(
          "generation " + next.generation() + " does not follow " + generation);
    }
    return database.write(c -> {
      int changed =
          Sql.update(
              c,
              "update membership set generation = ? where branch_id = ? and generation = ?",
              next.generation(),
              branchId,
              generation);
      if (changed == 1) {
        replaceRows(c, branchId, next);
      }
      return changed == 1;
    });
  }

  private static void replaceRows(
      Connection connection, String branchId, MembershipConfiguration next) throws SQLException {
    List<Row> before = rows(connection, branchId);
    List<Row> after = new ArrayList<>();
    Set<NodeId> old = Set.copyOf(Membership.ids(next.members()));
    Set<NodeId> joint = Set.copyOf(Membership.ids(next.newMembers()));
    for (Member member : next.all()) {
      Optional<Row> known =
          before.stream().filter(row -> row.node().equals(member.id())).findFirst();
      after.add(
          new Row(
              member.id(),
              address(member),
              old.contains(member.id()),
              joint.contains(member.id()),
              known.isPresent() && known.get().created(),
              known.map(Row::told).orElse(0)));
      Sql.update(
          connection,
          "delete from membership_exclusion where branch_id = ? and node_id = ?",
          branchId,
          member.id().value());
    }
    Sql.update(connection, "delete from membership_member where branch_id = ?", branchId);
    for (Row row : after) {
      insert(connection, branchId, row);
    }
    for (Row row : before) {
      if (!next.contains(row.node())) {
        Sql.update(
            connection,
            "insert into membership_exclusion values (?, ?)",
            branchId,
            row.node().value());
      }
    }
  }

  /// A member has confirmed to hold the timeline, under this generation.
  public void setCreated(String branchId, NodeId node, int generation) {
    database.write(c ->
        Sql.update(
            c,
            "update membership_member set created = 1, told_generation = ?"
                + " where branch_id = ? and node_id = ?",
            generation,
            branchId,
            node.value()));
  }

  /// A member has confirmed a generation.
  public void setTold(String branchId, NodeId node, int generation) {
    database.write(c ->
        Sql.update(
            c,
            "update membership_member set told_generation = ? where branch_id = ? and node_id = ?",
            generation,
            branchId,
            node.value()));
  }

  /// The pageserver has confirmed a generation.
  public void setPageserverTold(String branchId, int generation) {
    database.write(c ->
        Sql.update(
            c,
            "update membership set pageserver_generation = ? where branch_id = ?",
            generation,
            branchId));
  }

  /// Every compute that runs has confirmed a generation, or began with it.
  public void setComputesTold(String branchId, int generation) {
    database.write(c ->
        Sql.update(
            c,
            "update membership set computes_generation = ? where branch_id = ?",
            generation,
            branchId));
  }

  /// A node that was a member has forgotten the timeline.
  public void setGone(String branchId, NodeId node) {
    database.write(c ->
        Sql.update(
            c,
            "delete from membership_exclusion where branch_id = ? and node_id = ?",
            branchId,
            node.value()));
  }

  /// Ready branches about whose members something is left to be done.
  public List<String> unsettled() {
    return database.read(c ->
        Sql.list(
            c,
            row -> row.getString(1),
            "select m.branch_id from membership m join branch b on b.id = m.branch_id"
                + " where b.state = 'ready' and (m.pageserver_generation <> m.generation"
                + " or m.computes_generation <> m.generation"
                + " or exists (select 1 from membership_member r where r.branch_id = m.branch_id"
                + "   and (r.is_new_member = 1 or r.told_generation <> m.generation))"
                + " or exists (select 1 from membership_exclusion x"
                + "   where x.branch_id = m.branch_id))"
                + " order by b.created_at, b.id"));
  }

  /// Branches in whose configuration a node is, in whatever state they are.
  public List<String> branchesOf(NodeId node) {
    return database.read(c ->
        Sql.list(
            c,
            row -> row.getString(1),
            "select r.branch_id from membership_member r join branch b on b.id = r.branch_id"
                + " where r.node_id = ? order by b.created_at, b.id",
            node.value()));
  }

  /// Members of ready branches that do not hold their timeline yet; not of those whose members are
  /// being exchanged.
  public List<Missing> missing() {
    return database.read(c ->
        Sql.list(
            c,
            row -> new Missing(row.getString(1), new NodeId(row.getLong(2))),
            "select r.branch_id, r.node_id from membership_member r"
                + " join branch b on b.id = r.branch_id"
                + " where r.created = 0 and b.state = 'ready' and not exists"
                + " (select 1 from membership_member j"
                + "  where j.branch_id = r.branch_id and j.is_new_member = 1)"
                + " order by 1, 2"));
  }

  /// Branches that a node may still hold though it is no member any more.
  public List<String> leftBy(NodeId node) {
    return database.read(c ->
        Sql.list(
            c,
            row -> row.getString(1),
            "select branch_id from membership_exclusion where node_id = ? order by 1",
            node.value()));
  }

  /// A node will never come back: it need not be told what it is no member of.
  public void forgetExclusions(NodeId node) {
    database.write(
        c -> Sql.update(c, "delete from membership_exclusion where node_id = ?", node.value()));
  }
}
