package dev.argon.controlplane.endpoint;

import dev.argon.controlplane.metadata.Endpoint;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.ProblemCode;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.List;

/// Finds a pair of ports for a new endpoint: PostgreSQL's and the one behind it for HTTP.
final class PortAllocation {

  private static final int ENDPOINTS_MAX = 1000;

  private final String host;
  private final int first;

  PortAllocation(String host, int first) {
    this.host = host;
    this.first = first;
  }

  /// The first pair that no endpoint has and nobody listens on now.
  int next(List<Endpoint> endpoints) throws ApiProblem {
    for (int port = first; port < first + 2 * ENDPOINTS_MAX && port < 65535; port += 2) {
      int candidate = port;
      boolean taken = endpoints.stream().anyMatch(endpoint -> endpoint.pgPort() == candidate);
      if (!taken && isFree(port) && isFree(port + 1)) {
        return port;
      }
    }
    throw new ApiProblem(
        ProblemCode.UNAVAILABLE, "no free port from " + first + " on: delete an endpoint");
  }

  private boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new HostPort(host, port).toSocketAddress());
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
