package dev.argon.pgwire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Certificates made by openssl: two authorities, and what the first has signed. Each is a pair of
/// PEM files `name.crt` and `name.key`.
record TestCertificates(Path directory) {

  static TestCertificates make(Path directory) throws IOException, InterruptedException {
    TestCertificates made = new TestCertificates(directory);
    made.authority("authority");
    made.authority("stranger");
    made.signed("server", "localhost", "DNS:localhost,IP:127.0.0.1");
    made.signed("elsewhere", "elsewhere.example", "DNS:elsewhere.example");
    made.signed("admin", "admin", "DNS:admin");
    return made;
  }

  Path certificate(String name) {
    return directory.resolve(name + ".crt");
  }

  Path key(String name) {
    return directory.resolve(name + ".key");
  }

  private void authority(String name) throws IOException, InterruptedException {
    openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=" + name,
        "-keyout",
        name + ".key",
        "-out",
        name + ".crt");
  }

  private void signed(String name, String commonName, String alternatives)
      throws IOException, InterruptedException {
    openssl(
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        "/CN=" + commonName,
        "-keyout",
        name + ".key",
        "-out",
        name + ".csr");
    Files.writeString(directory.resolve(name + ".ext"), "subjectAltName=" + alternatives + '\n');
    openssl(
        "x509",
        "-req",
        "-in",
        name + ".csr",
        "-CA",
        "authority.crt",
        "-CAkey",
        "authority.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        name + ".ext",
        "-out",
        name + ".crt");
  }

  private void openssl(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
