package dev.argon.safekeeper.send;

import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.Term;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The command `START_REPLICATION [SLOT name] [PHYSICAL] X/X [TIMELINE 1] [(term='N')]`. For slots
/// see [ReplicationCommands].
record StartReplication(Lsn startLsn, Optional<Term> term) {

  private static final Pattern FORM =
      Pattern.compile(
          "START_REPLICATION(?:\\s+SLOT\\s+(?:\"[^\"]*\"|\\S+))?(?:\\s+PHYSICAL)?"
              + "\\s+([0-9A-F]{1,8}/[0-9A-F]{1,8})(?:\\s+TIMELINE\\s+(\\d{1,9}))?"
              + "(?:\\s*\\(\\s*term\\s*(?:=\\s*)?'(\\d{1,18})'\\s*\\))?\\s*;?\\s*",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern LOGICAL =
      Pattern.compile(
          "START_REPLICATION(?:\\s+SLOT\\s+\\S+)?\\s+LOGICAL\\s.*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  static StartReplication parse(String text) throws PgErrorException {
    if (LOGICAL.matcher(text).matches()) {
      throw new PgErrorException(
          SqlState.FEATURE_NOT_SUPPORTED, "a safekeeper knows no logical replication");
    }
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new PgErrorException(SqlState.SYNTAX_ERROR, "cannot understand: " + text);
    }
    String timeline = matcher.group(2);
    if (timeline != null && Integer.parseInt(timeline) != 1) {
      throw new PgErrorException(
          SqlState.UNDEFINED_FILE, "requested timeline " + timeline + ", there is only 1");
    }
    String term = matcher.group(3);
    return new StartReplication(
        Lsn.parse(matcher.group(1)),
        term == null ? Optional.empty() : Optional.of(new Term(Long.parseLong(term))));
  }
}
