package dev.argon.it.safekeeper;

import static dev.argon.it.safekeeper.RawConnection.message;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Everything a peer of a safekeeper may do wrong, with what must come of it.
final class BadPeers {

  private static final String PROTOCOL = "08P01";
  private static final String SYNTAX = "42601";
  private static final String PARAMETER = "22023";
  private static final String NO_TIMELINE = "42704";
  private static final String REFUSED = "55000";
  private static final String CORRUPT = "XX001";
  private static final String GONE = "58P01";
  private static final String UNSUPPORTED = "0A000";
  private static final String SUCCESS = "00000";
  private static final int START_UP_3_0 = 3 << 16;

  private BadPeers() {}

  static Stream<BadPeer> all(TestTimeline timeline) {
    return Stream.of(
            startUps(),
            messages(timeline),
            bodies(timeline),
            queries(timeline),
            greetings(timeline),
            elections(timeline),
            wrongWal(timeline),
            wrongAppends(timeline),
            copies(timeline),
            readers(timeline))
        .flatMap(List::stream);
  }

  private static byte[] words(int... words) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * words.length);
    for (int word : words) {
      buffer.putInt(word);
    }
    return buffer.array();
  }

  /// A startup packet with this body behind the protocol version.
  private static byte[] startUp(String body) {
    return startUp(body.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static byte[] startUp(byte... body) {
    return ByteBuffer.allocate(8 + body.length)
        .putInt(8 + body.length)
        .putInt(START_UP_3_0)
        .put(body)
        .array();
  }

  /// PP-7.
  private static List<BadPeer> startUps() {
    return List.of(
        BadPeer.stranger("startup of length 0", PROTOCOL, "packet: 0", words(0, START_UP_3_0)),
        BadPeer.stranger("startup of length 4", PROTOCOL, "packet: 4", words(4, START_UP_3_0)),
        BadPeer.stranger("startup of 10001", PROTOCOL, "10001", words(10_001, 3 << 16)),
        BadPeer.stranger("startup of 4 GB", PROTOCOL, "packet: -1", words(-1, START_UP_3_0)),
        BadPeer.stranger("startup of 2 GB", PROTOCOL, "2147483647", words(0x7FFFFFFF, 3 << 16)),
        BadPeer.stranger("protocol 2", PROTOCOL, "2.0", words(9, 2 << 16, 0)),
        BadPeer.stranger("request 1234.5", PROTOCOL, "1234", words(8, 1234 << 16 | 5)),
        BadPeer.stranger("startup of length 3", PROTOCOL, "packet: 3", words(3, START_UP_3_0)),
        BadPeer.stranger("key without value", PROTOCOL, "user", startUp("user\0")),
        BadPeer.stranger("no last zero", PROTOCOL, "zero", startUp("user\0me\0database")),
        BadPeer.stranger("value without a zero", PROTOCOL, "zero", startUp("user\0me")),
        BadPeer.stranger("cancel", PROTOCOL, "cancel", words(16, 80877102, 1, 2)),
        BadPeer.stranger(
            "bytes before the answer to a TLS request",
            PROTOCOL,
            "encryption request",
            words(8, 80877103, 8, 80877103)),
        BadPeer.stranger("no UTF-8", PROTOCOL, "UTF-8", startUp("user\0\u00ff\u00fe\0\0")),
        BadPeer.stranger("cancel without a key", PROTOCOL, "cancel", words(8, 80877102)),
        BadPeer.stranger(
            "HTTP",
            PROTOCOL,
            "startup packet",
            "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)),
        BadPeer.stranger(
            "half of a startup, half closed",
            "",
            "in the middle",
            connection -> {
              connection.send(words(100, START_UP_3_0));
              connection.halfClose();
            }),
        BadPeer.stranger(
            "options that are none",
            PROTOCOL,
            "options",
            connection -> connection.startUp(Map.of("user", "x", "options", "tenant_id"))));
  }

  /// PP-5.
  private static List<BadPeer> messages(TestTimeline timeline) {
    return List.of(
        BadPeer.client(
            "unknown tag", timeline, PROTOCOL, "'z'", c -> c.send(message('z', (byte) 1))),
        BadPeer.client("length 3", timeline, PROTOCOL, "length 3", c -> c.send(ascii("Q\0\0\0\3"))),
        BadPeer.client(
            "length of 4 GB",
            timeline,
            PROTOCOL,
            "length -1",
            c -> c.send(bytes('Q', -1, -1, -1, -1))),
        BadPeer.client(
            "length of 2 GB",
            timeline,
            PROTOCOL,
            "length 2147483647",
            c -> c.send(bytes('Q', 127, -1, -1, -1))),
        BadPeer.client(
            "query without its zero",
            timeline,
            PROTOCOL,
            "zero",
            c -> c.send(message('Q', ascii("x")))),
        BadPeer.client(
            "query that is no UTF-8",
            timeline,
            PROTOCOL,
            "UTF-8",
            c -> c.send(message('Q', bytes('S', -1, -2, 0)))),
        BadPeer.client(
            "query longer than 1 MiB",
            timeline,
            PROTOCOL,
            "length 2097152",
            c -> c.send(bytes('Q', 0, 32, 0, 0))),
        BadPeer.client(
            "half of a query, half closed",
            timeline,
            "",
            "in the middle",
            connection -> {
              connection.send(bytes('Q', 0, 0, 0, 100));
              connection.halfClose();
            }));
  }

  /// Messages whose frame is right and whose body is not.
  private static List<BadPeer> bodies(TestTimeline timeline) {
    return List.of(
        BadPeer.client(
            "more than a query",
            timeline,
            PROTOCOL,
            "too many",
            c -> c.send(message('Q', ascii("SHOW x\0y")))),
        BadPeer.client("empty Describe", timeline, PROTOCOL, "Describe", c -> c.send(message('D'))),
        BadPeer.client(
            "Describe of nothing",
            timeline,
            PROTOCOL,
            "'x'",
            c -> c.send(message('D', ascii("x\0")))),
        BadPeer.client(
            "Parse with more types than bytes",
            timeline,
            PROTOCOL,
            "Parse",
            c -> c.send(message('P', bytes(0, 'S', 0, 127, -1)))),
        BadPeer.client(
            "CopyData without COPY", timeline, PROTOCOL, "'d'", c -> c.copyData((byte) 1)));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /// Queries that are answered by an error; the peer leaves then.
  private static List<BadPeer> queries(TestTimeline timeline) {
    TestTimeline missing = TestTimeline.number(999);
    return List.of(
        asks("unknown query", timeline, SYNTAX, "SELECT", "SELECT 1"),
        asks(
            "another protocol",
            timeline,
            UNSUPPORTED,
            "version 7",
            "START_WAL_PUSH (proto_version '7', allow_timeline_creation 'false')"),
        asks(
            "push to a missing timeline",
            missing,
            NO_TIMELINE,
            "does not exist",
            ScriptedProposer.START),
        asks(
            "read of a missing timeline",
            missing,
            NO_TIMELINE,
            "does not exist",
            "START_REPLICATION PHYSICAL 0/1"),
        asks("no LSN", timeline, SYNTAX, "here", "START_REPLICATION PHYSICAL here"),
        asks("below the first LSN", timeline, GONE, "first", "START_REPLICATION PHYSICAL 0/1"),
        asks(
            "another history",
            timeline,
            GONE,
            "timeline 2",
            "START_REPLICATION PHYSICAL " + TestTimeline.START + " TIMELINE 2"),
        asks(
            "another term",
            timeline,
            REFUSED,
            "term",
            "START_REPLICATION PHYSICAL " + TestTimeline.START + " (term='999')"),
        new BadPeer(
            "no tenant",
            Optional.empty(),
            PARAMETER,
            "tenant_id",
            connection -> {
              connection.startUp(Map.of("user", "x"));
              connection.query("IDENTIFY_SYSTEM");
              connection.send(message('X'));
            }));
  }

  private static BadPeer asks(
      String name, TestTimeline timeline, String sqlState, String cause, String query) {
    return BadPeer.client(
        name,
        timeline,
        sqlState,
        cause,
        connection -> {
          connection.query(query);
          connection.send(message('X'));
        });
  }

  /// A proposer of another tenant, timeline, server, or none at all.
  private static List<BadPeer> greetings(TestTimeline timeline) {
    TestTimeline other = TestTimeline.number(998);
    TenantId tenant = TenantId.parse("f".repeat(32));
    ServerIdentity server = TestTimeline.SERVER;
    return List.of(
        BadPeer.proposer(
            "no greeting first",
            timeline,
            PROTOCOL,
            "greeting",
            p -> p.send(new ProposerMessage.VoteRequest(1, new Term(5)))),
        BadPeer.proposer(
            "empty CopyData", timeline, PROTOCOL, "too short", p -> p.connection().copyData()),
        BadPeer.proposer(
            "unknown message",
            timeline,
            PROTOCOL,
            "tag",
            p -> p.connection().copyData(bytes('q', 1, 2, 3))),
        BadPeer.proposer(
            "half a greeting",
            timeline,
            PROTOCOL,
            "string",
            p -> p.connection().copyData(ascii("g0123"))),
        greets("ffffffff", timeline, tenant, timeline.timeline(), server),
        greets("/" + other.timeline(), timeline, timeline.tenant(), other.timeline(), server),
        greets(
            "system id 99",
            timeline,
            timeline.tenant(),
            timeline.timeline(),
            new ServerIdentity(150020, 99, TestTimeline.SEGMENT_BYTES)),
        greets(
            "segments of 16777216",
            timeline,
            timeline.tenant(),
            timeline.timeline(),
            new ServerIdentity(150020, TestTimeline.SYSTEM_ID, 16 << 20)),
        greets(
            "major version 16",
            timeline,
            timeline.tenant(),
            timeline.timeline(),
            new ServerIdentity(160004, TestTimeline.SYSTEM_ID, TestTimeline.SEGMENT_BYTES)));
  }

  /// @param cause also what it is called
  private static BadPeer greets(
      String cause, TestTimeline timeline, TenantId tenant, TimelineId of, ServerIdentity server) {
    return BadPeer.proposer(
        "greeting: " + cause,
        timeline,
        REFUSED,
        cause,
        p ->
            p.send(new ProposerMessage.Greeting(tenant, of, MembershipConfiguration.NONE, server)));
  }

  /// The first of them needs a timeline in which nobody was elected yet.
  private static List<BadPeer> elections(TestTimeline timeline) {
    return List.of(
        BadPeer.proposer(
            "election without a history",
            timeline,
            REFUSED,
            "history",
            p -> {
              p.greet();
              p.send(
                  new ProposerMessage.Elected(1, Term.ZERO, TestTimeline.START, TermHistory.EMPTY));
            }),
        BadPeer.proposer(
            "one term at two places",
            timeline,
            REFUSED,
            "one term begins at",
            p -> {
              Lsn end = p.lead();
              p.elected(end.plus(8), TermHistory.beginningAt(TestTimeline.START.plus(8)));
            }));
  }

  /// Bytes that are no WAL, or not where WAL is due.
  private static List<BadPeer> wrongWal(TestTimeline timeline) {
    return List.of(
        BadPeer.proposer(
            "append before the election",
            timeline,
            REFUSED,
            "election",
            p -> {
              Lsn end = p.vote().flushLsn();
              p.sendAppend(end, new byte[8], end);
            }),
        BadPeer.proposer(
            "wrong checksum",
            timeline,
            CORRUPT,
            "not valid",
            p -> {
              GeneratedWal wal = new GeneratedWal(p.lead());
              Lsn begin = wal.end();
              byte[] bytes = wal.next(500);
              bytes[200] ^= 1;
              p.sendAppend(begin, bytes, begin);
            }),
        BadPeer.proposer(
            "bytes that are no WAL",
            timeline,
            CORRUPT,
            "not valid",
            p -> {
              Lsn begin = p.lead();
              p.sendAppend(
                  begin, ascii("this is no record, nor will it ever be one. ".repeat(3)), begin);
            }),
        BadPeer.proposer(
            "gap",
            timeline,
            REFUSED,
            "ends at",
            p -> {
              GeneratedWal wal = new GeneratedWal(p.lead());
              wal.next(100);
              Lsn begin = wal.end();
              p.sendAppend(begin, wal.next(100), begin);
            }),
        BadPeer.proposer(
            "below the commit LSN",
            timeline,
            REFUSED,
            "ends at",
            p -> {
              GeneratedWal wal = new GeneratedWal(p.lead());
              Lsn begin = wal.end();
              p.write(wal, 2, 100);
              p.sendAppend(begin, new GeneratedWal(begin).next(100), begin);
            }));
  }

  /// Appends and elections that are none.
  private static List<BadPeer> wrongAppends(TestTimeline timeline) {
    return List.of(
        BadPeer.proposer(
            "another generation",
            timeline,
            REFUSED,
            "generation",
            p -> {
              p.greet();
              p.send(new ProposerMessage.VoteRequest(7, new Term(1_000)));
            }),
        BadPeer.proposer(
            "fewer bytes than it says",
            timeline,
            PROTOCOL,
            "append",
            p -> {
              Lsn begin = p.lead();
              p.send(p.append(begin, 500, begin), new byte[100]);
            }),
        BadPeer.proposer(
            "end before begin",
            timeline,
            PROTOCOL,
            "append",
            p -> {
              Lsn begin = p.lead();
              p.send(p.append(begin, -8, begin));
            }),
        BadPeer.proposer(
            "more than an append may have",
            timeline,
            PROTOCOL,
            "append",
            p -> {
              Lsn begin = p.lead();
              p.sendAppend(begin, new byte[ProposerMessage.Append.BYTES_MAX + 8], begin);
            }),
        BadPeer.proposer(
            "cut below the commit LSN",
            timeline,
            REFUSED,
            "committed",
            p -> {
              Lsn end = p.lead();
              p.write(new GeneratedWal(end), 1, 100);
              p.elected(TestTimeline.START, TermHistory.EMPTY);
            }));
  }

  /// COPY streams that end or go wrong in ways of the protocol.
  private static List<BadPeer> copies(TestTimeline timeline) {
    return List.of(
        BadPeer.proposer(
            "CopyData of 4 GB",
            timeline,
            PROTOCOL,
            "length -1",
            p -> p.connection().send(bytes('d', -1, -1, -1, -1))),
        BadPeer.proposer(
            "CopyData of 1 GB",
            timeline,
            PROTOCOL,
            "length 1073741824",
            p -> p.connection().send(bytes('d', 64, 0, 0, 0))),
        BadPeer.proposer(
            "a query in COPY",
            timeline,
            PROTOCOL,
            "'Q'",
            p -> p.connection().query("IDENTIFY_SYSTEM")),
        BadPeer.proposer(
            "half closed in an append",
            timeline,
            "",
            "in the middle",
            p -> {
              GeneratedWal wal = new GeneratedWal(p.lead());
              p.write(wal, 1, 100);
              p.connection().send(bytes('d', 0, 0, 10, 0, 'a'));
              p.connection().halfClose();
            }),
        BadPeer.proposer(
            "CopyFail",
            timeline,
            SUCCESS,
            "I give up",
            p -> {
              p.greet();
              p.connection().send(message('f', ascii("I give up\0")));
            }));
  }

  /// Readers whose reports are none.
  private static List<BadPeer> readers(TestTimeline timeline) {
    String start = "START_REPLICATION PHYSICAL " + TestTimeline.START;
    return List.of(
        BadPeer.client(
            "empty feedback",
            timeline,
            PROTOCOL,
            "empty message",
            c -> {
              c.copyBoth(start);
              c.copyData();
            }),
        BadPeer.client(
            "half a pageserver feedback",
            timeline,
            PROTOCOL,
            "pageserver feedback",
            c -> {
              c.copyBoth(start);
              c.copyData(bytes('z', 0, 0));
            }),
        BadPeer.client(
            "half a standby feedback",
            timeline,
            PROTOCOL,
            "standby feedback",
            c -> {
              c.copyBoth(start);
              c.copyData(bytes('h', 0, 0));
            }),
        BadPeer.client(
            "feedback of 4 GB",
            timeline,
            PROTOCOL,
            "length -1",
            c -> {
              c.copyBoth(start);
              c.send(bytes('d', -1, -1, -1, -1));
            }),
        BadPeer.client(
            "half a report, half closed",
            timeline,
            "",
            "in the middle",
            c -> {
              c.copyBoth(start);
              c.send(bytes('d', 0, 0, 0, 38, 'r'));
              c.halfClose();
            }),
        BadPeer.client(
            "half closed reader",
            timeline,
            "",
            "closed the connection",
            c -> {
              c.copyBoth(start);
              c.halfClose();
            }));
  }
}
