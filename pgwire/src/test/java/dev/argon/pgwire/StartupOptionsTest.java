package dev.argon.pgwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartupOptionsTest {

  @Test
  void optionItemsAreParsed() throws ProtocolException {
    assertThat(StartupOptions.parse("-c tenant_id=ab timeline_id=cd"))
        .isEqualTo(Map.of("tenant_id", "ab", "timeline_id", "cd"));
    assertThat(StartupOptions.parse("  -ca=b\t-c x=y\\ z\\\\ "))
        .isEqualTo(Map.of("a", "b", "x", "y z\\"));
    assertThat(StartupOptions.parse("")).isEmpty();
    assertThatThrownBy(() -> StartupOptions.parse("junk")).isInstanceOf(ProtocolException.class);
  }

  @Test
  void optionItemsSurviveFormatting() throws ProtocolException {
    Map<String, String> items = new LinkedHashMap<>();
    items.put("a", "with space");
    items.put("b", "back\\slash");
    assertThat(StartupOptions.parse(StartupOptions.format(items))).isEqualTo(items);
  }
}
