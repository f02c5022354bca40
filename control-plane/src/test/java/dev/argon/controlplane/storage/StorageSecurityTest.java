package dev.argon.controlplane.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.controlplane.ControlPlaneConfig;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.node.token.Scope;
import dev.argon.node.token.TokenClaims;
import dev.argon.node.token.TokenKeys;
import dev.argon.node.token.TokenVerifier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageSecurityTest {

  private static final TenantId TENANT = new TenantId(1, 2);
  private static final TimelineId TIMELINE = new TimelineId(3, 4);

  @TempDir Path directory;

  private static ControlPlaneConfig config(@Nullable String privateKey) {
    return new ControlPlaneConfig(
        "d", "127.0.0.1:1", "o", "e", "h", 1, List.of(), "p", "l", null, privateKey, null);
  }

  @Test
  void aComputesTokenIsGoodForItsTimelineAndTheOwnOneForEverything() throws Exception {
    Path privateKey = directory.resolve("private");
    Path publicKey = directory.resolve("public");
    TokenKeys.make(privateKey, publicKey);
    TokenVerifier verifier = TokenVerifier.of(publicKey, Clock.systemUTC());

    StorageSecurity security = StorageSecurity.of(config(privateKey.toString()));

    assertThat(verifier.verify(security.compute(TENANT, TIMELINE).orElseThrow()))
        .isEqualTo(TokenClaims.of(TENANT, TIMELINE));
    String own = security.own().token().orElseThrow();
    assertThat(verifier.verify(own)).isEqualTo(TokenClaims.of(Scope.ADMIN));
    assertThat(security.own().toString()).doesNotContain(own);
    assertThat(security.url(new HostPort("127.0.0.1", 7))).isEqualTo("http://127.0.0.1:7");
  }

  @Test
  void withoutAKeyThereAreNoTokens() throws Exception {
    StorageSecurity security = StorageSecurity.of(config(null));

    assertThat(security.compute(TENANT, TIMELINE)).isEmpty();
    assertThat(security.own().token()).isEmpty();
  }

  @Test
  void aKeyThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> StorageSecurity.of(config(directory.resolve("gone").toString())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("gone");
  }
}
