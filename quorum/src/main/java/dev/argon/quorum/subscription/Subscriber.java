package dev.argon.quorum.subscription;

import dev.argon.identity.NodeId;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The node at the other end of a subscription. Node ids of the two kinds are not related.
public record Subscriber(Kind kind, NodeId node) {

  private static final String ID = "\\d{1,18}";

  private static final Pattern COMMAND =
      Pattern.compile(
          "SUBSCRIBE\\s*\\(\\s*node\\s+'("
              + ID
              + ")'\\s*,\\s*kind\\s+'(safekeeper|pageserver)'\\s*\\)\\s*;?",
          Pattern.CASE_INSENSITIVE);

  /// What the node is.
  public enum Kind {
    SAFEKEEPER,
    PAGESERVER
  }

  /// The pageserver that the reader of a stream says to be.
  ///
  /// @param id the option `argon_pageserver`
  /// @throws IllegalArgumentException if it is no node id
  public static Subscriber pageserver(String id) {
    if (!id.matches(ID)) {
      throw new IllegalArgumentException("argon_pageserver is no node id: " + id);
    }
    return new Subscriber(Kind.PAGESERVER, new NodeId(Long.parseLong(id)));
  }

  /// The command that begins a subscription, as the node itself sends it.
  public String command() {
    return "SUBSCRIBE (node '" + node + "', kind '" + kind.name().toLowerCase(Locale.ROOT) + "')";
  }

  /// @throws IllegalArgumentException if this is no such command
  public static Subscriber parse(String command) {
    Matcher matcher = COMMAND.matcher(command.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "cannot understand: " + command + ", it is SUBSCRIBE (node 'ID', kind 'safekeeper')");
    }
    return new Subscriber(
        Kind.valueOf(matcher.group(2).toUpperCase(Locale.ROOT)),
        new NodeId(Long.parseLong(matcher.group(1))));
  }

  @Override
  public String toString() {
    return kind.name().toLowerCase(Locale.ROOT) + " " + node;
  }
}
