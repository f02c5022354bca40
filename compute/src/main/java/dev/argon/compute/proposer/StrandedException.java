package dev.argon.compute.proposer;

/// The end of the log that this proposer was elected with, which nobody had committed, is gone with
/// the safekeeper that had it. Another election starts lower.
public final class StrandedException extends Exception {

  private static final long serialVersionUID = 1;

  public StrandedException(String message) {
    super(message);
  }
}
