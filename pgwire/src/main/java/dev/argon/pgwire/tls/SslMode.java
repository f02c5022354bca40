package dev.argon.pgwire.tls;

/// What a client demands of TLS: libpq's `sslmode` (without `allow`).
public enum SslMode {
  /// No TLS.
  DISABLE,
  /// TLS if the server has it; its certificate is not checked.
  PREFER,
  /// TLS; the certificate is not checked.
  REQUIRE,
  /// TLS, and an authority we trust has signed the certificate.
  VERIFY_CA,
  /// As before, and the certificate is made out for the host we connect to.
  VERIFY_FULL;

  boolean verifies() {
    return this == VERIFY_CA || this == VERIFY_FULL;
  }

  /// The mode of that name in libpq: `verify-full`, ...
  ///
  /// @throws IllegalArgumentException if there is none
  public static SslMode parse(String name) {
    for (SslMode mode : values()) {
      if (mode.toString().equals(name)) {
        return mode;
      }
    }
    throw new IllegalArgumentException("no sslmode is called \"" + name + '"');
  }

  /// Its name in libpq.
  @Override
  public String toString() {
    return switch (this) {
      case DISABLE -> "disable";
      case PREFER -> "prefer";
      case REQUIRE -> "require";
      case VERIFY_CA -> "verify-ca";
      case VERIFY_FULL -> "verify-full";
    };
  }
}
