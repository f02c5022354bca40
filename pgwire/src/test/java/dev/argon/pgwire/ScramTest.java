package dev.argon.pgwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class ScramTest {

  /// RFC 7677, section 3.
  @Test
  void theExampleOfTheStandard() throws ProtocolException {
    ScramClient client = new ScramClient("pencil", "rOprNGfwEbeRWgbNEkqO", new ScramClient.ChannelChoice.Unable(), "user");
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
      assertThatThrownBy(() -> new ScramClient("p", "nonce", new ScramClient.ChannelChoice.Unable()).clientFinal(challenge))
          .isInstanceOf(ProtocolException.class);
    }
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
