package dev.argon.safekeeper.push;

import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The command `START_WAL_PUSH [(name 'value', ...)]`. Of the options `proto_version` counts, which
/// must be 3; `allow_timeline_creation` is accepted whatever it says, for a push never creates a
/// timeline; others are for other servers.
final class PushCommand {

  private static final String VERSION = "3";

  /// What a proposer means that does not say (Neon's rule).
  private static final String VERSION_UNSAID = "2";

  private static final String OPTION = "\\s*([a-z_]{1,64})\\s+'([^']*)'\\s*";
  private static final Pattern ONE = Pattern.compile(OPTION, Pattern.CASE_INSENSITIVE);
  private static final Pattern FORM =
      Pattern.compile(
          "START_WAL_PUSH(?:\\s*\\((" + OPTION + "(?:," + OPTION + ")*)\\))?\\s*;?\\s*",
          Pattern.CASE_INSENSITIVE);

  private PushCommand() {}

  /// @throws PgErrorException if it is no such command, or wants another version of the protocol
  static void check(String command) throws PgErrorException {
    Matcher form = FORM.matcher(command);
    if (!form.matches()) {
      throw new PgErrorException(SqlState.SYNTAX_ERROR, "cannot understand: " + command);
    }
    String version = VERSION_UNSAID;
    String options = form.group(1);
    Matcher option = ONE.matcher(options == null ? "" : options);
    while (option.find()) {
      if (option.group(1).equalsIgnoreCase("proto_version")) {
        version = option.group(2);
      }
    }
    if (!version.equals(VERSION)) {
      throw new PgErrorException(
          SqlState.FEATURE_NOT_SUPPORTED,
          "version "
              + version
              + " of the proposers' protocol is not supported, ask with (proto_version '3')");
    }
  }
}
