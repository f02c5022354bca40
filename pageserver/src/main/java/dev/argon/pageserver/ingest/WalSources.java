package dev.argon.pageserver.ingest;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pageserver.timeline.Membership;
import dev.argon.pageserver.timeline.Timeline;
import java.util.List;

/// Where the WAL of a timeline with some members can be read.
@FunctionalInterface
public interface WalSources extends AutoCloseable {

  List<WalSource> of(Membership membership);

  /// Who is told when there is news, and of what. Called from any thread; must not block.
  interface Reader {

    /// All timelines there are now.
    List<Timeline> timelines();

    /// A source of this timeline has told something new.
    void toldOf(TenantId tenant, TimelineId timeline);

    /// A source tells nothing any more.
    void fellSilent();
  }

  /// Begins to look for news; called once, before [#of].
  default void start(Reader reader) {}

  /// Ends it.
  @Override
  default void close() {}
}
