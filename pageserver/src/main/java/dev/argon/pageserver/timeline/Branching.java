package dev.argon.pageserver.timeline;

/// Where a timeline left another one: everything up to `lsn`, a record end, is the ancestor's.
public record Branching(Timeline ancestor, long lsn) {}
