package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.powerloss.PowerLossLayer;
import dev.argon.it.process.Command;
import dev.argon.it.process.RunningProcess;
import dev.argon.it.process.TestDirectory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The power-loss layer itself: a program that does what is needed loses nothing, one that forgets
/// a single fsync loses what it did not sync. Both run in a JVM, with the JDK's file calls and
/// SQLite's.
class PowerLossLayerIT {

  private static Path workspace;
  private static Path root;
  private static Set<String> lost;

  @BeforeAll
  static void writeAndLosePower() throws IOException {
    workspace = TestDirectory.create("power");
    root = Files.createDirectory(workspace.resolve("data"));
    PowerLossLayer layer = new PowerLossLayer(workspace, root, List.of("skipped"));
    Process writer =
        Command.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.argon.it.powerloss.ForgetfulWriter",
                root.toString())
            .with(layer.environment())
            .start();
    try (var out =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
      String line = out.readLine();
      assertThat(line).as(() -> errorsOf(writer)).isEqualTo("written");
    } finally {
      RunningProcess.kill(writer.pid());
    }
    lost = layer.losePower();
  }

  @AfterAll
  static void delete() {
    TestDirectory.delete(workspace);
  }

  @Test
  void forcedBytesOfAFileWithADurableNameStay() throws IOException {
    String text = read("synced/forced");

    assertThat(text).hasSize(200_004).startsWith("keptkeptkept\0").endsWith("\0kept");
    assertThat(lost).doesNotContain("synced/forced");
  }

  @Test
  void bytesThatWereNotForcedAreGoneAndTheFileIsEmpty() throws IOException {
    assertThat(read("synced/not-forced")).isEmpty();
    assertThat(lost).contains("synced/not-forced");
  }

  @Test
  void forcedFileWhoseDirectoryWasNotSyncedIsGone() {
    assertThat(root.resolve("unsynced")).isEmptyDirectory();
    assertThat(root.resolve("synced/created-after-sync")).doesNotExist();
    assertThat(lost).contains("unsynced/forced-without-its-name");
  }

  @Test
  void laterBytesThatWereNotForcedAreGone() throws IOException {
    String text = read("synced/written-again");

    assertThat(text).hasSize(200_004).startsWith("keptkeptkept\0").doesNotContain("lost");
    assertThat(text.substring(100_000, 100_004)).isEqualTo("kept");
  }

  @Test
  void eachWayToWriteIsSeen() throws IOException {
    assertThat(read("synced/dsync")).isEqualTo("kept");
    assertThat(read("synced/random-access")).isEqualTo("kept");
    assertThat(read("synced/mapped")).startsWith("kept").doesNotContain("lost");
    assertThat(read("synced/truncated")).hasSize(104).startsWith("ke\0").endsWith("\0kept");
  }

  @Test
  void namesAreThoseOfTheLastSyncOfTheDirectory() throws IOException {
    assertThat(root.resolve("synced/new-name")).doesNotExist();
    assertThat(read("synced/old-name")).contains("kept");
    assertThat(read("synced/deleted-without-sync")).contains("kept");
    assertThat(root.resolve("synced/deleted-for-good")).doesNotExist();
    assertThat(read("synced/replaced")).contains("kept");
  }

  @Test
  void sqliteKeepsWhatItSyncsAndLosesWhatItDoesNot() throws SQLException {
    try (var connection =
            DriverManager.getConnection(
                "jdbc:sqlite:" + root.resolve("database-full/metadata.db"));
        var statement = connection.createStatement();
        var rows = statement.executeQuery("select count(*), sum(v) from t")) {
      assertThat(rows.getLong(1)).isEqualTo(100);
      assertThat(rows.getLong(2)).isEqualTo(5050);
    }
    assertThat(lost).anyMatch(path -> path.startsWith("database-off/metadata.db"));
  }

  private static String read(String path) throws IOException {
    return Files.readString(root.resolve(path), StandardCharsets.ISO_8859_1);
  }

  private static String errorsOf(Process process) {
    try {
      return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
