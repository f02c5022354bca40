package dev.argon.safekeeper;

import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.node.RequestGuard;
import dev.argon.node.token.Scope;
import dev.argon.node.token.TokenClaims;
import dev.argon.node.token.TokenException;
import dev.argon.node.token.TokenVerifier;
import java.lang.System.Logger.Level;
import java.util.Set;

/// Who may do what over HTTP: everything with scope `safekeeperdata` or `admin`; looking at its own
/// tenant's timelines with scope `tenant` for all of them (not with a compute's, which is for one);
/// status and metrics without a token.
final class TokenGuard implements RequestGuard {

  private static final System.Logger LOGGER = System.getLogger(TokenGuard.class.getName());
  private static final Set<String> OPEN_PATHS = Set.of("/v1/status", "/metrics");

  /// The parameter of the path under which safekeepers copy timelines from each other.
  private static final String COPYING = "destination";

  private final TokenVerifier verifier;

  TokenGuard(TokenVerifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public void check(Head head) throws ApiProblem {
    if (OPEN_PATHS.contains(head.path())) {
      return;
    }
    try {
      checkToken(head);
    } catch (ApiProblem e) {
      LOGGER.log(Level.INFO, "{0} {1} is refused: {2}", head.method(), head.path(), e.detail());
      throw e;
    }
  }

  private void checkToken(Head head) throws ApiProblem {
    TokenClaims claims = claims(head);
    boolean isGranted =
        claims.scope() == Scope.SAFEKEEPER_DATA
            || claims.scope() == Scope.ADMIN
            || mayLook(claims, head);
    if (!isGranted) {
      throw new ApiProblem(
          ProblemCode.FORBIDDEN,
          "a token with scope " + claims.scope().wireName() + " is not for this");
    }
  }

  private TokenClaims claims(Head head) throws ApiProblem {
    String token =
        head.token()
            .orElseThrow(() ->
                new ApiProblem(
                    ProblemCode.UNAUTHORIZED, "a token is needed: Authorization: Bearer ..."));
    try {
      return verifier.verify(token);
    } catch (TokenException e) {
      throw new ApiProblem(ProblemCode.UNAUTHORIZED, String.valueOf(e.getMessage()), e);
    }
  }

  /// A token with a timeline is a compute's: it has no business here.
  private static boolean mayLook(TokenClaims claims, Head head) {
    return claims.timeline().isEmpty()
        && head.method().equals("GET")
        && !head.parameters().containsKey(COPYING)
        && claims.isFor(head.parameters().getOrDefault("tenant", ""), "");
  }
}
