package dev.argon.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ClientSecurity;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.ProblemCode;
import dev.argon.node.ProcessStatus;
import dev.argon.node.token.Scope;
import dev.argon.node.token.TokenClaims;
import dev.argon.node.token.TokenSigner;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.tls.ClientTls;
import dev.argon.pgwire.tls.PemFiles;
import dev.argon.pgwire.tls.SslMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Tokens and TLS, switched on by the configuration.
@Timeout(120)
class SecurityTest {

  private static final TenantId TENANT = TestSafekeeper.KEY.tenant();
  private static final TimelineId TIMELINE = TestSafekeeper.KEY.timeline();
  private static final TenantId OTHER_TENANT = new TenantId(1, 1);
  private static final TimelineId OTHER_TIMELINE = new TimelineId(1, 1);

  @TempDir Path root;
  private final List<TestSafekeeper> safekeepers = new ArrayList<>();
  private TokenSigner signer;

  @BeforeEach
  void keys() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    writeKey("token.private", "PRIVATE KEY", pair.getPrivate());
    writeKey("token.public", "PUBLIC KEY", pair.getPublic());
    signer = TokenSigner.of(root.resolve("token.private"));
    Files.writeString(
        root.resolve("token"), signer.sign(TokenClaims.of(Scope.SAFEKEEPER_DATA)) + "\n");
  }

  @AfterEach
  void stopAll() throws Exception {
    for (TestSafekeeper safekeeper : safekeepers) {
      safekeeper.close();
    }
  }

  private void writeKey(String file, String label, Key key) throws Exception {
    Files.writeString(
        root.resolve(file),
        "-----BEGIN "
            + label
            + "-----\n"
            + Base64.getMimeEncoder().encodeToString(key.getEncoded())
            + "\n-----END "
            + label
            + "-----\n");
  }

  private SafekeeperConfig.Security security(SafekeeperConfig.@Nullable Tls tls) {
    return new SafekeeperConfig.Security(
        root.resolve("token.public").toString(), root.resolve("token").toString(), tls);
  }

  private TestSafekeeper start(int node, SafekeeperConfig.Security security) throws Exception {
    TestSafekeeper safekeeper = TestSafekeeper.start(node, root, security);
    safekeepers.add(safekeeper);
    return safekeeper;
  }

  private HttpJsonClient http(TestSafekeeper safekeeper, TokenClaims claims) {
    return new HttpJsonClient(safekeeper.http(), Duration.ofSeconds(10))
        .withSecurity(new ClientSecurity(Optional.of(signer.sign(claims)), Optional.empty()));
  }

  private static byte[] body(TestSafekeeper... members) throws Exception {
    StringBuilder json = new StringBuilder();
    for (int i = 0; i < members.length; i++) {
      json.append(i == 0 ? "" : ",")
          .append(
              String.format(
                  Locale.ROOT,
                  "{\"id\":%d,\"host\":\"127.0.0.1\",\"pg_port\":%d}",
                  i + 1,
                  members[i].pg().port()));
    }
    return String.format(
            Locale.ROOT,
            "{\"start_lsn\":\"%s\",\"pg_version\":150020,\"system_id\":%d,"
                + "\"wal_seg_size\":1048576,\"generation\":1,\"members\":[%s]}",
            SafekeeperFixture.START,
            TestSafekeeper.SYSTEM_ID,
            json)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void isRefused(ProblemCode code, HttpJsonClient http, String method, String path) {
    assertThatThrownBy(() -> http.send(method, path, new byte[0]))
        .isInstanceOfSatisfying(
            ApiProblem.class, problem -> assertThat(problem.code()).isEqualTo(code));
  }

  @Test
  void httpNeedsATokenOfTheRightScope() throws Exception {
    TestSafekeeper safekeeper = start(1, security(null));
    HttpJsonClient nobody = new HttpJsonClient(safekeeper.http());
    String path = TestSafekeeper.timelinePath();

    assertThat(nobody.get("/v1/status", ProcessStatus.class).health()).isEqualTo("ok");
    isRefused(ProblemCode.UNAUTHORIZED, nobody, "GET", "/v1/timeline");
    HttpJsonClient peer = http(safekeeper, TokenClaims.of(Scope.SAFEKEEPER_DATA));
    byte[] _ = peer.send("POST", path, body(safekeeper));
    HttpJsonClient tenant = http(safekeeper, TokenClaims.of(TestSafekeeper.KEY.tenant()));
    assertThat(tenant.getBytes(path)).isNotEmpty();
    isRefused(ProblemCode.FORBIDDEN, tenant, "DELETE", path);
    isRefused(ProblemCode.FORBIDDEN, tenant, "GET", "/v1/timeline");
    isRefused(ProblemCode.FORBIDDEN, tenant, "GET", path + "/snapshot/2");
    HttpJsonClient compute = http(safekeeper, TokenClaims.of(TENANT, TIMELINE));
    isRefused(ProblemCode.FORBIDDEN, compute, "GET", path);
    isRefused(ProblemCode.FORBIDDEN, compute, "POST", path);
    isRefused(ProblemCode.FORBIDDEN, compute, "POST", "/v1/pull_timeline");
    isRefused(ProblemCode.FORBIDDEN, http(safekeeper, TokenClaims.of(OTHER_TENANT)), "GET", path);
    isRefused(
        ProblemCode.UNAUTHORIZED,
        http(safekeeper, TokenClaims.of(Scope.ADMIN).until(1)),
        "GET",
        path);
    isRefused(
        ProblemCode.FORBIDDEN,
        http(safekeeper, TokenClaims.of(Scope.PAGESERVER_API)),
        "DELETE",
        path);
  }

  private static PgClientSettings with(TestSafekeeper safekeeper, String password) {
    return safekeeper.client().withPassword(password);
  }

  @Test
  void thePasswordOfThePostgresqlPortIsAToken() throws Exception {
    TestSafekeeper safekeeper = start(1, security(null));
    byte[] _ =
        http(safekeeper, TokenClaims.of(Scope.ADMIN))
            .send("POST", TestSafekeeper.timelinePath(), body(safekeeper));
    String own = signer.sign(TokenClaims.of(TestSafekeeper.KEY.tenant()));

    for (String good :
        List.of(
            own,
            signer.sign(TokenClaims.of(TENANT, TIMELINE)),
            signer.sign(TokenClaims.of(Scope.SAFEKEEPER_DATA)))) {
      try (PgClient client = PgClient.connect(with(safekeeper, good))) {
        assertThat(client.query("TIMELINE_STATUS").rows()).hasSize(1);
      }
    }
    for (String bad :
        List.of(
            "",
            own + "x",
            signer.sign(TokenClaims.of(TENANT).until(1)),
            signer.sign(TokenClaims.of(OTHER_TENANT)),
            signer.sign(TokenClaims.of(TENANT, OTHER_TIMELINE)),
            signer.sign(TokenClaims.of(Scope.PAGESERVER_API)))) {
      assertThatThrownBy(() -> PgClient.connect(with(safekeeper, bad)))
          .isInstanceOf(PgErrorException.class)
          .hasMessageContaining("28000")
          .hasMessageNotContaining(own);
    }
    try (PgClient client = PgClient.connect(with(safekeeper, own))) {
      assertThatThrownBy(() -> client.copyBoth("SUBSCRIBE (node '9', kind 'pageserver')"))
          .hasMessageContaining("about all tenants");
    }
  }

  /// A key is replaced in three restarts: both are taken; all who connect get new tokens; the old
  /// one is taken no more.
  @Test
  void aRestartWithRotatedKeysTakesTheNewTokens() throws Exception {
    Path keys = Files.createDirectory(root.resolve("keys"));
    Files.copy(root.resolve("token.public"), keys.resolve("old"));
    String old = signer.sign(TokenClaims.of(Scope.SAFEKEEPER_DATA));
    keys();
    String young = signer.sign(TokenClaims.of(Scope.SAFEKEEPER_DATA));
    SafekeeperConfig.Security security =
        new SafekeeperConfig.Security(keys.toString(), root.resolve("token").toString(), null);

    assertThat(lets(security, old, young)).containsExactly(true, false);
    Files.copy(root.resolve("token.public"), keys.resolve("young"));
    assertThat(lets(security, old, young)).containsExactly(true, true);
    Files.delete(keys.resolve("old"));
    assertThat(lets(security, old, young)).containsExactly(false, true);
  }

  /// Starts a safekeeper on the same directory, and ends it.
  ///
  /// @return for each token whether it is let in, over both ports alike
  private List<Boolean> lets(SafekeeperConfig.Security security, String... tokens)
      throws Exception {
    List<Boolean> answers = new ArrayList<>();
    try (TestSafekeeper safekeeper = TestSafekeeper.start(1, root, security)) {
      for (String token : tokens) {
        boolean overPostgres;
        try (PgClient client = PgClient.connect(with(safekeeper, token))) {
          overPostgres = client.query("SET x = 1").commandTag().equals("SET");
        } catch (PgErrorException e) {
          overPostgres = false;
        }
        boolean overHttp;
        try {
          HttpJsonClient http =
              new HttpJsonClient(safekeeper.http())
                  .withSecurity(new ClientSecurity(Optional.of(token), Optional.empty()));
          overHttp = http.getBytes("/v1/timeline").length > 0;
        } catch (ApiProblem e) {
          overHttp = false;
        }
        assertThat(overHttp).isEqualTo(overPostgres);
        answers.add(overHttp);
      }
    }
    return answers;
  }

  private void keytool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  /// A certificate for 127.0.0.1 that is its own authority.
  private SafekeeperConfig.Tls certificate() throws Exception {
    String store = root.resolve("store.p12").toString();
    keytool(
        "-genkeypair",
        "-alias",
        "a",
        "-keyalg",
        "EC",
        "-dname",
        "CN=safekeeper",
        "-ext",
        "SAN=IP:127.0.0.1",
        "-keystore",
        store,
        "-storepass",
        "secret",
        "-validity",
        "2");
    keytool(
        "-exportcert",
        "-rfc",
        "-alias",
        "a",
        "-file",
        root.resolve("certificate.pem").toString(),
        "-keystore",
        store,
        "-storepass",
        "secret");
    var keys = java.security.KeyStore.getInstance(Path.of(store).toFile(), "secret".toCharArray());
    writeKey("certificate.key", "PRIVATE KEY", keys.getKey("a", "secret".toCharArray()));
    return new SafekeeperConfig.Tls(
        root.resolve("certificate.pem").toString(),
        root.resolve("certificate.key").toString(),
        root.resolve("certificate.pem").toString(),
        true,
        true);
  }

  @Test
  void bothPortsSpeakTlsAndSafekeepersTrustEachOther() throws Exception {
    SafekeeperConfig.Security secure = security(certificate());
    TestSafekeeper first = start(1, secure);
    TestSafekeeper second = start(2, secure);
    Path authority = root.resolve("certificate.pem");
    ClientSecurity admin =
        new ClientSecurity(
            Optional.of(signer.sign(TokenClaims.of(Scope.ADMIN))),
            Optional.of(PemFiles.context(List.of(), PemFiles.authorities(authority))));
    HttpJsonClient one = new HttpJsonClient(first.http()).withSecurity(admin);
    HttpJsonClient other = new HttpJsonClient(second.http()).withSecurity(admin);

    assertThatThrownBy(() -> new HttpJsonClient(first.http()).getBytes("/v1/status"))
        .isInstanceOf(IOException.class);
    for (HttpJsonClient http : List.of(one, other)) {
      byte[] _ = http.send("POST", TestSafekeeper.timelinePath(), body(first, second));
    }
    String token = signer.sign(TokenClaims.of(TestSafekeeper.KEY.tenant()));
    assertThatThrownBy(() -> PgClient.connect(with(first, token)))
        .isInstanceOf(PgErrorException.class);
    ClientTls tls = ClientTls.of(SslMode.VERIFY_FULL).withAuthorities(authority);
    try (PgClient client = PgClient.connect(with(first, token).withTls(tls))) {
      assertThat(client.query("TIMELINE_STATUS").rows()).hasSize(1);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThat(new String(one.getBytes("/v1/debug_dump"), StandardCharsets.UTF_8))
                .contains("\"safekeeper 2\""));
    pullsOverHttps(secure, first, admin);
  }

  private void pullsOverHttps(
      SafekeeperConfig.Security secure, TestSafekeeper donor, ClientSecurity admin)
      throws Exception {
    TestSafekeeper third = start(3, secure);
    HostPort from = donor.http();
    String body =
        String.format(
            Locale.ROOT,
            "{\"tenant_id\":\"%s\",\"timeline_id\":\"%s\",\"http_hosts\":[\"https://%s\"],"
                + "\"mconf\":{\"generation\":2,\"members\":["
                + "{\"id\":1,\"host\":\"127.0.0.1\",\"pg_port\":1},"
                + "{\"id\":3,\"host\":\"127.0.0.1\",\"pg_port\":3}]}}",
            TestSafekeeper.KEY.tenant(),
            TestSafekeeper.KEY.timeline(),
            from);
    byte[] answer =
        new HttpJsonClient(third.http())
            .withSecurity(admin)
            .send("POST", "/v1/pull_timeline", body.getBytes(StandardCharsets.UTF_8));
    assertThat(new String(answer, StandardCharsets.UTF_8)).contains("https://" + from);
  }
}
