package dev.argon.it.safekeeper;

import dev.argon.identity.NodeId;
import dev.argon.it.stack.Http;
import dev.argon.it.stack.Json;
import dev.argon.it.stack.Stack;
import dev.argon.quorum.MembershipConfiguration.Member;
import java.io.IOException;

/// Where a safekeeper is reached on this machine; its HTTP port is the next one.
record KeeperAddress(int node, int pgPort) {

  private static final String HOST = "127.0.0.1";

  /// One of a stack (the ports are in `docs/interfaces.md`).
  static KeeperAddress inStack(Stack stack, int number) {
    return new KeeperAddress(number, stack.portBase() + 1 + 2 * number);
  }

  Member member() {
    return new Member(new NodeId(node), HOST, pgPort);
  }

  /// The base of its HTTP surface.
  String url() {
    return "http://" + HOST + ":" + (pgPort + 1);
  }

  /// The body of the answer, which must be of the 200s.
  Json http(String method, String path, String body) {
    return Json.parse(Http.send(method, url() + path, body));
  }

  /// What it says about a timeline.
  Json status(TestTimeline timeline) {
    return http("GET", timeline.path(), "");
  }

  /// Makes a timeline with this safekeeper as the only member.
  TestTimeline create(TestTimeline timeline) {
    http("POST", timeline.path(), TestTimeline.createBody(member()));
    return timeline;
  }

  /// A connection that has said nothing.
  RawConnection connect() throws IOException {
    return RawConnection.connect(HOST, pgPort, 0);
  }

  /// A connection that has logged in for a timeline.
  RawConnection open(TestTimeline timeline) throws IOException {
    return RawConnection.open(HOST, pgPort, timeline);
  }

  ScriptedProposer proposer(TestTimeline timeline) throws IOException {
    return new ScriptedProposer(open(timeline), timeline);
  }
}
