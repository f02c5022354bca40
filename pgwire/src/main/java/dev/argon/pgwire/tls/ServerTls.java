package dev.argon.pgwire.tls;

import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/// Whether and how a server speaks TLS.
public sealed interface ServerTls {

  /// The name of PostgreSQL's protocol in ALPN; without it a direct TLS connection is refused.
  String APPLICATION_PROTOCOL = "postgresql";

  /// What is asked of clients about certificates.
  enum ClientCertificates {
    /// Nothing.
    IGNORED,
    /// One that is given must be valid.
    REQUESTED,
    /// There must be a valid one.
    REQUIRED
  }

  /// TLS requests are answered by "no".
  record Off() implements ServerTls {}

  /// @param context asked for at each connection, so that certificates can be replaced while the
  ///   server runs
  /// @param required clients without TLS are refused
  record On(Supplier<SSLContext> context, boolean required, ClientCertificates clientCertificates)
      implements ServerTls {

    /// The engine for one connection.
    public SSLEngine engine() {
      SSLEngine engine = context.get().createSSLEngine();
      engine.setUseClientMode(false);
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {APPLICATION_PROTOCOL});
      switch (clientCertificates) {
        case IGNORED -> {}
        case REQUESTED -> parameters.setWantClientAuth(true);
        case REQUIRED -> parameters.setNeedClientAuth(true);
      }
      engine.setSSLParameters(parameters);
      return engine;
    }
  }

  static ServerTls off() {
    return new Off();
  }

  /// For clients that want it.
  static ServerTls offered(Supplier<SSLContext> context) {
    return new On(context, false, ClientCertificates.IGNORED);
  }

  /// For all clients.
  static ServerTls required(Supplier<SSLContext> context) {
    return new On(context, true, ClientCertificates.IGNORED);
  }
}
