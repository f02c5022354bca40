package dev.argon.compute.communicator;

import java.util.function.BooleanSupplier;

/// Answers what SQL functions of the extension ask (`neon_call.c`).
@FunctionalInterface
public interface ServerCalls {

  /// One question.
  ///
  /// @param kind a `CALL_...` of [dev.argon.compute.memory.SharedMemoryLayout]
  /// @param argument what it means depends on the kind
  /// @param takenBack becomes true when nobody waits for the answer any more
  @SuppressWarnings("ArrayRecordComponent") // nobody compares calls
  record Call(int kind, int argument, byte[] payload, BooleanSupplier takenBack) {}

  /// The answer. Called from many threads at a time.
  ///
  /// @throws RefusedException whose message the session gets
  byte[] answer(Call call) throws RefusedException, InterruptedException;

  /// The session gets an error with this message.
  final class RefusedException extends Exception {

    private static final long serialVersionUID = 1;

    public RefusedException(String message) {
      super(message);
    }
  }
}
