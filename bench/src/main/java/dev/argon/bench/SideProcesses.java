package dev.argon.bench;

import java.util.List;

/// The processes of one side at a moment.
///
/// @param server PostgreSQL's
/// @param others what keeps its WAL and pages: receivers, or Argon's processes
record SideProcesses(List<Long> server, List<Long> others) {}
