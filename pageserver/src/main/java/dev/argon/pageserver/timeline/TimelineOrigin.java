package dev.argon.pageserver.timeline;

import java.util.Optional;

/// What about a timeline never changes.
///
/// @param startLsn where it begins: the end of its first record, or the branch point
public record TimelineOrigin(
    Optional<Branching> branching,
    long startLsn,
    int pgVersion,
    long systemId,
    int dataChecksumVersion,
    boolean hintBitsLogged) {}
