package dev.argon.node;

/// Whose work a thread does, for the log lines it writes: bound with
/// `ScopedValue.where(LogContext.CURRENT, context).run(...)`.
///
/// @param tenant a tenant id in text, or empty
/// @param timeline a timeline id in text, or empty
/// @param activity what is being done, like `WAL receiver 17`, or empty
public record LogContext(String tenant, String timeline, String activity) {

  public static final ScopedValue<LogContext> CURRENT = ScopedValue.newInstance();

  /// No activity of its own.
  public LogContext(String tenant, String timeline) {
    this(tenant, timeline, "");
  }

  /// The text in a log line: `tenant/timeline`, the tenant alone, or `-`; then the activity.
  String label() {
    String whose = tenant.isEmpty() ? timeline : tenant;
    if (!tenant.isEmpty() && !timeline.isEmpty()) {
      whose = tenant + "/" + timeline;
    }
    String label = whose.isEmpty() ? "-" : whose;
    return activity.isEmpty() ? label : label + " " + activity;
  }

  static String currentLabel() {
    return CURRENT.isBound() ? CURRENT.get().label() : "-";
  }
}
