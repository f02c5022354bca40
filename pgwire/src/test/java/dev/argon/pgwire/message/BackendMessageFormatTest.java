package dev.argon.pgwire.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pgwire.message.BackendMessage.Column;
import dev.argon.pgwire.message.BackendMessage.ErrorField;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class BackendMessageFormatTest {

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static BackendMessage asked(AuthenticationRequest request) {
    return new BackendMessage.Authentication(request);
  }

  private static Map<BackendMessage, String> golden() {
    Map<BackendMessage, String> golden = new LinkedHashMap<>();
    golden.put(asked(new AuthenticationRequest.Ok()), "52 00000008 00000000");
    golden.put(asked(new AuthenticationRequest.KerberosV5()), "52 00000008 00000002");
    golden.put(asked(new AuthenticationRequest.CleartextPassword()), "52 00000008 00000003");
    golden.put(
        asked(new AuthenticationRequest.Md5Password(0x01020304)), "52 0000000c 00000005 01020304");
    golden.put(asked(new AuthenticationRequest.Gss()), "52 00000008 00000007");
    golden.put(asked(new AuthenticationRequest.GssContinue(bytes("a"))), "52 00000009 00000008 61");
    golden.put(asked(new AuthenticationRequest.Sspi()), "52 00000008 00000009");
    golden.put(
        asked(new AuthenticationRequest.Sasl(List.of("S", "T"))),
        "52 0000000d 0000000a 5300 5400 00");
    golden.put(
        asked(new AuthenticationRequest.SaslContinue(bytes("r=1"))), "52 0000000b 0000000b 723d31");
    golden.put(
        asked(new AuthenticationRequest.SaslFinal(bytes("v=1"))), "52 0000000b 0000000c 763d31");
    golden.put(
        new BackendMessage.BackendKeyData(258, new SecretKey(new byte[] {1, 2, 3, 4})),
        "4b 0000000c 00000102 01020304");
    golden.put(
        new BackendMessage.BackendKeyData(1, new SecretKey(new byte[32])),
        "4b 00000028 00000001 " + "00".repeat(32));
    golden.put(new BackendMessage.ParseComplete(), "31 00000004");
    golden.put(new BackendMessage.BindComplete(), "32 00000004");
    golden.put(new BackendMessage.CloseComplete(), "33 00000004");
    golden.put(new BackendMessage.CommandComplete("SELECT 1"), "43 0000000d 53454c454354203100");
    golden.put(new BackendMessage.CopyData(bytes("xyz")), "64 00000007 78797a");
    golden.put(new BackendMessage.CopyDone(), "63 00000004");
    golden.put(new BackendMessage.CopyInResponse(1, List.of(1)), "47 00000009 01 0001 0001");
    golden.put(new BackendMessage.CopyOutResponse(0, List.of()), "48 00000007 00 0000");
    golden.put(new BackendMessage.CopyBothResponse(0, List.of()), "57 00000007 00 0000");
    golden.put(
        new BackendMessage.DataRow(List.of(Optional.of(bytes("1")), Optional.empty())),
        "44 0000000f 0002 00000001 31 ffffffff");
    golden.put(new BackendMessage.EmptyQueryResponse(), "49 00000004");
    golden.put(
        new BackendMessage.ErrorResponse(
            List.of(
                new ErrorField('S', "ERROR"),
                new ErrorField('C', "XX000"),
                new ErrorField('M', "no"))),
        "45 00000017 53 4552524f5200 43 585830303000 4d 6e6f00 00");
    golden.put(
        new BackendMessage.NoticeResponse(List.of(new ErrorField('M', "hi"))),
        "4e 00000009 4d 686900 00");
    golden.put(
        new BackendMessage.FunctionCallResponse(Optional.of(bytes("7"))),
        "56 00000009 00000001 37");
    golden.put(new BackendMessage.FunctionCallResponse(Optional.empty()), "56 00000008 ffffffff");
    golden.put(
        new BackendMessage.NegotiateProtocolVersion(2, List.of("_pq_.x")),
        "76 00000013 00030002 00000001 5f70715f2e7800");
    golden.put(new BackendMessage.NoData(), "6e 00000004");
    golden.put(
        new BackendMessage.NotificationResponse(5, "c", "p"), "41 0000000c 00000005 6300 7000");
    golden.put(new BackendMessage.ParameterDescription(List.of(25)), "74 0000000a 0001 00000019");
    golden.put(new BackendMessage.ParameterStatus("a", "b"), "53 00000008 6100 6200");
    golden.put(new BackendMessage.PortalSuspended(), "73 00000004");
    golden.put(new BackendMessage.ReadyForQuery('I'), "5a 00000005 49");
    golden.put(
        new BackendMessage.RowDescription(List.of(new Column("a", 1, 2, 25, -1, -1, 0))),
        "54 0000001a 0001 6100 00000001 0002 00000019 ffff ffffffff 0000");
    return golden;
  }

  @Test
  @DisplayName("PP-9: the bytes of every backend message kind, and back")
  void everyBackendMessageHasItsBytes() throws ProtocolErrorException {
    for (Map.Entry<BackendMessage, String> entry : golden().entrySet()) {
      MessageEncoder encoder = new MessageEncoder();
      entry.getKey().encode(encoder);
      byte[] encoded = Wire.taken(encoder);

      byte[] expected = HexFormat.of().parseHex(entry.getValue().replace(" ", ""));
      assertThat(encoded).as("%s", entry.getKey()).isEqualTo(expected);
      assertThat(
              BackendMessage.decode(
                  expected[0], ByteBuffer.wrap(expected).slice(5, expected.length - 5)))
          .isEqualTo(entry.getKey());
    }
  }

  @Test
  @DisplayName("PP-9: no kind of backend message is left out of the golden bytes")
  void noKindIsLeftOut() {
    assertThat(golden().keySet().stream().map(Object::getClass).distinct())
        .hasSameSizeAs(BackendMessage.class.getPermittedSubclasses());
    assertThat(
            golden().keySet().stream()
                .filter(BackendMessage.Authentication.class::isInstance)
                .map(message -> ((BackendMessage.Authentication) message).request().getClass())
                .distinct())
        .hasSameSizeAs(AuthenticationRequest.class.getPermittedSubclasses());
  }

  @Test
  @DisplayName("PP-9: a string with a zero within is refused, and nothing of it is encoded")
  void aZeroWithinAStringIsRefused() {
    MessageEncoder encoder = new MessageEncoder();
    encoder.begin('C');
    int before = encoder.size();

    assertThatThrownBy(() -> encoder.putCstring("a\0b"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(encoder.size()).isEqualTo(before);
  }

  @Test
  @DisplayName("PP-9: what is taken only in part stays in front of what comes")
  void whatIsNotConsumedStays() {
    MessageEncoder encoder = new MessageEncoder();
    new BackendMessage.CopyData(bytes("abc")).encode(encoder);
    ByteBuffer taken = encoder.take();
    taken.position(6);
    encoder.taken();
    new BackendMessage.NoData().encode(encoder);

    assertThat(Wire.taken(encoder)).isEqualTo(HexFormat.of().parseHex("62636e00000004"));
  }

  @Test
  @DisplayName("PP-5: backend bodies that are cut or too long are errors")
  void cutBodiesAreErrors() {
    golden()
        .forEach((message, hex) -> {
          byte[] whole = HexFormat.of().parseHex(hex.replace(" ", ""));
          byte[] longer = java.util.Arrays.copyOf(whole, whole.length + 1);
          if (!takesTheRest(message)) {
            assertThatThrownBy(() ->
                    BackendMessage.decode(
                        longer[0], ByteBuffer.wrap(longer).slice(5, longer.length - 5)))
                .as("%s", message)
                .isInstanceOf(ProtocolErrorException.class);
            for (int cut = 0; cut < whole.length - 5; cut++) {
              ByteBuffer body = ByteBuffer.wrap(whole).slice(5, cut);
              assertThatThrownBy(() -> BackendMessage.decode(whole[0], body))
                  .as("%s of %d bytes", message, cut)
                  .isInstanceOf(ProtocolErrorException.class);
            }
          }
        });
  }

  private static boolean takesTheRest(BackendMessage message) {
    return message instanceof BackendMessage.CopyData
        || message instanceof BackendMessage.BackendKeyData
        || (message instanceof BackendMessage.Authentication(AuthenticationRequest request)
            && (request instanceof AuthenticationRequest.GssContinue
                || request instanceof AuthenticationRequest.SaslContinue
                || request instanceof AuthenticationRequest.SaslFinal));
  }
}
