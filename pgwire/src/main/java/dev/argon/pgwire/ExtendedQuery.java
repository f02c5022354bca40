package dev.argon.pgwire;

import dev.argon.pgwire.message.BackendMessage;
import dev.argon.pgwire.message.FrontendMessage;
import dev.argon.pgwire.message.FrontendMessage.Target;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The extended protocol, as far as drivers need it for statements without parameters: statements
/// and portals are names for a text, which the [QueryHandler] sees when it is executed.
///
/// A portal is described when it is executed, if its columns are not known before: the order of
/// messages is the same to the client, because nothing comes between.
final class ExtendedQuery {

  private static final int STATEMENTS_MAX = 1000;
  private static final int TEXT_CHARACTERS_MAX = 4 << 20;

  private final PgConnection connection;
  private final MessageWriter writer;
  private final QueryHandler handler;
  private final Map<String, String> statements = new HashMap<>();
  private final Map<String, String> portals = new HashMap<>();

  /// Portals whose client wanted fewer rows than there were; the rest is gone.
  private final Set<String> cutPortals = new HashSet<>();

  private int textCharacters;

  /// After an error everything is skipped up to the next Sync.
  private boolean failed;

  /// A portal whose description is still owed.
  private boolean descriptionOwed;

  ExtendedQuery(PgConnection connection, MessageWriter writer, QueryHandler handler) {
    this.connection = connection;
    this.writer = writer;
    this.handler = handler;
  }

  boolean isSkipping() {
    return failed;
  }

  /// Sync: an error is over, and so are all portals.
  void sync() throws IOException {
    settleDescription();
    failed = false;
    portals.clear();
    cutPortals.clear();
  }

  /// What follows must not come before an answer that is owed.
  void settleDescription() throws IOException {
    if (descriptionOwed) {
      descriptionOwed = false;
      writer.put(new BackendMessage.NoData());
    }
  }

  void fail(PgError error) throws IOException {
    failed = true;
    descriptionOwed = false;
    error.encode(writer);
    writer.flush();
  }

  void parse(FrontendMessage.Parse parse) throws IOException, PgErrorException {
    settleDescription();
    if (!parse.parameterTypes().isEmpty()) {
      throw new PgErrorException(
          SqlState.FEATURE_NOT_SUPPORTED, "statements with parameters are not supported");
    }
    forgetStatement(parse.statement());
    if (statements.size() >= STATEMENTS_MAX
        || textCharacters + parse.text().length() > TEXT_CHARACTERS_MAX) {
      throw new PgErrorException(SqlState.OUT_OF_MEMORY, "too many prepared statements");
    }
    textCharacters += parse.text().length();
    statements.put(parse.statement(), parse.text());
    writer.put(new BackendMessage.ParseComplete());
  }

  private void forgetStatement(String name) {
    @Nullable String before = statements.remove(name);
    if (before != null) {
      textCharacters -= before.length();
    }
  }

  void bind(FrontendMessage.Bind bind) throws IOException, PgErrorException {
    settleDescription();
    if (!bind.parameters().isEmpty()) {
      throw new PgErrorException(
          SqlState.FEATURE_NOT_SUPPORTED, "statements with parameters are not supported");
    }
    if (bind.resultFormats().contains(1)) {
      throw new PgErrorException(
          SqlState.FEATURE_NOT_SUPPORTED, "results in binary format are not supported");
    }
    if (portals.size() >= STATEMENTS_MAX) {
      throw new PgErrorException(SqlState.OUT_OF_MEMORY, "too many portals");
    }
    cutPortals.remove(bind.portal());
    portals.put(bind.portal(), text(statements, "prepared statement", bind.statement()));
    writer.put(new BackendMessage.BindComplete());
  }

  private static String text(Map<String, String> texts, String kind, String name)
      throws PgErrorException {
    @Nullable String text = texts.get(name);
    if (text == null) {
      throw new PgErrorException(
          SqlState.INVALID_STATEMENT_NAME, kind + " \"" + name + "\" does not exist");
    }
    return text;
  }

  void describe(FrontendMessage.Describe describe) throws IOException, PgErrorException {
    settleDescription();
    boolean isStatement = describe.target() == Target.STATEMENT;
    String text =
        isStatement
            ? text(statements, "prepared statement", describe.name())
            : text(portals, "portal", describe.name());
    Optional<List<String>> columns = handler.columns(connection, text);
    if (isStatement) {
      writer.put(new BackendMessage.ParameterDescription(List.of()));
    }
    if (columns.isPresent()) {
      writer.put(
          new BackendMessage.RowDescription(
              columns.get().stream().map(BackendMessage.Column::text).toList()));
    } else if (isStatement) {
      writer.put(new BackendMessage.NoData());
    } else {
      descriptionOwed = true;
    }
  }

  /// @return the text to run
  String execute(FrontendMessage.Execute execute) throws IOException, PgErrorException {
    if (cutPortals.contains(execute.portal())) {
      settleDescription();
      throw new PgErrorException(
          SqlState.FEATURE_NOT_SUPPORTED, "the rest of a result (after a row limit) is not kept");
    }
    return text(portals, "portal", execute.portal());
  }

  /// Remembers that the rows of a portal were cut at the client's limit.
  void cut(String portal) {
    cutPortals.add(portal);
  }

  /// Whether the query about to run must describe its rows; asked once.
  boolean takeDescriptionOwed() {
    boolean owed = descriptionOwed;
    descriptionOwed = false;
    return owed;
  }

  void close(FrontendMessage.Close close) throws IOException {
    settleDescription();
    switch (close.target()) {
      case STATEMENT -> forgetStatement(close.name());
      case PORTAL -> {
        portals.remove(close.name());
        cutPortals.remove(close.name());
      }
    }
    writer.put(new BackendMessage.CloseComplete());
  }
}
