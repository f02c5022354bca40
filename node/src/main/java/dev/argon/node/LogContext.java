package dev.argon.node;

/// Whose work a thread does, for the log lines it writes: bound with
/// `ScopedValue.where(LogContext.CURRENT, context).run(...)`.
///
/// @param tenant a tenant id in text, or empty
/// @param timeline a timeline id in text, or empty
public record LogContext(String tenant, String timeline) {

  public static final ScopedValue<LogContext> CURRENT = ScopedValue.newInstance();

  /// The text in a log line: `tenant/timeline`, the tenant alone, or `-`.
  String label() {
    if (tenant.isEmpty()) {
      return timeline.isEmpty() ? "-" : timeline;
    }
    return timeline.isEmpty() ? tenant : tenant + "/" + timeline;
  }

  static String currentLabel() {
    return CURRENT.isBound() ? CURRENT.get().label() : "-";
  }
}
