package dev.argon.pageserver.safekeeper;

import dev.argon.pageserver.timeline.Membership;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.tls.ClientTls;
import java.net.InetSocketAddress;

/// How this pageserver connects to safekeepers.
///
/// @param nodeId its own
/// @param token its password; empty if there is none
/// @param tls how safekeepers are known
record ConnectionSettings(long nodeId, String token, ClientTls tls) {

  private static final long CONNECT_TIMEOUT_MILLIS = 5_000;

  /// @param silenceMaxMillis how long the safekeeper may say nothing
  PgClientSettings to(Membership.Member member, long silenceMaxMillis) {
    return PgClientSettings.of(
            new InetSocketAddress(member.host(), member.pgPort()), "argon", "argon")
        .withReplication()
        .withPassword(token)
        .withTls(tls)
        .with("application_name", "pageserver")
        .withTimeouts(CONNECT_TIMEOUT_MILLIS, silenceMaxMillis, silenceMaxMillis);
  }

  @Override
  public String toString() {
    return "ConnectionSettings[pageserver " + nodeId + ']';
  }
}
