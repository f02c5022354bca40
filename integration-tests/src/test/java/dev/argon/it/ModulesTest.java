package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The modules are those of `docs/architecture.md`, and dependencies point up its table only.
class ModulesTest {

  private static final Path ROOT = Path.of(System.getProperty("argon.root", ".."));

  private static final Pattern DEPENDENCY =
      Pattern.compile(
          "<dependency>\\s*<groupId>dev\\.argon</groupId>\\s*<artifactId>([^<]+)</artifactId>");

  private static List<String> modules() throws IOException {
    return all(
        Pattern.compile("<module>([^<]+)</module>"), Files.readString(ROOT.resolve("pom.xml")));
  }

  @Test
  void modulesAreThoseOfTheArchitecturePageInItsOrder() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/architecture.md"));
    String table = page.substring(page.indexOf("| module |"), page.indexOf("## Rules"));

    List<String> inPage = all(Pattern.compile("(?m)^\\| `([a-z-]+)` \\|"), table);

    assertThat(modules()).isEqualTo(inPage);
  }

  @Test
  void dependenciesPointUpTheTable() throws IOException {
    List<String> modules = modules();
    List<String> wrong = new ArrayList<>();
    for (String module : modules) {
      String pom = Files.readString(ROOT.resolve(module).resolve("pom.xml"));
      for (String dependency : all(DEPENDENCY, pom)) {
        if (modules.indexOf(dependency) >= modules.indexOf(module)) {
          wrong.add(module + " needs " + dependency);
        }
      }
    }

    assertThat(wrong).isEmpty();
  }

  /// Two modules with one package could reach each other's package-private types.
  @Test
  void eachPackageBelongsToOneModule() throws IOException {
    Map<String, String> owners = new HashMap<>();
    List<String> shared = new ArrayList<>();
    for (String module : modules()) {
      Path sources = ROOT.resolve(module).resolve("src/main/java");
      if (!Files.isDirectory(sources)) {
        continue;
      }
      try (Stream<Path> files = Files.walk(sources)) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .map(file -> sources.relativize(file.getParent()).toString().replace('/', '.'))
            .distinct()
            .forEach(name -> {
              String before = owners.put(name, module);
              if (before != null && !before.equals(module)) {
                shared.add(name + " is in " + before + " and in " + module);
              }
            });
      }
    }

    assertThat(shared).isEmpty();
  }

  private static List<String> all(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    List<String> found = new ArrayList<>();
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }
}
