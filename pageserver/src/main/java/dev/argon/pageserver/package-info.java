/// The pageserver's process: configuration, the parts put together, start and stop. What it does is
/// in the packages below: `layer` (files), `timeline` (reading and writing at any LSN), `ingest`
/// (WAL into timelines), `safekeeper` (where it comes from), `tenant` (attaching, making,
/// deleting), `service` (what others see).
@NullMarked
package dev.argon.pageserver;

import org.jspecify.annotations.NullMarked;
