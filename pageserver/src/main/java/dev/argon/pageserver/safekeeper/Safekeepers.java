package dev.argon.pageserver.safekeeper;

import dev.argon.pageserver.ingest.WalSource;
import dev.argon.pageserver.ingest.WalSources;
import dev.argon.pageserver.timeline.Membership;
import dev.argon.pgwire.tls.ClientTls;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// All safekeepers that timelines of this pageserver have as members. For any number of threads.
public final class Safekeepers implements WalSources {

  private final ConnectionSettings settings;
  private volatile Optional<Reader> reader = Optional.empty();
  private volatile boolean closed;

  /// One for each that some timeline names.
  private final Map<Membership.Member, Subscription> subscriptions = new ConcurrentHashMap<>();

  /// @param nodeId this pageserver's
  /// @param token for safekeepers; empty if there is none
  /// @param tls how they are known
  public Safekeepers(long nodeId, String token, ClientTls tls) {
    settings = new ConnectionSettings(nodeId, token, tls);
  }

  @Override
  public void start(Reader newReader) {
    reader = Optional.of(newReader);
  }

  @Override
  public List<WalSource> of(Membership membership) {
    List<WalSource> sources = new ArrayList<>();
    for (Membership.Member member : membership.memberList()) {
      sources.add(new SafekeeperSource(settings, member, subscription(member)));
    }
    return sources;
  }

  private Subscription subscription(Membership.Member member) {
    Subscription known = subscriptions.get(member);
    return known == null ? subscriptions.computeIfAbsent(member, this::subscribe) : known;
  }

  private Subscription subscribe(Membership.Member member) {
    Subscription made =
        new Subscription(settings, member, reader.orElseThrow(), subscriptions::remove);
    if (!closed) {
      made.start();
    }
    return made;
  }

  @Override
  public void close() {
    closed = true;
    subscriptions.values().forEach(Subscription::stop);
    subscriptions.values().forEach(Subscription::close);
  }
}
