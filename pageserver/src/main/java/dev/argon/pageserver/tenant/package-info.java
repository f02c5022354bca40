/// Tenants and their timelines: attaching under a generation, making timelines from initdb or as
/// branches, deleting them, and the maintenance threads that flush, upload and merge.
///
/// What must never break: a timeline that was answered as created is durable in the object store,
/// and one that has children is not deleted.
@NullMarked
package dev.argon.pageserver.tenant;

import org.jspecify.annotations.NullMarked;
