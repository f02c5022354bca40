/// The HTTP surface: Neon's public API v2 for users under `/api/v2` (paths and field names are
/// Neon's; fields of ours are marked in the documents), and the upcalls of storage nodes under
/// `/v1`. Only translation: decisions are made in the other packages.
///
/// A request that changes something answers when its operation is done, or after
/// [Surface#OPERATION_WAIT] with the operation still `running`.
@NullMarked
package dev.argon.controlplane.api;

import org.jspecify.annotations.NullMarked;
