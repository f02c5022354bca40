package dev.argon.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// The configuration of a process: one JSON file read once at its start into a record that checks
/// itself.
public final class ConfigFile {

  private static final long SIZE_MAX_BYTES = 1 << 20;

  private ConfigFile() {}

  /// @throws ExitException naming the file and what is wrong in it
  public static <T> T read(Path file, Class<T> type) throws ExitException {
    try {
      if (Files.size(file) > SIZE_MAX_BYTES) {
        throw new ExitException(ExitException.COULD_NOT_START, file + " is too large to be ours");
      }
      return JsonCodec.fromBytes(Files.readAllBytes(file), type);
    } catch (NoSuchFileException e) {
      throw new ExitException(ExitException.COULD_NOT_START, "there is no file " + file, e);
    } catch (IOException | IllegalArgumentException e) {
      throw new ExitException(
          ExitException.COULD_NOT_START, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /// The file behind one option of the command line, as in `--config FILE`.
  ///
  /// @throws ExitException if the arguments are anything but that option and its value
  public static Path option(String name, String[] arguments) throws ExitException {
    if (arguments.length != 2 || !arguments[0].equals(name)) {
      throw new ExitException(ExitException.COULD_NOT_START, "usage: " + name + " FILE");
    }
    return Path.of(arguments[1]);
  }
}
