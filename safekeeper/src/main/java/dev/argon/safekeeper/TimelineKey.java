package dev.argon.safekeeper;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;

/// A timeline's full name.
public record TimelineKey(TenantId tenant, TimelineId timeline) {

  @Override
  public String toString() {
    return tenant + "/" + timeline;
  }
}
