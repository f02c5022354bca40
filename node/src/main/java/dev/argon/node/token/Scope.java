package dev.argon.node.token;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a token is good for. The names are Neon's.
public enum Scope {
  /// The data of one tenant: its compute's.
  TENANT("tenant"),
  /// One tenant's endpoint, at the compute's own HTTP surface.
  TENANT_ENDPOINT("tenantendpoint"),
  /// Everything at a pageserver.
  PAGESERVER_API("pageserverapi"),
  /// Everything at a safekeeper: pageservers and other safekeepers.
  SAFEKEEPER_DATA("safekeeperdata"),
  /// Validating generations.
  GENERATIONS_API("generations_api"),
  /// Everything at the control plane.
  ADMIN("admin"),
  /// Changes in which nodes there are.
  INFRA("infra"),
  /// Looking through the object store.
  SCRUBBER("scrubber"),
  /// One control plane to another.
  CONTROLLER_PEER("controller_peer");

  private final String wireName;

  Scope(String wireName) {
    this.wireName = wireName;
  }

  /// The name in a token.
  public String wireName() {
    return wireName;
  }

  static Optional<Scope> fromWire(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return Arrays.stream(values()).filter(scope -> scope.wireName.equals(lower)).findFirst();
  }
}
