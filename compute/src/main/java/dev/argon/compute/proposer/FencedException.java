package dev.argon.compute.proposer;

/// Another compute has been elected for this timeline: this one can never again commit anything.
public final class FencedException extends Exception {

  private static final long serialVersionUID = 1;

  public FencedException(String message) {
    super(message);
  }
}
