package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.MethodTree;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// `docs/testing.md` says for each promised behaviour which test shows it, and it is so.
class BehaviourLabelsTest {

  private static final Path ROOT = SourceTree.ROOT;

  /// The last number of each group of labels.
  private static final Map<String, Integer> GROUPS =
      Map.of("RS", 10, "IP", 5, "RQ", 14, "IC", 8, "LS", 5, "LK", 1, "DC", 8, "CM", 5);

  private static final int SECTION_FIRST = 2;
  private static final int SECTION_LAST = 18;

  private static final Pattern LABEL =
      Pattern.compile("\\b(RS|IP|RQ|IC|LS|LK|DC|CM)-\\d+\\b|§\\d+b?(?!\\w|\\.\\d)");

  /// `` `ClassTest.method` ``, or `` `.method` `` of the class before it, or a class.
  private static final Pattern TEST =
      Pattern.compile("`(?<class>[A-Z]\\w*(?:Test|IT))?(?:\\.(?<method>[a-z]\\w*))?`");

  /// @param text everything behind the label
  /// @param tests as `Class.method`, or `Class`
  private record Row(String label, String text, List<String> tests) {

    boolean isExcused() {
      return text.contains("does not fit: ") || text.contains("not tested");
    }
  }

  private static final List<Row> ROWS = new ArrayList<>();

  /// Classes of tests by their names, with the file of each.
  private static final Map<String, Path> CLASSES = new HashMap<>();

  @BeforeAll
  static void read() throws IOException {
    for (String line : Files.readAllLines(ROOT.resolve("docs/testing.md"))) {
      List<String> cells = List.of(line.split(" ?\\| ?", 3));
      if (cells.size() == 3 && LABEL.matcher(cells.get(1)).matches()) {
        ROWS.add(new Row(cells.get(1), cells.get(2), tests(cells.get(2))));
      }
    }
    for (Path file : SourceTree.files(".java")) {
      if (ROOT.relativize(file).toString().contains("src/test/java/")) {
        CLASSES.put(file.getFileName().toString().replace(".java", ""), file);
      }
    }
  }

  private static List<String> tests(String text) {
    List<String> tests = new ArrayList<>();
    String last = "";
    for (MatchResult found : TEST.matcher(text).results().toList()) {
      @Nullable String name = found.group("class");
      @Nullable String method = found.group("method");
      last = name == null ? last : name;
      if (name != null || method != null) {
        tests.add(method == null ? last : last + "." + method);
      }
    }
    return tests;
  }

  @Test
  void everyLabelHasItsRow() {
    Set<String> missing = new TreeSet<>();
    GROUPS.forEach((group, last) -> {
      for (int number = 1; number <= last; number++) {
        missing.add(group + "-" + number);
      }
    });
    for (int section = SECTION_FIRST; section <= SECTION_LAST; section++) {
      missing.add("§" + section);
    }
    missing.add("§9b");
    ROWS.forEach(row -> missing.remove(row.label()));

    assertThat(missing).isEmpty();
  }

  @Test
  void everyRowNamesATestOrSaysWhyThereIsNone() {
    assertThat(ROWS)
        .allSatisfy(row -> {
          if (!row.isExcused()) {
            assertThat(row.tests()).isNotEmpty().allMatch(test -> test.contains("."));
          }
        });
  }

  @Test
  void everyTestThatIsNamedExists() throws IOException {
    Map<String, Set<String>> methods = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    for (Row row : ROWS) {
      for (String test : row.tests()) {
        String[] parts = test.split("\\.", 2);
        @Nullable Path file = CLASSES.get(parts[0]);
        if (file == null) {
          missing.add(row.label() + ": " + test);
          continue;
        }
        if (!methods.containsKey(parts[0])) {
          methods.put(parts[0], testMethods(file));
        }
        if (parts.length == 2
            && !Objects.requireNonNull(methods.get(parts[0])).contains(parts[1])) {
          missing.add(row.label() + ": " + test);
        }
      }
    }

    assertThat(missing).isEmpty();
    assertThat(methods).hasSizeGreaterThan(30);
  }

  private static Set<String> testMethods(Path file) throws IOException {
    Set<String> methods = new TreeSet<>();
    SourceTree.parse(
        List.of(file),
        (unit, _) ->
            new TreeScanner<@Nullable Void, @Nullable Void>() {
              @Override
              public @Nullable Void visitMethod(MethodTree tree, @Nullable Void nothing) {
                if (tree.getModifiers().getAnnotations().stream()
                    .anyMatch(
                        annotation -> annotation.getAnnotationType().toString().endsWith("Test"))) {
                  methods.add(tree.getName().toString());
                }
                return super.visitMethod(tree, null);
              }
            }.scan(unit, null));
    return methods;
  }

  @Test
  void everyTestThatIsNamedSaysTheLabel() throws IOException {
    Set<String> silent = new TreeSet<>();
    for (Row row : ROWS) {
      for (String test : row.tests()) {
        if (test.contains(".")) {
          String[] parts = test.split("\\.", 2);
          List<String> source =
              Files.readAllLines(Objects.requireNonNull(CLASSES.get(parts[0]), parts[0]));
          if (!labelsOf(commentOf(source, parts[1])).contains(row.label())) {
            silent.add(test + " does not say " + row.label());
          }
        }
      }
    }

    assertThat(silent).isEmpty();
  }

  /// What stands above a method up to an empty line.
  private static List<String> commentOf(List<String> source, String method) {
    int end = 0;
    while (end < source.size() && !source.get(end).contains(" void " + method + "(")) {
      end++;
    }
    int begin = end;
    while (begin > 0 && !source.get(begin - 1).isBlank()) {
      begin--;
    }
    return source.subList(begin, end);
  }

  @Test
  void everyLabelThatATestSaysLeadsToIt() throws IOException {
    List<String> unknown = new ArrayList<>();
    for (var test : CLASSES.entrySet()) {
      if (!test.getKey().matches(".*(Test|IT)")) {
        continue;
      }
      String module = ROOT.relativize(test.getValue()).getName(0).toString();
      if (!Set.of("compute", "integration-tests").contains(module)) {
        continue;
      }
      for (String label : labelsOf(Files.readAllLines(test.getValue()))) {
        if (ROWS.stream()
            .filter(row -> row.label().equals(label))
            .flatMap(row -> row.tests().stream())
            .noneMatch(named -> (named + ".").startsWith(test.getKey() + "."))) {
          unknown.add(test.getKey() + " says " + label + ", whose rows do not name it");
        }
      }
    }

    assertThat(unknown).isEmpty();
  }

  /// What comments say.
  private static Set<String> labelsOf(List<String> lines) {
    Set<String> labels = new TreeSet<>();
    for (String line : lines) {
      int at = line.indexOf("//");
      if (at >= 0) {
        Matcher label = LABEL.matcher(line.substring(at));
        while (label.find()) {
          labels.add(label.group());
        }
      }
    }
    return labels;
  }
}
