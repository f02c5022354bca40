package dev.argon.cli.stack;

import dev.argon.node.ClientSecurity;
import dev.argon.pgwire.tls.PemFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// TLS of a stack's safekeepers: on for whatever starts while these files are there. They are the
/// user's.
///
/// ```
/// DIR/tls/certificate.pem  of the safekeepers, for the address 127.0.0.1; its signers' behind it
/// DIR/tls/private.pem      its key, PKCS#8
/// DIR/tls/authorities.pem  who has signed it
/// ```
final class StackTls {

  static final String DIRECTORY = "tls";

  private final Path path;

  StackTls(StackDirectory directory) {
    path = directory.path().resolve(DIRECTORY);
  }

  boolean isOn() {
    return Files.isDirectory(path);
  }

  Path authorities() {
    return path.resolve("authorities.pem");
  }

  SafekeeperSettings.Tls safekeeper() {
    return new SafekeeperSettings.Tls(
        path.resolve("certificate.pem").toString(),
        path.resolve("private.pem").toString(),
        authorities().toString(),
        true,
        true);
  }

  /// For requests to safekeepers.
  ClientSecurity client() throws IOException {
    return isOn()
        ? new ClientSecurity(Optional.empty(), Optional.of(PemFiles.trusting(authorities())))
        : ClientSecurity.NONE;
  }
}
