package dev.argon.pgwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScramTest {

  /// RFC 7677, section 3.
  @Test
  void theExampleOfTheStandard() throws ProtocolException {
    ScramClient client =
        new ScramClient(
            "pencil", "rOprNGfwEbeRWgbNEkqO", new ScramClient.ChannelChoice.Unable(), "user");
    assertThat(client.clientFirst()).isEqualTo("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");

    String answer =
        client.clientFinal(
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    assertThat(answer)
        .isEqualTo(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");

    client.verifyServerFinal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    assertThat(client.isServerVerified()).isTrue();
    assertThatThrownBy(
            () -> client.verifyServerFinal("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void aServerThatDoesNotPlayByTheRulesIsRefused() {
    for (String challenge :
        new String[] {
          "",
          "r=abc,s=,i=1",
          "r=nonce,s=QQ==,i=4096",
          "r=nonceX,s=?,i=4096",
          "r=nonceX,s=QQ==,i=0",
          "r=nonceX,s=QQ==,i=2000000000",
          "r=nonceX,s=QQ==,i=x"
        }) {
      assertThatThrownBy(() ->
              new ScramClient("p", "nonce", new ScramClient.ChannelChoice.Unable())
                  .clientFinal(challenge))
          .isInstanceOf(ProtocolException.class);
    }
  }

  private static final byte[] HASH = {1, 2, 3};

  private static Optional<String> exchange(ScramServer server, ScramClient client, String mechanism)
      throws ProtocolException {
    String challenge = server.serverFirst(mechanism, client.clientFirst());
    Optional<String> proof = server.serverFinal(client.clientFinal(challenge));
    if (proof.isPresent()) {
      client.verifyServerFinal(proof.get());
      assertThat(client.isServerVerified()).isTrue();
    }
    return proof;
  }

  private static ScramServer server(Optional<byte[]> certificateHash) {
    return new ScramServer(
        ScramVerifier.of("pw", new byte[16], 1000), "servernonce", certificateHash);
  }

  @Test
  void bothSidesAgreeOnTheRightPasswordOnly() throws ProtocolException {
    var unable = new ScramClient.ChannelChoice.Unable();
    ScramClient right = new ScramClient("pw", "n", unable);
    ScramClient wrong = new ScramClient("pW", "n", unable);

    assertThat(exchange(server(Optional.empty()), right, right.mechanism())).isPresent();
    assertThat(exchange(server(Optional.empty()), wrong, wrong.mechanism())).isEmpty();
    assertThat(exchange(server(Optional.of(HASH)), right, right.mechanism())).isPresent();
  }

  @Test
  void theChannelIsBoundToTheCertificate() throws ProtocolException {
    ScramClient bound =
        new ScramClient("pw", "n", new ScramClient.ChannelChoice.Bound(ByteBuffer.wrap(HASH)));
    ScramClient other =
        new ScramClient(
            "pw", "n", new ScramClient.ChannelChoice.Bound(ByteBuffer.wrap(new byte[] {1, 2, 4})));

    assertThat(bound.mechanism()).isEqualTo("SCRAM-SHA-256-PLUS");
    assertThat(server(Optional.of(HASH)).mechanisms())
        .containsExactly("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256");
    assertThat(exchange(server(Optional.of(HASH)), bound, bound.mechanism())).isPresent();
    assertThatThrownBy(() -> exchange(server(Optional.of(HASH)), other, other.mechanism()))
        .hasMessageContaining("binding does not match");
  }

  /// Somebody in the middle who takes SCRAM-SHA-256-PLUS out of the offer.
  @Test
  void aDowngradeIsNoticed() {
    ScramClient told = new ScramClient("pw", "n", new ScramClient.ChannelChoice.NotOffered());

    assertThatThrownBy(() -> exchange(server(Optional.of(HASH)), told, told.mechanism()))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void aClientThatDoesNotPlayByTheRulesIsRefused() {
    for (String first :
        new String[] {"", "n", "n,,", "n,a=x,n=,r=n", "n,,m=1,n=,r=n", "n,,n=", "p=x,,n=,r=n"}) {
      assertThatThrownBy(() -> server(Optional.empty()).serverFirst("SCRAM-SHA-256", first))
          .isInstanceOf(ProtocolException.class);
    }
    for (String last :
        new String[] {
          "",
          "c=biws",
          "c=biws,r=nservernonce",
          "c=biws,r=x,p=AAAA",
          "c=AAAA,r=nservernonce,p=AAAA",
          "c=?,r=nservernonce,p=AAAA",
          "c=biws,r=nservernonce,p=AAAA"
        }) {
      assertThatThrownBy(
              () -> {
                ScramServer server = server(Optional.empty());
                server.serverFirst("SCRAM-SHA-256", "n,,n=,r=n");
                server.serverFinal(last);
              })
          .isInstanceOf(ProtocolException.class);
    }
    assertThatThrownBy(() -> server(Optional.empty()).serverFirst("SCRAM-SHA-1", "n,,n=,r=n"))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void aVerifierMatchesItsPasswordOnly() {
    ScramVerifier verifier = ScramVerifier.generate("secret", new SecureRandom());

    ScramVerifier read = ScramVerifier.parse(verifier.toString());

    assertThat(read.matches("secret")).isTrue();
    assertThat(read.matches("Secret")).isFalse();
    assertThatThrownBy(() -> ScramVerifier.parse("md5abc"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(verifier.toString())
        .startsWith("SCRAM-SHA-256$4096:")
        .doesNotContain(
            Base64.getEncoder()
                .encodeToString("secret".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }
}
