package dev.argon.pgwire.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;

/// Whether and how a client speaks TLS.
///
/// @param direct begins with the TLS handshake instead of asking first (`sslnegotiation=direct`,
///   PostgreSQL 17)
/// @param identity the client's certificate, or empty
/// @param authorities whom the client trusts; empty: those of the JDK. Of use in the modes that
///   verify only
public record ClientTls(
    SslMode mode, boolean direct, List<KeyManager> identity, List<TrustManager> authorities) {

  /// No TLS.
  public static ClientTls disabled() {
    return of(SslMode.DISABLE);
  }

  /// In the mode given, asking first, without a certificate, trusting the JDK's authorities.
  public static ClientTls of(SslMode mode) {
    return new ClientTls(mode, false, List.of(), List.of());
  }

  /// For a server that is made out for its address by one of the authorities in a PEM file.
  public static ClientTls trusting(Path authorities) throws IOException {
    return of(SslMode.VERIFY_FULL).withAuthorities(authorities);
  }

  /// The same, trusting the certificates in a PEM file only.
  public ClientTls withAuthorities(Path certificates) throws IOException {
    return new ClientTls(mode, direct, identity, PemFiles.authorities(certificates));
  }

  /// The same with a certificate for the server, from PEM files.
  public ClientTls withIdentity(Path certificateChain, Path key) throws IOException {
    return new ClientTls(mode, direct, PemFiles.identity(certificateChain, key), authorities);
  }

  /// The same without asking first.
  public ClientTls withDirect() {
    return new ClientTls(mode, true, identity, authorities);
  }

  /// The engine for one connection.
  ///
  /// @param host as the caller named it: what the certificate must be made out for
  public SSLEngine engine(String host, int port) {
    List<TrustManager> trusted = mode.verifies() ? authorities : List.of(new TrustEverybody());
    SSLEngine engine = PemFiles.context(identity, trusted).createSSLEngine(host, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {ServerTls.APPLICATION_PROTOCOL});
    if (mode == SslMode.VERIFY_FULL) {
      parameters.setEndpointIdentificationAlgorithm(
          "HTTPS"); // RFC 2818: the host's name or address
    }
    engine.setSSLParameters(parameters);
    return engine;
  }
}
