package dev.argon.cli.stack;

import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;

/// `argon.json`: what was decided when the data directory was made.
///
/// @param formatVersion of the data directory as a whole
/// @param portBase the first of the stack's ports
/// @param pgVersion PostgreSQL's major version
@Json(naming = Json.Naming.LowerUnderscore)
public record StackFile(int formatVersion, int portBase, String locale, int pgVersion) {

  /// The one format this program reads and writes.
  public static final int FORMAT_VERSION = 1;

  public static final int PORT_BASE_DEFAULT = 55430;
  public static final String LOCALE_DEFAULT = "C.UTF-8";
  public static final int PG_VERSION = 15;

  public StackFile {
    JsonCodec.required(locale, "locale");
  }

  StackFile withPortBase(int newBase) {
    return new StackFile(formatVersion, newBase, locale, pgVersion);
  }
}
