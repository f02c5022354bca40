package dev.argon.compute.communicator;

import static dev.argon.compute.support.StockCluster.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The shim goes into a server's table of storage managers only if it knows where that is; no
/// server starts without.
class StorageManagerTableTest {

  private static final Path SEARCH = Path.of("extension").toAbsolutePath();
  private static final Path PROGRAM = Path.of("src/test/native/planted_tables.c").toAbsolutePath();

  @TempDir Path directory;

  /// In a program of the test's own, with tables beside it that differ in one entry. §2.
  @ParameterizedTest
  @CsvSource({"0, 0 none", "1, 1 first", "2, 2 none"})
  void tableIsFoundIfItIsThereExactlyOnce(int planted, String found) throws Exception {
    Path program = directory.resolve("planted");
    run(
        "gcc",
        "-std=c11",
        "-D_GNU_SOURCE",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-fPIE",
        "-pie",
        "-Wl,-z,relro",
        "-DPLANTED=" + planted,
        "-I" + SEARCH,
        "-o",
        program.toString(),
        PROGRAM.toString(),
        SEARCH.resolve("neon_search.c").toString());

    assertThat(run(program.toString()).strip()).isEqualTo(found);
  }

  /// The shim looks for a table whose last function is another. §2.
  @Test
  void serverWithAnotherTableDoesNotStart() throws Exception {
    refuses(
        "-Dmdimmedsync=mdclose",
        "found the storage manager table of this server 0 times, expected once");
  }

  /// §2.
  @Test
  void serverOfAnotherVersionDoesNotStart() throws Exception {
    refuses("-DBUILT_FOR_VERSION=150001", "\"neon\" was built for server version 150001, this is");
  }

  /// @param flags for the shim's compiler
  private void refuses(String flags, String reason) throws Exception {
    Path library = ShimBuild.with(directory.resolve("build"), flags);
    Cluster cluster = Cluster.create(directory);
    try (FakePageService pages = FakePageService.start(cluster.unchangedPages())) {
      assertThatThrownBy(() ->
              ShimServer.start(
                  directory.resolve("shim"), cluster, pages.address(), library, Map.of()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("FATAL:  " + reason);
    }
  }
}
