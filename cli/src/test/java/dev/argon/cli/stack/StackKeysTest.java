package dev.argon.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.cli.CliException;
import dev.argon.node.token.Scope;
import dev.argon.node.token.TokenVerifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackKeysTest {

  private static final ProcessUser USER = new ProcessUser(false);

  @TempDir Path directory;

  @Test
  void theTokenOfStorageNodesIsSignedByTheKey() throws Exception {
    StackDirectory stack = StackDirectory.of(directory);
    StackKeys keys = new StackKeys(stack);
    assertThat(keys.exist()).isFalse();

    keys.make(stack, USER);

    assertThat(keys.exist()).isTrue();
    TokenVerifier verifier = TokenVerifier.of(keys.publicKey(), Clock.systemUTC());
    assertThat(verifier.verify(Files.readString(keys.storageToken()).strip()).scope())
        .isEqualTo(Scope.SAFEKEEPER_DATA);
  }

  @Test
  void nothingIsStartedWithoutTheKeysThatOthersHave() throws Exception {
    StackDirectory stack = StackDirectory.of(directory);
    StackKeys keys = new StackKeys(stack);
    Path config = directory.resolve("control-plane/control-plane.json");
    Files.createDirectories(directory.resolve("control-plane"));
    keys.checkNotLost(stack);
    Files.writeString(config, config(""));
    keys.checkNotLost(stack);

    Files.writeString(config, config(",\"token_private_key\":\"x\""));

    assertThatThrownBy(() -> keys.checkNotLost(stack))
        .isInstanceOf(CliException.class)
        .hasMessageContaining(directory.resolve("keys") + " is gone");
    keys.make(stack, USER);
    keys.checkNotLost(stack);
  }

  private static String config(String more) {
    return "{\"directory\":\"d\",\"http_address\":\"h\",\"object_store\":\"o\","
        + "\"endpoints_directory\":\"e\",\"endpoint_host\":\"h\",\"compute_command\":[],"
        + "\"postgres_bin\":\"p\","
        + "\"extension_library\":\"l\""
        + more
        + '}';
  }

  @Test
  void allOfItIsTheUsersOnly() throws Exception {
    StackDirectory stack = StackDirectory.of(directory);
    StackKeys keys = new StackKeys(stack);

    keys.make(stack, USER);

    assertThat(permissions(directory.resolve("keys"))).isEqualTo("rwx------");
    for (Path file : List.of(keys.privateKey(), keys.publicKey(), keys.storageToken())) {
      assertThat(permissions(file)).as(file.toString()).isEqualTo("rw-------");
    }
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void whatAStartThatDiedHasLeftIsMadeAnew() throws Exception {
    StackDirectory stack = StackDirectory.of(directory);
    StackKeys keys = new StackKeys(stack);
    Path left = Files.createDirectory(directory.resolve("keys.new"));
    Files.writeString(left.resolve("private.pem"), "half a k");
    assertThat(keys.exist()).isFalse();

    keys.make(stack, USER);

    assertThat(Files.readString(keys.privateKey())).contains("END PRIVATE KEY");
    assertThat(left).doesNotExist();
  }
}
