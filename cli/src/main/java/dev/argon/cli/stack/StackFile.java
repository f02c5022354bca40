package dev.argon.cli.stack;

import dev.argon.cli.CliException;
import dev.argon.node.JsonCodec;
import io.avaje.jsonb.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// `argon.json`: what was decided about the data directory.
///
/// @param formatVersion of the data directory as a whole
/// @param portBase the first of the stack's ports
/// @param pgVersion PostgreSQL's major version
/// @param safekeepers every one there has been; absent in version 1, which had three
@Json(naming = Json.Naming.LowerUnderscore)
public record StackFile(
    int formatVersion,
    int portBase,
    String locale,
    int pgVersion,
    @Nullable List<SafekeeperPlace> safekeepers) {

  /// The format this program writes; it also reads version 1.
  public static final int FORMAT_VERSION = 2;

  /// Below the ports that Linux gives to outgoing connections (32768 to 60999): one of those on a
  /// server's port would keep it from coming back.
  public static final int PORT_BASE_DEFAULT = 25430;

  public static final String LOCALE_DEFAULT = "C.UTF-8";
  public static final int PG_VERSION = 15;

  private static final int FORMAT_VERSION_WITHOUT_SAFEKEEPERS = 1;
  private static final int SAFEKEEPERS_FIRST = 3;

  /// The first safekeeper's port lies so far from the base; two are taken by each.
  private static final int SAFEKEEPER_PORT_OFFSET = 3;

  /// Endpoints' ports begin so far from the base.
  static final int ENDPOINT_PORT_OFFSET = 20;

  public StackFile {
    JsonCodec.required(locale, "locale");
  }

  /// A stack of three safekeepers.
  static StackFile first(int portBase, String locale) {
    return new StackFile(FORMAT_VERSION, portBase, locale, PG_VERSION, null).completed();
  }

  boolean isReadable() {
    return formatVersion == FORMAT_VERSION || formatVersion == FORMAT_VERSION_WITHOUT_SAFEKEEPERS;
  }

  /// The same in the newest format.
  StackFile completed() {
    return new StackFile(FORMAT_VERSION, portBase, locale, pgVersion, places());
  }

  /// Every safekeeper there has been.
  List<SafekeeperPlace> places() {
    if (safekeepers != null) {
      return List.copyOf(safekeepers);
    }
    List<SafekeeperPlace> first = new ArrayList<>();
    for (int id = 1; id <= SAFEKEEPERS_FIRST; id++) {
      first.add(new SafekeeperPlace(id, portBase + SAFEKEEPER_PORT_OFFSET + 2 * (id - 1), false));
    }
    return first;
  }

  /// Those that are in use.
  List<SafekeeperPlace> used() {
    return places().stream().filter(place -> !place.removed()).toList();
  }

  /// One more, with an id that no other has had and ports that no other has.
  ///
  /// @param wantedId 0 for the next one
  /// @param isFree whether a port is free on this machine
  /// @throws CliException if the id is taken or no ports are left
  StackFile withSafekeeper(long wantedId, IntPredicate isFree) throws CliException {
    List<SafekeeperPlace> all = new ArrayList<>(places());
    long id =
        wantedId == 0 ? all.stream().mapToLong(SafekeeperPlace::id).max().orElse(0) + 1 : wantedId;
    for (SafekeeperPlace place : all) {
      if (place.id() == id) {
        throw new CliException(
            "safekeeper "
                + id
                + (place.removed()
                    ? " was removed and its id is not used again: choose another"
                    : " is there already"));
      }
    }
    all.add(new SafekeeperPlace(id, freePort(isFree), false));
    return new StackFile(FORMAT_VERSION, portBase, locale, pgVersion, all);
  }

  /// Ports that nobody has ever had come first: somebody may still look for him who had them.
  private int freePort(IntPredicate isFree) throws CliException {
    Set<Integer> everUsed = new HashSet<>();
    Set<Integer> used = new HashSet<>();
    places().forEach(place -> everUsed.add(place.pgPort()));
    used().forEach(place -> used.add(place.pgPort()));
    for (Set<Integer> avoided : List.of(everUsed, used)) {
      for (int port = portBase + SAFEKEEPER_PORT_OFFSET;
          port + 1 < portBase + ENDPOINT_PORT_OFFSET;
          port += 2) {
        if (!avoided.contains(port) && isFree.test(port) && isFree.test(port + 1)) {
          return port;
        }
      }
    }
    throw new CliException(
        "no two ports for a safekeeper are free from "
            + (portBase + SAFEKEEPER_PORT_OFFSET)
            + " to "
            + (portBase + ENDPOINT_PORT_OFFSET - 1));
  }

  /// One is out of use.
  StackFile withoutSafekeeper(long id) {
    return new StackFile(
        FORMAT_VERSION,
        portBase,
        locale,
        pgVersion,
        places().stream().map(place -> place.id() == id ? place.asRemoved() : place).toList());
  }
}
