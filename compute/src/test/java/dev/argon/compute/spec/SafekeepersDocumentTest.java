package dev.argon.compute.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.identity.NodeId;
import dev.argon.node.JsonCodec;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.MembershipConfiguration.Member;
import java.util.List;
import org.junit.jupiter.api.Test;

class SafekeepersDocumentTest {

  private static final String JOINT =
      """
      {"generation": 4,
       "members": [{"id": 1, "host": "127.0.0.1", "pg_port": 5001}],
       "new_members": [{"id": 2, "host": "::1", "pg_port": 5002}]}
      """;

  private static MembershipConfiguration read(String json) {
    return JsonCodec.fromText(json, SafekeepersDocument.class).toConfiguration();
  }

  @Test
  void aJointConfigurationHasBothSets() {
    assertThat(read(JOINT))
        .isEqualTo(
            new MembershipConfiguration(
                4,
                List.of(new Member(new NodeId(1), "127.0.0.1", 5001)),
                List.of(new Member(new NodeId(2), "::1", 5002))));
  }

  @Test
  void anyOtherHasNoNewMembers() {
    String text = JOINT.substring(0, JOINT.indexOf(",\n \"new_members\"")) + "}";

    assertThat(read(text).isJoint()).isFalse();
    assertThat(read(text.replace("}]}", "}], \"new_members\": null}")).isJoint()).isFalse();
  }

  @Test
  void whatIsNoConfigurationIsRefused() {
    assertRefused("4,", "0,", "generation");
    assertRefused("5001", "0", "address");
    assertRefused("5001", "65536", "address");
    assertRefused("127.0.0.1", "", "address");
    assertRefused("\"id\": 2", "\"id\": 0", "node id");
    assertRefused("\"members\"", "\"people\"", "members");
    assertRefused("\"generation\": 4", "\"generation\": \"four\"", "number");
  }

  private static void assertRefused(String good, String bad, String named) {
    assertThatThrownBy(() -> read(JOINT.replaceFirst(java.util.regex.Pattern.quote(good), bad)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(named);
  }
}
