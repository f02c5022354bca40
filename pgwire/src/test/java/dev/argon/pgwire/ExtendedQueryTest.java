package dev.argon.pgwire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pgwire.message.FrontendMessage;
import dev.argon.pgwire.message.MessageEncoder;
import dev.argon.pgwire.message.StartupPacket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ExtendedQueryTest {

  private static final FrontendMessage SYNC = new FrontendMessage.Sync();
  private static final FrontendMessage LEAVE = new FrontendMessage.Terminate();

  private PgServer server;

  @BeforeEach
  void start() throws IOException {
    QueryHandler handler =
        new QueryHandler() {
          @Override
          public void query(PgConnection connection, String text)
              throws IOException, PgErrorException {
            answer(connection, text);
          }

          @Override
          public Optional<List<String>> columns(PgConnection connection, String text) {
            return text.equals("known") ? Optional.of(List.of("k")) : Optional.empty();
          }
        };
    server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            PgServerSettings.storage("extended"),
            handler);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private static void answer(PgConnection connection, String text)
      throws IOException, PgErrorException {
    if (text.startsWith("SET ")) {
      connection.commandComplete("SET");
      return;
    }
    switch (text) {
      case "rows" -> {
        connection.rowDescription("a", "b");
        connection.dataRow("1", null);
        connection.dataRow("2", "zwei");
        connection.commandComplete("SELECT 2");
      }
      case "known" -> {
        connection.rowDescription("k");
        connection.dataRow("v");
        connection.commandComplete("SELECT 1");
      }
      default -> throw new PgErrorException(SqlState.SYNTAX_ERROR, "unknown: " + text);
    }
  }

  private Connection jdbc(String more) throws IOException, SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + server.port() + "/d?user=u&sslmode=disable" + more);
  }

  private static void requireRows(ResultSet rows) throws SQLException {
    assertThat(rows.getMetaData().getColumnName(2)).isEqualTo("b");
    assertThat(rows.next()).isTrue();
    assertThat(rows.getInt("a")).isOne();
    assertThat(rows.getString("b")).isNull();
    assertThat(rows.next()).isTrue();
    assertThat(rows.getString(2)).isEqualTo("zwei");
    assertThat(rows.next()).isFalse();
  }

  @Test
  @DisplayName(
      "PP-6: pgjdbc runs statements, prepared ones too, in the extended and simple protocol")
  void aDriverRunsStatementsWithoutParameters() throws Exception {
    for (String mode : List.of("", "&preferQueryMode=simple", "&prepareThreshold=1")) {
      try (Connection connection = jdbc(mode);
          Statement statement = connection.createStatement()) {
        requireRows(statement.executeQuery("rows"));
        assertThatThrownBy(() -> statement.executeQuery("nonsense"))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42601"));
        assertThat(statement.executeUpdate("SET a = b")).isZero();
        try (PreparedStatement prepared = connection.prepareStatement("rows")) {
          for (int i = 0; i < 8; i++) {
            requireRows(prepared.executeQuery());
          }
        }
        assertThat(connection.isValid(5)).isTrue();
      }
    }
  }

  @Test
  @DisplayName("PP-6: a statement with parameters is answered by an error, not by a hang")
  void parametersAreRefused() throws Exception {
    try (Connection connection = jdbc("")) {
      try (PreparedStatement prepared = connection.prepareStatement("select ?")) {
        prepared.setInt(1, 5);
        assertThatThrownBy(prepared::executeQuery)
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("0A000"));
      }
      try (Statement statement = connection.createStatement()) {
        requireRows(statement.executeQuery("rows"));
      }
    }
  }

  /// Sends all at once; the answer, as text, without what start-up said.
  private String exchange(FrontendMessage... messages) throws IOException {
    MessageEncoder encoder = new MessageEncoder();
    new StartupPacket.Start(3, 0, Map.of("user", "u")).encode(encoder);
    for (FrontendMessage message : messages) {
      message.encode(encoder);
    }
    ByteBuffer encoded = encoder.take();
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(bytes);
      String all = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      return all.substring(all.indexOf("Z\0\0\0\5I") + 6);
    }
  }

  private static FrontendMessage parse(String text) {
    return new FrontendMessage.Parse("s", text, List.of());
  }

  private static FrontendMessage bind(String statement) {
    return new FrontendMessage.Bind("", statement, List.of(), List.of(), List.of());
  }

  private static FrontendMessage describe(FrontendMessage.Target target, String name) {
    return new FrontendMessage.Describe(target, name);
  }

  private static FrontendMessage execute(int rowLimit) {
    return new FrontendMessage.Execute("", rowLimit);
  }

  @Test
  @DisplayName("PP-6: Execute sends no ReadyForQuery, Sync does")
  void onlySyncIsReady() throws IOException {
    String answer = exchange(parse("SET x"), bind("s"), execute(0), execute(0), SYNC, LEAVE);
    assertThat(answer)
        .isEqualTo("1\0\0\0\0042\0\0\0\004C\0\0\0\u0008SET\0C\0\0\0\u0008SET\0Z\0\0\0\5I");
  }

  @Test
  @DisplayName("PP-6: a described statement tells its columns if they are known, else no data")
  void statementsAreDescribed() throws IOException {
    String known =
        exchange(parse("known"), describe(FrontendMessage.Target.STATEMENT, "s"), SYNC, LEAVE);
    assertThat(known).startsWith("1\0\0\0\004t\0\0\0\6\0\0T").contains("k\0").endsWith("I");
    String unknown =
        exchange(parse("rows"), describe(FrontendMessage.Target.STATEMENT, "s"), SYNC, LEAVE);
    assertThat(unknown).isEqualTo("1\0\0\0\004t\0\0\0\6\0\0n\0\0\0\004Z\0\0\0\5I");
    String executed =
        exchange(
            parse("known"),
            bind("s"),
            describe(FrontendMessage.Target.PORTAL, ""),
            execute(0),
            SYNC,
            LEAVE);
    assertThat(executed.chars().filter(c -> c == 'T').count())
        .as(executed)
        .isEqualTo(2); // T, SELECT
  }

  @Test
  @DisplayName("PP-6: a described portal that is not executed is still answered")
  void aDescriptionIsNeverOwedForEver() throws IOException {
    String answer =
        exchange(
            parse("rows"), bind("s"), describe(FrontendMessage.Target.PORTAL, ""), SYNC, LEAVE);
    assertThat(answer).isEqualTo("1\0\0\0\0042\0\0\0\004n\0\0\0\004Z\0\0\0\5I");
  }

  @Test
  @DisplayName(
      "PP-6: errors skip to the next Sync: the rest of a result, unknown names, binary results")
  void errorsSkipToSync() throws IOException {
    assertThat(exchange(parse("rows"), bind("s"), execute(1), execute(0), SYNC, LEAVE))
        .contains("s\0\0\0\4E")
        .contains("C0A000")
        .doesNotContain("zwei")
        .endsWith("Z\0\0\0\5I");
    assertThat(exchange(parse("rows"), bind("s"), execute(2), SYNC, LEAVE))
        .contains("zwei")
        .contains("SELECT 2");
    assertThat(exchange(bind("nobody"), execute(0), SYNC, LEAVE))
        .contains("C26000")
        .endsWith("Z\0\0\0\5I");
    assertThat(
            exchange(
                parse("rows"),
                new FrontendMessage.Bind("", "s", List.of(), List.of(), List.of(1)),
                SYNC,
                LEAVE))
        .contains("C0A000");
    assertThat(
            exchange(
                parse("rows"),
                new FrontendMessage.Close(FrontendMessage.Target.STATEMENT, "s"),
                bind("s"),
                SYNC,
                new FrontendMessage.Query("rows"),
                LEAVE))
        .contains("3\0\0\0\4E")
        .contains("zwei");
  }

  @Test
  @DisplayName("PP-6: an empty query and a function call have their answers")
  void oddMessagesHaveTheirAnswers() throws IOException {
    assertThat(exchange(new FrontendMessage.Query(" "), LEAVE)).isEqualTo("I\0\0\0\4Z\0\0\0\5I");
    assertThat(exchange(new FrontendMessage.FunctionCall(1, List.of(), List.of(), 0), LEAVE))
        .contains("C0A000")
        .endsWith("Z\0\0\0\5I");
  }
}
