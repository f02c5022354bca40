package dev.argon.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What writes the WAL that is redone.
enum RedoLoad {
  /// pgbench's TPC-B-like transaction without full-page writes, in a procedure that commits each:
  /// the same WAL in a third of the time.
  TPCB("TPC-B, full_page_writes off"),
  /// Rows in bulk into a table with a primary key.
  INSERT("bulk insert with primary key"),
  /// Indexes of all access methods built over a table, then updates, deletes and vacuum.
  INDEX("index builds and vacuum");

  private static final int SCALE = 50;

  private static final String PROCEDURE =
      """
      create procedure tpcb(transactions int) language plpgsql as $$
      declare account int; teller int; branch int; delta int; balance int;
      begin
        for i in 1..transactions loop
          account := 1 + floor(random() * %1$d * 100000);
          teller := 1 + floor(random() * %1$d * 10);
          branch := 1 + floor(random() * %1$d);
          delta := floor(random() * 10001) - 5000;
          update pgbench_accounts set abalance = abalance + delta where aid = account;
          select abalance into balance from pgbench_accounts where aid = account;
          update pgbench_tellers set tbalance = tbalance + delta where tid = teller;
          update pgbench_branches set bbalance = bbalance + delta where bid = branch;
          insert into pgbench_history (tid, bid, aid, delta, mtime)
            values (teller, branch, account, delta, current_timestamp);
          commit;
        end loop;
      end $$\
      """
          .formatted(SCALE);

  private static final int BATCH_ROWS = 500_000;
  private static final int INDEXED_ROWS = 600_000;

  private final String meaning;

  RedoLoad(String meaning) {
    this.meaning = meaning;
  }

  String meaning() {
    return meaning;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// What differs from the settings of all loads.
  Map<String, String> settings() {
    return this == TPCB ? Map.of("full_page_writes", "off") : Map.of();
  }

  /// Commands that make what the load works on; a word alone is SQL.
  List<List<String>> preparation() {
    return switch (this) {
      case TPCB ->
          List.of(
              List.of("pgbench", "-i", "-q", "-s", Integer.toString(SCALE)), List.of(PROCEDURE));
      case INSERT ->
          List.of(
              List.of("create table bulk (id bigint primary key, hash text, filler text)"),
              List.of("create sequence bulk_id"));
      case INDEX ->
          List.of(
              List.of(
                  """
                  create table indexed as select g::bigint as id, md5(g::text) as hash,
                    point(g %% 1000, g / 1000) as place, array[g %% 500, g %% 333] as tags,
                    0 as changed from generate_series(1, %d) g\
                  """
                      .formatted(INDEXED_ROWS)));
    };
  }

  /// One of many rounds, in order.
  List<List<String>> round(int number) {
    return switch (this) {
      case TPCB ->
          List.of(List.of("sh", "-c", "echo 'call tpcb(1000)' | pgbench -n -c 8 -j 2 -t 25 -f -"));
      case INSERT ->
          List.of(
              List.of(
                  """
                  insert into bulk select nextval('bulk_id'), md5(g::text), 'some more text'
                    from generate_series(1, %d) g\
                  """
                      .formatted(BATCH_ROWS)));
      case INDEX -> indexRound(number);
    };
  }

  private static List<List<String>> indexRound(int number) {
    int part = number % 10;
    List<List<String>> commands = new ArrayList<>();
    for (String index :
        List.of(
            "a on indexed (id)",
            "b on indexed (hash)",
            "c on indexed using hash (id)",
            "d on indexed using gist (place)",
            "e on indexed using spgist (hash)",
            "f on indexed using gin (tags)",
            "g on indexed using brin (id)")) {
      commands.add(List.of("create index " + index));
    }
    commands.add(List.of("update indexed set changed = changed + 1 where id % 10 = " + part));
    commands.add(List.of("delete from indexed where id % 20 = " + part));
    commands.add(List.of("vacuum indexed"));
    commands.add(
        List.of(
            "insert into indexed select g, md5(g::text), point(g % 1000, g / 1000),"
                + " array[g % 500, g % 333], 0 from generate_series(1, "
                + INDEXED_ROWS
                + ") g where g % 20 = "
                + part));
    commands.add(List.of("vacuum indexed"));
    commands.add(List.of("drop index a, b, c, d, e, f, g"));
    return commands;
  }

  /// @param text as in `tpcb,insert`
  /// @throws BenchException naming those there are
  static List<RedoLoad> parse(String text) throws BenchException {
    List<RedoLoad> loads = new ArrayList<>();
    for (String word : text.split(",", -1)) {
      RedoLoad found = null;
      for (RedoLoad load : values()) {
        found = load.word().equals(word) ? load : found;
      }
      if (found == null) {
        throw new BenchException("no load " + word + ": tpcb, insert or index");
      }
      loads.add(found);
    }
    return loads;
  }
}
