package dev.argon.compute.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SocketDirectoryTest {

  private static final int PORT = 54321;

  @TempDir Path directory;

  /// With 107 bytes PostgreSQL listened, and nobody here ever reached it.
  @ParameterizedTest
  @ValueSource(ints = {100, 105, 106, 107, 108, 120})
  void addressCanBeConnectedToHoweverLongThePath(int bytes) throws Exception {
    Path start = startDirectory(bytes);

    try (SocketDirectory sockets = SocketDirectory.create(start, PORT);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      UnixDomainSocketAddress address = UnixDomainSocketAddress.of(sockets.address());
      server.bind(address);

      try (SocketChannel client = SocketChannel.open(address)) {
        assertThat(client.isConnected()).isTrue();
      }
      assertThat(sockets.path().startsWith(start)).isEqualTo(bytes <= 106);
    }
  }

  /// In which the socket's address has so many bytes.
  private Path startDirectory(int bytes) throws Exception {
    int rest = bytes - ("/sock/.s.PGSQL." + PORT).length() - directory.toString().length() - 1;
    return Files.createDirectory(directory.resolve("d".repeat(rest)));
  }
}
