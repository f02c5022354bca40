/// Where bulk data is kept for good: whole objects under names, put once, read whole or in part.
/// The pageserver keeps layers and indexes here, the safekeepers whole WAL segments. The one
/// implementation so far is a directory ([DirectoryObjectStore]); a service like S3 fits the same
/// interface.
///
/// What must never break: when `put` returns the object is durable, and a reader sees the whole old
/// object or the whole new one, never a part.
@NullMarked
package dev.argon.objectstore;

import org.jspecify.annotations.NullMarked;
