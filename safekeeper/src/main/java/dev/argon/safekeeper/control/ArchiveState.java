package dev.argon.safekeeper.control;

import dev.argon.postgres.Lsn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a safekeeper has put into the object store of a timeline's last, unfinished segment, and
/// whether the WAL is still on the local disk as well.
///
/// @param partials each object of ours that exists or may exist
/// @param evictedLsn if there: the WAL is not here, and this is the end of the log (all of it
///   flushed and committed)
public record ArchiveState(List<PartialSegment> partials, Optional<Lsn> evictedLsn) {

  /// Nothing was archived, everything is here.
  public static final ArchiveState NONE = new ArchiveState(List.of(), Optional.empty());

  public ArchiveState {
    partials = List.copyOf(partials);
  }

  /// The uploaded partial segment, if there is one.
  public Optional<PartialSegment> uploaded() {
    return partials.stream()
        .filter(partial -> partial.status() == PartialSegment.Status.UPLOADED)
        .findFirst();
  }

  /// With one more object that is about to be written.
  public ArchiveState beginning(PartialSegment partial) {
    List<PartialSegment> more = new ArrayList<>(partials);
    more.removeIf(other -> other.name().equals(partial.name()));
    more.add(partial.with(PartialSegment.Status.IN_PROGRESS));
    return new ArchiveState(more, evictedLsn);
  }

  /// With `partial` written and all others to be deleted.
  public ArchiveState finished(PartialSegment partial) {
    List<PartialSegment> changed = new ArrayList<>();
    for (PartialSegment other : partials) {
      changed.add(
          other.with(
              other.name().equals(partial.name())
                  ? PartialSegment.Status.UPLOADED
                  : PartialSegment.Status.DELETING));
    }
    return new ArchiveState(changed, evictedLsn);
  }

  /// With all objects to be deleted.
  public ArchiveState deletingAll() {
    return new ArchiveState(
        partials.stream().map(other -> other.with(PartialSegment.Status.DELETING)).toList(),
        evictedLsn);
  }

  /// Without the object of this name, which is gone.
  public ArchiveState without(String name) {
    return new ArchiveState(
        partials.stream().filter(other -> !other.name().equals(name)).toList(), evictedLsn);
  }

  public ArchiveState evicted(Lsn endLsn) {
    return new ArchiveState(partials, Optional.of(endLsn));
  }

  public ArchiveState present() {
    return new ArchiveState(partials, Optional.empty());
  }
}
