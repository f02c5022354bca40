package dev.argon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RouterTest {

  private static final Handler ANY = request -> Response.done();
  private static final Handler LITERAL = request -> Response.text("literal");

  private final Router router =
      new Router()
          .get("/v1/tenant/{t}/timeline/{tl}", ANY)
          .get("/v1/tenant/{t}/timeline/all", LITERAL)
          .put("/v1/node", ANY);

  @Test
  void parametersAreTakenFromThePath() throws ApiProblem {
    Router.Match match = router.match("GET", "/v1/tenant/aa/timeline/bb");

    assertThat(match.parameters()).isEqualTo(Map.of("t", "aa", "tl", "bb"));
  }

  @Test
  void literalSegmentsWin() throws ApiProblem {
    assertThat(router.match("GET", "/v1/tenant/aa/timeline/all").handler()).isSameAs(LITERAL);
  }

  @Test
  void anotherMethodAndAnotherPathAreDifferentProblems() {
    assertThatThrownBy(() -> router.match("GET", "/v1/node"))
        .isInstanceOfSatisfying(
            ApiProblem.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.METHOD_NOT_ALLOWED));
    assertThatThrownBy(() -> router.match("GET", "/v1/tenant//timeline/bb"))
        .isInstanceOfSatisfying(
            ApiProblem.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.NOT_FOUND));
  }
}
