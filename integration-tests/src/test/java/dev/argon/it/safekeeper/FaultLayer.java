package dev.argon.it.safekeeper;

import dev.argon.it.process.NativeLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/// Makes file calls of other processes fail, by rules that may change while they run. How is told
/// in `src/test/native/faults.c`.
final class FaultLayer {

  static final int EIO = 5;
  static final int ENOSPC = 28;

  private static final int RULES = 16;
  private static final int RULE_BYTES = 256;
  private static final int PATH_BYTES = 200;
  private static final int ACTIVE = PATH_BYTES;
  private static final int ERROR = PATH_BYTES + 4;
  private static final int SKIP = PATH_BYTES + 8;
  private static final int HITS = PATH_BYTES + 12;

  private final Path library;
  private final Path control;
  private final MappedByteBuffer rules;
  private int used;

  /// What is made to fail.
  enum Call {
    WRITE(1),
    SYNC(2),
    READ(3),
    /// A question for the file system's room, by path: the answer is "none".
    ROOM(4);

    private final int number;

    Call(int number) {
      this.number = number;
    }
  }

  /// A rule that is in force until [#clear].
  final class Rule {

    private final int at;

    private Rule(int at) {
      this.at = at;
    }

    /// How many calls it has made to fail.
    int hits() {
      return rules.getInt(at + HITS);
    }
  }

  /// @param workspace holds the library and the rules
  FaultLayer(Path workspace) {
    library = workspace.resolve("libfaults.so");
    control = workspace.resolve("faults");
    NativeLibrary.compile(library, "-ldl", List.of("faults.c"));
    try {
      Files.write(control, new byte[RULES * RULE_BYTES]);
      Files.setPosixFilePermissions(control, PosixFilePermissions.fromString("rw-rw-rw-"));
      try (FileChannel channel =
          FileChannel.open(control, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        rules = channel.map(FileChannel.MapMode.READ_WRITE, 0, RULES * RULE_BYTES);
        rules.order(ByteOrder.nativeOrder());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What a process must find in its environment.
  Map<String, String> environment() {
    return Map.of("LD_PRELOAD", library.toString(), "DISKFAULT_CONTROL", control.toString());
  }

  /// From now on calls on files whose path contains `path` fail.
  ///
  /// @param error errno
  Rule fail(String path, Call call, int error) {
    return fail(path, call, error, 0);
  }

  /// As [#fail(String, Call, int)], but the first `skip` calls are left alone.
  Rule fail(String path, Call call, int error, int skip) {
    int at = used++ * RULE_BYTES;
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    rules.put(at, ByteBuffer.allocate(PATH_BYTES).put(name).clear().array());
    rules.putInt(at + ERROR, error);
    rules.putInt(at + SKIP, skip);
    rules.putInt(at + HITS, 0);
    rules.putInt(at + ACTIVE, call.number);
    return new Rule(at);
  }

  /// From now on calls on such files do half of what they are asked, and say so.
  Rule halve(String path, Call call) {
    return fail(path, call, 0, 0);
  }

  /// Everything works again; what the rules counted stays until they are made anew.
  void clear() {
    for (int rule = 0; rule < used; rule++) {
      rules.putInt(rule * RULE_BYTES + ACTIVE, 0);
    }
    used = 0;
  }
}
