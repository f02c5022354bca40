package dev.argon.controlplane.membership;

import dev.argon.identity.NodeId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// What several safekeepers answer to one question.
///
/// @param failures why the others did not
record Answers<T>(Map<NodeId, T> given, Map<NodeId, ApiProblem> failures) {

  /// A request to one of them.
  @FunctionalInterface
  interface Question<T> {
    T ask(NodeId node) throws IOException, ApiProblem;
  }

  /// Asks all at once and waits for each, at most as long as a request may take.
  static <T> Answers<T> of(Collection<NodeId> nodes, Question<T> question)
      throws InterruptedException {
    Map<NodeId, T> given = new ConcurrentHashMap<>();
    Map<NodeId, ApiProblem> failures = new ConcurrentHashMap<>();
    Map<NodeId, Thread> asking = new LinkedHashMap<>();
    for (NodeId node : nodes) {
      asking.put(
          node,
          Thread.ofVirtual()
              .name("ask-safekeeper-" + node)
              .start(() -> {
                try {
                  given.put(node, question.ask(node));
                } catch (ApiProblem problem) {
                  failures.put(node, problem);
                } catch (IOException e) {
                  failures.put(
                      node,
                      new ApiProblem(ProblemCode.UNAVAILABLE, String.valueOf(e.getMessage()), e));
                }
              }));
    }
    for (Thread thread : asking.values()) {
      thread.join();
    }
    return new Answers<>(Map.copyOf(given), Map.copyOf(failures));
  }

  /// @throws ApiProblem if one of them knows of a later configuration than the stored one, which
  ///   can only be when the metadata was restored from an older copy
  void refuseConflicts() throws ApiProblem {
    for (Map.Entry<NodeId, ApiProblem> failure : failures.entrySet()) {
      if (failure.getValue().code() == ProblemCode.CONFLICT) {
        throw new ApiProblem(
            ProblemCode.CONFLICT,
            "safekeeper " + failure.getKey() + " refuses: " + failure.getValue().detail(),
            failure.getValue());
      }
    }
  }

  /// The failures for an error message.
  String reasons() {
    return failures.entrySet().stream()
        .map(failure -> "safekeeper " + failure.getKey() + ": " + failure.getValue().detail())
        .sorted()
        .collect(Collectors.joining("; "));
  }
}
