package dev.argon.pgwire;

import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/// How a server finds out who its clients are.
public sealed interface Authentication {

  /// Everybody is let in: for servers on loopback, or where TLS has already asked for a
  /// certificate.
  record Trust() implements Authentication {}

  /// The client sends a password in clear text, or a token (JWT) in its place.
  record Cleartext(PasswordCheck check) implements Authentication {}

  /// SCRAM-SHA-256, and SCRAM-SHA-256-PLUS over TLS.
  record Scram(ScramSecrets secrets) implements Authentication {}

  /// The certificate the client gave in the TLS handshake; without TLS nobody is let in.
  record Certificate(CertificateCheck check) implements Authentication {}

  /// Decides about a password or token.
  @FunctionalInterface
  interface PasswordCheck {

    /// Runs on the connection's thread. What it finds out can be kept with [PgConnection#attach].
    ///
    /// @throws PgErrorException if the client is refused, with severity FATAL
    void check(PgConnection connection, String password) throws PgErrorException;
  }

  /// Knows the verifiers of users' passwords.
  @FunctionalInterface
  interface ScramSecrets {

    /// @return empty if there is no such user; the client is not told that
    Optional<ScramVerifier> verifier(String user);
  }

  /// Decides about a certificate that an authority of the server has signed.
  @FunctionalInterface
  interface CertificateCheck {

    /// @throws PgErrorException if the client is refused, with severity FATAL
    void check(PgConnection connection, X509Certificate certificate) throws PgErrorException;
  }

  static Authentication trust() {
    return new Trust();
  }

  static Authentication cleartext(PasswordCheck check) {
    return new Cleartext(check);
  }

  static Authentication scram(ScramSecrets secrets) {
    return new Scram(secrets);
  }

  static Authentication certificate(CertificateCheck check) {
    return new Certificate(check);
  }

  /// The certificate's common name must be the user's.
  static Authentication certificateOfUser() {
    return new Certificate((connection, certificate) -> {
      String user = connection.parameter("user");
      if (!commonName(certificate).equals(user)) {
        throw new PgErrorException(
            PgError.fatal(
                SqlState.INVALID_AUTHORIZATION,
                "certificate authentication failed for user \"" + user + '"'));
      }
    });
  }

  /// The common name a certificate is made out for, or empty.
  static String commonName(X509Certificate certificate) {
    try {
      for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (part.getType().equalsIgnoreCase("CN")) {
          return part.getValue().toString();
        }
      }
      return "";
    } catch (InvalidNameException e) {
      return ""; // fits no user
    }
  }
}
