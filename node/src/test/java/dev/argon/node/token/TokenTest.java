package dev.argon.node.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenTest {

  private static final TenantId TENANT = new TenantId(1, 2);
  private static final TimelineId TIMELINE = new TimelineId(3, 4);
  private static final TimelineId OTHER_TIMELINE = new TimelineId(3, 5);
  private static final Clock NOW = Clock.fixed(Instant.ofEpochSecond(1_000_000), ZoneOffset.UTC);

  @TempDir Path directory;
  private TokenSigner signer;
  private TokenVerifier verifier;

  @BeforeEach
  void keys() throws Exception {
    writeKeys("one");
    signer = TokenSigner.of(directory.resolve("one.private"));
    verifier = TokenVerifier.of(directory.resolve("one.public"), NOW);
  }

  private void writeKeys(String name) throws Exception {
    TokenKeys.make(directory.resolve(name + ".private"), directory.resolve(name + ".public"));
  }

  @Test
  void keysAreTheirOwnersOnly() throws Exception {
    for (String name : List.of("one.private", "one.public")) {
      var permissions = Files.getPosixFilePermissions(directory.resolve(name));
      assertThat(PosixFilePermissions.toString(permissions)).as(name).isEqualTo("rw-------");
    }
  }

  private static String part(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whatIsSignedIsVerified() throws Exception {
    TokenClaims claims = TokenClaims.of(TENANT, TIMELINE).until(1_000_001);

    assertThat(verifier.verify(signer.sign(claims))).isEqualTo(claims);
    assertThat(verifier.verify(signer.sign(TokenClaims.of(Scope.SAFEKEEPER_DATA))))
        .isEqualTo(TokenClaims.of(Scope.SAFEKEEPER_DATA));
  }

  /// RFC 8037, appendix A: key and signature of its example; its payload is no claims of ours.
  @Test
  void theExampleOfTheRfcIsSignedByItsKey() throws Exception {
    String der =
        "302a300506032b6570032100"
            + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    Files.writeString(
        directory.resolve("rfc.public"),
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getEncoder().encodeToString(java.util.HexFormat.of().parseHex(der))
            + "\n-----END PUBLIC KEY-----\n");
    TokenVerifier rfc = TokenVerifier.of(directory.resolve("rfc.public"), NOW);
    String token =
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
            + "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    assertThatThrownBy(() -> rfc.verify(token))
        .isInstanceOf(TokenException.class)
        .hasMessageContaining("cannot be understood"); // and not: is not signed
    assertThatThrownBy(() -> rfc.verify(token.replace("hgyY", "hgyZ")))
        .isInstanceOf(TokenException.class)
        .hasMessageNotContaining("understood");
  }

  @Test
  void anExpiredTokenIsRefusedAlsoIfItWasGoodBefore() throws Exception {
    String token = signer.sign(TokenClaims.of(Scope.ADMIN).until(1_000_000));
    AtomicLong second = new AtomicLong(999_999);
    TokenVerifier ticking = TokenVerifier.of(directory.resolve("one.public"), ticking(second::get));

    assertThat(ticking.verify(token).scope()).isEqualTo(Scope.ADMIN);
    second.set(1_000_000);

    assertThatThrownBy(() -> ticking.verify(token)).hasMessageContaining("expired");
    assertThatThrownBy(() -> verifier.verify(token)).hasMessageContaining("expired");
  }

  private static Clock ticking(LongSupplier second) {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return Instant.ofEpochSecond(second.getAsLong());
      }
    };
  }

  @Test
  void aTokenOfAnotherKeyIsRefused() throws Exception {
    writeKeys("two");
    String token =
        TokenSigner.of(directory.resolve("two.private")).sign(TokenClaims.of(Scope.ADMIN));

    assertThatThrownBy(() -> verifier.verify(token)).hasMessageContaining("not signed by a key");
  }

  @Test
  void aDirectoryOfKeysTakesTokensOfEach() throws Exception {
    Path keys = Files.createDirectory(directory.resolve("keys"));
    writeKeys("two");
    Files.copy(directory.resolve("one.public"), keys.resolve("one.pem"));
    Files.copy(directory.resolve("two.public"), keys.resolve("two.pem"));
    TokenVerifier both = TokenVerifier.of(keys, NOW);

    assertThat(both.verify(signer.sign(TokenClaims.of(TENANT)))).isEqualTo(TokenClaims.of(TENANT));
    TokenSigner two = TokenSigner.of(directory.resolve("two.private"));
    assertThat(both.verify(two.sign(TokenClaims.of(Scope.INFRA))).scope()).isEqualTo(Scope.INFRA);
  }

  @Test
  void aTokenIsForItsTenantAndTimelineOnly() {
    String tenant = TENANT.toString();
    TokenClaims whole = TokenClaims.of(TENANT);
    TokenClaims one = TokenClaims.of(TENANT, TIMELINE);

    assertThat(whole.isFor(tenant, OTHER_TIMELINE.toString())).isTrue();
    assertThat(one.isFor(tenant, TIMELINE.toString())).isTrue();
    assertThat(one.isFor(tenant, OTHER_TIMELINE.toString())).isFalse();
    assertThat(one.isFor(tenant, "")).isFalse();
    assertThat(one.isFor("", TIMELINE.toString())).isFalse();
    assertThat(TokenClaims.of(Scope.ADMIN).isFor("", "")).isFalse();
  }

  @Test
  void theTokenDoesNotChooseTheAlgorithm() throws Exception {
    String token = signer.sign(TokenClaims.of(Scope.ADMIN));
    String rest = token.substring(token.indexOf('.'));

    assertThatThrownBy(() -> verifier.verify(part("{\"alg\":\"none\"}") + rest))
        .hasMessageContaining("not signed with EdDSA");
    assertThatThrownBy(() -> verifier.verify(part("{\"alg\":\"HS256\"}") + rest))
        .hasMessageContaining("not signed with EdDSA");
  }

  @Test
  void everyChangedCharacterIsNoticed() throws Exception {
    String token = signer.sign(TokenClaims.of(TENANT));
    int last = token.length() - 1; // some of its bits are padding
    for (int i = 0; i < last; i++) {
      char other = token.charAt(i) == 'A' ? 'B' : 'A';
      String changed = token.substring(0, i) + other + token.substring(i + 1);
      assertThatThrownBy(() -> verifier.verify(changed)).isInstanceOf(TokenException.class);
    }
  }

  @Test
  void whatIsNoTokenIsRefused() {
    for (String text : new String[] {"", ".", "..", "a.b", "a.b.c.d", "ä.ö.ü", "x".repeat(9_000)}) {
      assertThatThrownBy(() -> verifier.verify(text)).isInstanceOf(TokenException.class);
    }
  }

  @Test
  void aTenantsTokenThatDoesNotNameItIsRefused() throws Exception {
    String noTenant = signer.sign(TokenClaims.of(Scope.TENANT));

    assertThatThrownBy(() -> verifier.verify(noTenant)).hasMessageContaining("for which");
  }

  @Test
  void aFileWithoutAKeyIsNamed() throws Exception {
    Path file = Files.writeString(directory.resolve("bad"), "nothing");

    assertThatThrownBy(() -> TokenVerifier.of(file, NOW)).hasMessageContaining("bad");
  }
}
