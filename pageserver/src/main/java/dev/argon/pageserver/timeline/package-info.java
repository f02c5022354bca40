/// One branch: which layers it has, reading any key at any LSN, writing, flushing, merging, and its
/// index, which names exactly the layers that count. Ingest writes through it, the page service and
/// the HTTP surface read through it.
///
/// What must never break:
///
/// - a read at an LSN sees every version up to it and none above it, whatever is flushed or merged
///   meanwhile;
/// - the disk-consistent LSN moves on only after the layers below it and then the index are forced
///   to disk, the remote-consistent LSN only after the same in the object store, the generation
///   validated;
/// - a layer is removed only after an index that does not name it is durable.
///
/// How a page is found, and why the cost is bounded: `docs/layers.md`.
@NullMarked
package dev.argon.pageserver.timeline;

import org.jspecify.annotations.NullMarked;
