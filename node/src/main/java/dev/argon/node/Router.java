package dev.argon.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds the handler of a request by method and path. A pattern is a path whose segments are
/// literal or `{name}`, which matches one segment. Literal segments win over parameters; the order
/// of the calls does not matter. Filled before the server starts, then only read.
public final class Router {

  /// What a request may take if its route does not say more.
  public static final Duration DEADLINE_DEFAULT = Duration.ofSeconds(60);

  private final List<Route> routes = new ArrayList<>();

  public Router get(String pattern, Handler handler) {
    return route("GET", pattern, DEADLINE_DEFAULT, handler);
  }

  public Router post(String pattern, Handler handler) {
    return route("POST", pattern, DEADLINE_DEFAULT, handler);
  }

  public Router put(String pattern, Handler handler) {
    return route("PUT", pattern, DEADLINE_DEFAULT, handler);
  }

  public Router patch(String pattern, Handler handler) {
    return route("PATCH", pattern, DEADLINE_DEFAULT, handler);
  }

  public Router delete(String pattern, Handler handler) {
    return route("DELETE", pattern, DEADLINE_DEFAULT, handler);
  }

  /// @param deadline after which the handler is interrupted and the request answered with 504
  public Router route(String method, String pattern, Duration deadline, Handler handler) {
    routes.add(new Route(method, segments(pattern), deadline, handler));
    return this;
  }

  /// @throws ApiProblem if no route has this path, or none with this method
  Match match(String method, String path) throws ApiProblem {
    List<String> segments = segments(path);
    Route best = null;
    boolean pathKnown = false;
    for (Route route : routes) {
      if (route.matches(segments)) {
        pathKnown = true;
        if (route.method.equals(method) && (best == null || route.literals() > best.literals())) {
          best = route;
        }
      }
    }
    if (best != null) {
      return new Match(best.handler, best.deadline, best.parameters(segments));
    }
    throw pathKnown
        ? new ApiProblem(ProblemCode.METHOD_NOT_ALLOWED, method + " is not possible on " + path)
        : new ApiProblem(ProblemCode.NOT_FOUND, "there is nothing at " + path);
  }

  private static List<String> segments(String path) {
    String trimmed = path.startsWith("/") ? path.substring(1) : path;
    if (trimmed.endsWith("/")) {
      trimmed = trimmed.substring(0, trimmed.length() - 1);
    }
    return List.of(trimmed.split("/", -1));
  }

  record Match(Handler handler, Duration deadline, Map<String, String> parameters) {}

  private record Route(String method, List<String> pattern, Duration deadline, Handler handler) {

    boolean matches(List<String> path) {
      if (path.size() != pattern.size()) {
        return false;
      }
      for (int i = 0; i < path.size(); i++) {
        boolean fits =
            isParameter(pattern.get(i))
                ? !path.get(i).isEmpty()
                : pattern.get(i).equals(path.get(i));
        if (!fits) {
          return false;
        }
      }
      return true;
    }

    long literals() {
      return pattern.stream().filter(segment -> !isParameter(segment)).count();
    }

    Map<String, String> parameters(List<String> path) {
      Map<String, String> parameters = new HashMap<>();
      for (int i = 0; i < path.size(); i++) {
        String segment = pattern.get(i);
        if (isParameter(segment)) {
          parameters.put(segment.substring(1, segment.length() - 1), path.get(i));
        }
      }
      return parameters;
    }

    private static boolean isParameter(String segment) {
      return segment.startsWith("{");
    }
  }
}
