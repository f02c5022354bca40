package dev.argon.safekeeper;

import dev.argon.identity.TenantId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.node.RequestGuard;
import dev.argon.node.token.Scope;
import dev.argon.node.token.TokenClaims;
import dev.argon.node.token.TokenException;
import dev.argon.node.token.TokenVerifier;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who may do what over HTTP: everything with scope `safekeeperdata` or `admin`; looking at its own
/// tenant's timelines with scope `tenant`; status and metrics without a token.
final class TokenGuard implements RequestGuard {

  private static final Set<String> OPEN_PATHS = Set.of("/v1/status", "/metrics");

  private final TokenVerifier verifier;

  TokenGuard(TokenVerifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public void check(Head head) throws ApiProblem {
    if (OPEN_PATHS.contains(head.path())) {
      return;
    }
    TokenClaims claims = claims(head);
    boolean isGranted =
        claims.scope() == Scope.SAFEKEEPER_DATA
            || claims.scope() == Scope.ADMIN
            || (head.method().equals("GET") && isOwn(claims, head.parameters().get("tenant")));
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

  private static boolean isOwn(TokenClaims claims, @Nullable String tenant) {
    return claims.scope() == Scope.TENANT
        && tenant != null
        && claims.tenant().map(TenantId::toString).equals(java.util.Optional.of(tenant));
  }
}
