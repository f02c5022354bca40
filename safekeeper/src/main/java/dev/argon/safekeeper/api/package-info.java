/// The HTTP surface of a safekeeper: creating, describing and deleting timelines, for the control
/// plane. The JSON is in the contracts of `docs/interfaces.md`.
@NullMarked
package dev.argon.safekeeper.api;

import org.jspecify.annotations.NullMarked;
