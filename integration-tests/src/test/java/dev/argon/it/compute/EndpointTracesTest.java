package dev.argon.it.compute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.compute.EndpointTraces.Postmaster;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EndpointTracesTest {

  private static final String HEADER = "key shmid perms size cpid lpid nattch uid gid cuid cgid";

  private static List<String> leftBy(Postmaster postmaster) {
    return EndpointTraces.systemV(
        Stream.of(
            HEADER,
            "  15378475   458752   600   56   9106   9108   0   101   104   101   104"
                + "   1795843643   1795843644   1795843643   4096   0"),
        Set.of(postmaster));
  }

  @Test
  void segmentOfANotedPostmasterIsLeft() {
    assertThat(leftBy(new Postmaster(9106, 1795843641)))
        .containsExactly("id 458752 of process 9106");
  }

  /// Of another server that was killed hours ago. The number came again.
  @Test
  void segmentOfAnEarlierProcessOfThatNumberIsNoTrace() {
    assertThat(leftBy(new Postmaster(9106, 1795890000))).isEmpty();
    assertThat(leftBy(new Postmaster(9108, 1795843641))).isEmpty();
  }
}
