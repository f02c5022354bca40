package dev.argon.compute.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;

/// PostgreSQL refuses to run as root, so a compute started by root becomes the user `postgres`
/// before it makes any file.
public final class ServerUser {

  private static final String NAME = "postgres";

  /// passwd(5).
  private static final int UID_FIELD = 2;

  private static final int GID_FIELD = 3;

  private ServerUser() {}

  /// When root: makes the directory, gives it to `postgres`, and becomes that user. Else nothing.
  public static void leaveRoot(Path directory) throws IOException {
    if (Posix.effectiveUserId() != 0) {
      return;
    }
    Files.createDirectories(directory);
    String[] account = account();
    UserPrincipal user =
        directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(NAME);
    Files.setOwner(directory, user);
    Posix.becomeUser(
        NAME, Integer.parseInt(account[UID_FIELD]), Integer.parseInt(account[GID_FIELD]));
  }

  private static String[] account() throws IOException {
    for (String line : Files.readAllLines(Path.of("/etc/passwd"))) {
      String[] fields = line.split(":", -1);
      if (fields.length > GID_FIELD && fields[0].equals(NAME)) {
        return fields;
      }
    }
    throw new IOException("there is no user " + NAME + " to run PostgreSQL as");
  }
}
