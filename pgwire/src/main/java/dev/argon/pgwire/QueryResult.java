package dev.argon.pgwire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a simple query returned: all values in their text form, null for NULL. Of a query with
/// several statements this is the last one's.
///
/// @param commandTag like `SELECT 3`
public record QueryResult(
    List<String> columns, List<List<@Nullable String>> rows, String commandTag) {

  /// The only value of the only row.
  ///
  /// @throws IllegalStateException if it is not one value
  public @Nullable String single() {
    if (rows.size() != 1 || rows.getFirst().size() != 1) {
      throw new IllegalStateException("not one value but " + rows.size() + " rows");
    }
    return rows.getFirst().getFirst();
  }
}
