package dev.argon.cli.stack;

import dev.argon.cli.CliException;
import dev.argon.controlplane.ControlPlaneConfig;
import dev.argon.node.JsonCodec;
import dev.argon.node.PrivateFile;
import dev.argon.node.token.Scope;
import dev.argon.node.token.TokenClaims;
import dev.argon.node.token.TokenKeys;
import dev.argon.node.token.TokenSigner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// The key pair of a stack, and the token that its storage nodes show each other. Made once, whole
/// or not at all; from then on safekeepers let nobody in without a token.
///
/// ```
/// DIR/keys/private.pem     signs tokens: the control plane's
/// DIR/keys/public.pem      checks them: the safekeepers'
/// DIR/keys/storage.token   scope "safekeeperdata": safekeepers' and pageservers'
/// ```
final class StackKeys {

  private final Path path;

  StackKeys(StackDirectory directory) {
    path = directory.path().resolve("keys");
  }

  /// Whether they have been made.
  boolean exist() {
    return Files.isDirectory(path);
  }

  /// Makes them, durably.
  void make(StackDirectory directory, ProcessUser user) throws IOException {
    Path incomplete = directory.path().resolve("keys.new");
    StackKeys made = new StackKeys(incomplete);
    made.delete(); // left by a start that did not get further
    Files.createDirectory(
        incomplete,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    TokenKeys.make(made.privateKey(), made.publicKey());
    TokenSigner signer = TokenSigner.of(made.privateKey());
    PrivateFile.write(
        made.storageToken(), signer.sign(TokenClaims.of(Scope.SAFEKEEPER_DATA)) + "\n");
    for (Path file : made.files()) {
      user.give(file);
      StackDirectory.sync(file);
    }
    user.give(incomplete);
    StackDirectory.sync(incomplete);
    Files.move(incomplete, path, StandardCopyOption.ATOMIC_MOVE);
    directory.syncEntries();
  }

  /// To be called before a process is started. Without the keys it would let everybody in, though
  /// those beside it do not.
  ///
  /// @throws CliException if the others were started with keys that are not there any more
  void checkNotLost(StackDirectory directory) throws IOException, CliException {
    Path config = ProcessConfigs.file(directory, ProcessPlan.Kind.CONTROL_PLANE, "control-plane");
    if (!exist()
        && Files.exists(config)
        && JsonCodec.fromText(Files.readString(config), ControlPlaneConfig.class).tokenPrivateKey()
            != null) {
      throw new CliException(
          path
              + " is gone, and there are processes that were started with it: bring it back, or"
              + " make new keys with `argon down` and `argon up`");
    }
  }

  private StackKeys(Path path) {
    this.path = path;
  }

  Path privateKey() {
    return path.resolve("private.pem");
  }

  Path publicKey() {
    return path.resolve("public.pem");
  }

  Path storageToken() {
    return path.resolve("storage.token");
  }

  private List<Path> files() {
    return List.of(privateKey(), publicKey(), storageToken());
  }

  private void delete() throws IOException {
    for (Path file : files()) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(path);
  }
}
