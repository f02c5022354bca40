package dev.argon.quorum;

/// Where a safekeeper speaks the PostgreSQL protocol.
public record SafekeeperAddress(String host, int port) {}
