/// What the control plane knows, in one SQLite database: storage nodes, projects (tenants),
/// branches (timelines), endpoints and operations. The schema with the meaning of each column is in
/// `dev/argon/controlplane/schema`; Flyway brings an older database up to it.
///
/// Called by the other packages of the control plane. What must never break: a change is durable
/// before the call returns (WAL journal, `synchronous=full`), a generation is never issued twice,
/// and after each change a copy goes to the object store ([MetadataCopy]), from which a control
/// plane that lost its disk starts again.
@NullMarked
package dev.argon.controlplane.metadata;

import org.jspecify.annotations.NullMarked;
