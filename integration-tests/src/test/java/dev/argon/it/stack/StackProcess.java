package dev.argon.it.stack;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// One process of `argon status --json`.
///
/// @param health `ok`, `degraded`, `failed`, or what status says of one that does not run
/// @param pid 0 if it does not run
public record StackProcess(
    String kind,
    String name,
    long pid,
    Map<String, String> addresses,
    Path directory,
    String health,
    List<String> reasons,
    Json all) {

  static StackProcess of(Json json) {
    var addresses = new java.util.TreeMap<String, String>();
    if (json.has("addresses")) {
      json.at("addresses").fields().forEach((name, value) -> addresses.put(name, value + ""));
    }
    return new StackProcess(
        json.at("kind").text(),
        json.at("name").text(),
        json.has("pid") ? json.at("pid").number() : 0,
        Map.copyOf(addresses),
        Path.of(json.has("directory") ? json.at("directory").text() : "/"),
        json.has("health") ? json.at("health").text() : "none",
        json.has("reasons")
            ? json.at("reasons").list().stream().map(Json::text).toList()
            : List.of(),
        json);
  }
}
