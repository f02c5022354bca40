package dev.argon.waltools.dump;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Takes text and compares it line by line with what a program prints, so that neither has to fit
/// into memory.
final class ExpectedLines extends Writer {

  private static final int DIFFERENCES_MAX = 20;

  private final Process program;
  private final BufferedReader expected;
  private final StringBuilder line = new StringBuilder();
  final List<String> differences = new ArrayList<>();
  long lines;

  ExpectedLines(List<String> command) throws IOException {
    program = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    expected =
        new BufferedReader(
            new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8), 1 << 16);
  }

  @Override
  public void write(char[] buffer, int offset, int length) throws IOException {
    for (int i = offset; i < offset + length; i++) {
      if (buffer[i] == '\n') {
        endLine();
      } else {
        line.append(buffer[i]);
      }
    }
  }

  private void endLine() throws IOException {
    String actual = line.toString();
    line.setLength(0);
    lines++;
    String wanted = Objects.requireNonNullElse(expected.readLine(), "(no more lines)");
    if (!wanted.equals(actual) && differences.size() < DIFFERENCES_MAX) {
      differences.add("expected: " + wanted + "\n  actual: " + actual);
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() throws IOException {
    String more = expected.readLine();
    if (more != null) {
      differences.add("not printed: " + more);
    }
    expected.close();
    program.destroy();
  }
}
