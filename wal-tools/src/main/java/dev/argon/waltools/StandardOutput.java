package dev.argon.waltools;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/// Standard output for much text: UTF-8 whatever the locale, written in large pieces. A reader that
/// went away (`| head`) ends the command without a word, unlike a file that cannot be read.
public final class StandardOutput extends Writer {

  private static final int BUFFER_SIZE = 1 << 16;

  /// Nobody reads what is printed.
  public static final class ClosedException extends IOException {
    private static final long serialVersionUID = 1;

    ClosedException(IOException cause) {
      super("nobody reads the output", cause);
    }
  }

  private final OutputStream bytes =
      new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER_SIZE);
  private final Writer characters = new OutputStreamWriter(bytes, StandardCharsets.UTF_8);

  /// Bytes as they are.
  public void write(byte[] raw) throws ClosedException {
    try {
      characters.flush();
      bytes.write(raw);
    } catch (IOException e) {
      throw new ClosedException(e);
    }
  }

  @Override
  public void write(char[] buffer, int offset, int length) throws ClosedException {
    try {
      characters.write(buffer, offset, length);
    } catch (IOException e) {
      throw new ClosedException(e);
    }
  }

  @Override
  public void flush() throws ClosedException {
    try {
      characters.flush();
    } catch (IOException e) {
      throw new ClosedException(e);
    }
  }

  /// Flushes; standard output itself stays open.
  @Override
  public void close() throws ClosedException {
    flush();
  }
}
