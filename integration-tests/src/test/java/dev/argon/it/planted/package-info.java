/// Shows that the checks of the consensus and its storage find bugs: each patch in
/// `safekeeper/src/test/planted` breaks one line, and the model or the simulation has to notice.
@NullMarked
package dev.argon.it.planted;

import org.jspecify.annotations.NullMarked;
