package dev.argon.compute.postgres;

/// Who may connect: the operating-system user of the compute itself over the Unix socket (which
/// lies in a directory only it can enter), everybody else over TCP with a SCRAM password. Nobody is
/// trusted.
public final class AccessRules {

  private static final String MAP = "argon";

  private AccessRules() {}

  /// `pg_hba.conf`.
  public static String hostBasedAuthentication() {
    return """
    # Written at each start.
    local all         all     peer map=%1$s
    local replication all     peer map=%1$s
    host  all         all all scram-sha-256
    host  replication all all scram-sha-256
    """
        .formatted(MAP);
  }

  /// `pg_ident.conf`: the compute's user is the superuser.
  public static String identities(String operatingSystemUser, String superuser) {
    return "# Written at each start.\n"
        + MAP
        + " "
        + quoted(operatingSystemUser)
        + " "
        + quoted(superuser)
        + "\n";
  }

  private static String quoted(String token) {
    return '"' + token + '"';
  }
}
