package dev.argon.pageserver.timeline;

import java.io.IOException;

/// The right of this node to write a tenant's objects. The control plane gives a new, larger
/// generation whenever it attaches the tenant somewhere.
public interface Attachment {

  /// The generation this node holds.
  long generation();

  /// Asks the control plane whether it is still the newest one.
  ///
  /// @throws IOException if it cannot be asked now
  boolean isCurrent() throws IOException;
}
