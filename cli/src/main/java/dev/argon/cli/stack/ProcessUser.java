package dev.argon.cli.stack;

import dev.argon.cli.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;

/// As whom the stack's processes run: PostgreSQL refuses to run as root, so root runs them as the
/// package's user.
public record ProcessUser(boolean isRoot) {

  private static final String NAME = "postgres";

  /// Who runs this command.
  public static ProcessUser current() {
    return new ProcessUser("root".equals(System.getProperty("user.name")));
  }

  /// What goes before a command.
  public List<String> prefix() {
    return isRoot
        ? List.of("setpriv", "--reuid=" + NAME, "--regid=" + NAME, "--init-groups")
        : List.of();
  }

  /// Makes a file or directory his.
  public void give(Path path) throws IOException {
    if (!isRoot) {
      return;
    }
    UserPrincipalLookupService users = path.getFileSystem().getUserPrincipalLookupService();
    UserPrincipal owner = users.lookupPrincipalByName(NAME);
    GroupPrincipal group = users.lookupPrincipalByGroupName(NAME);
    PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    view.setOwner(owner);
    view.setGroup(group);
  }

  /// @throws CliException if he cannot come to this directory
  void checkReach(Path directory) throws IOException, InterruptedException, CliException {
    if (!isRoot) {
      return;
    }
    Process test =
        new ProcessBuilder(
                "setpriv",
                "--reuid=" + NAME,
                "--regid=" + NAME,
                "--init-groups",
                "test",
                "-w",
                directory.toString())
            .start();
    if (test.waitFor() != 0) {
      throw new CliException(
          "the user "
              + NAME
              + " cannot reach "
              + directory
              + ": choose a directory outside of private ones with --data");
    }
  }
}
