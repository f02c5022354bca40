package dev.argon.quorum;

/// The oldest transactions that standbys still need.
///
/// @param timestampMicros since 2000-01-01 UTC, 0 if no standby has reported
/// @param xmin full transaction id, 0 if none
/// @param catalogXmin full transaction id, 0 if none
public record HotStandbyFeedback(long timestampMicros, long xmin, long catalogXmin) {

  public static final HotStandbyFeedback NONE = new HotStandbyFeedback(0, 0, 0);
}
