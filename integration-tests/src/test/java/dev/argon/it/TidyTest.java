package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.SynchronizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The house rules that a machine can hold, over the sources of all modules.
class TidyTest {

  private static final int FILE_LINES_MAX = 600;
  private static final int METHOD_LINES_MAX = 70;

  /// Files that may be longer, each with the reason.
  private static final Map<String, String> LONGER_FILES = Map.of();

  /// Methods that may be longer, as `File.method`, each with the reason.
  private static final Map<String, String> LONGER_METHODS = Map.of();

  /// Paths of somebody's machine, and work that was left for later.
  private static final List<Pattern> UNWANTED =
      List.of(
          Pattern.compile("(?<!/var)/tmp" + "/"),
          Pattern.compile("(?<![\\w.$}-])/wo" + "rk/"),
          Pattern.compile("\\b(TO" + "DO|FIX" + "ME|X" + "XX)\\b"));

  private static final Path ROOT = SourceTree.ROOT;

  private static List<Path> sources = List.of();

  @BeforeAll
  static void findSources() throws IOException {
    sources =
        SourceTree.files(".java").stream()
            .filter(file -> ROOT.relativize(file).toString().contains("src/"))
            .toList();
    assertThat(sources).hasSizeGreaterThan(30);
  }

  @Test
  void filesHaveOneSubject() throws IOException {
    List<String> found = new ArrayList<>();
    List<Path> all = new ArrayList<>(sources);
    all.addAll(SourceTree.files(".c", ".h"));
    for (Path file : all) {
      long lines = lines(file).size();
      if (lines > FILE_LINES_MAX && !LONGER_FILES.containsKey(file.getFileName().toString())) {
        found.add("%s has %d lines".formatted(ROOT.relativize(file), lines));
      }
    }

    assertThat(found).isEmpty();
  }

  @Test
  void everyPackageIsNullMarkedAndSaysWhatItIsFor() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path directory : new TreeSet<>(sources.stream().map(Path::getParent).toList())) {
      Path info = directory.resolve("package-info.java");
      // a test's package is described where its main package is
      Path main = Path.of(info.toString().replace("/src/test/", "/src/main/"));
      Path described = Files.exists(main) ? main : info;
      if (!Files.exists(described)) {
        found.add(ROOT.relativize(info) + " is missing");
      } else {
        String text = Files.readString(described);
        if (!text.contains("@NullMarked") || !text.contains("///")) {
          found.add(ROOT.relativize(described) + " lacks @NullMarked or a text");
        }
      }
    }

    assertThat(found).isEmpty();
  }

  @Test
  void nothingNamesAMachineOrIsLeftForLater() throws IOException {
    List<String> found = new ArrayList<>();
    List<Path> all = new ArrayList<>(sources);
    all.addAll(SourceTree.files(".c", ".h", ".md", ".xml", ".properties", ".sql", ".sh"));
    all.add(ROOT.resolve("argon"));
    for (Path file : all) {
      if (!Files.exists(file)) {
        continue;
      }
      List<String> lines = lines(file);
      for (int i = 0; i < lines.size(); i++) {
        for (Pattern pattern : UNWANTED) {
          if (pattern.matcher(lines.get(i)).find()) {
            found.add("%s:%d: %s".formatted(ROOT.relativize(file), i + 1, lines.get(i).strip()));
          }
        }
      }
    }

    assertThat(found).isEmpty();
  }

  @Test
  void sourcesKeepTheHouseRules() throws IOException {
    List<String> found = new ArrayList<>();
    SourceTree.parse(
        sources, (unit, positions) -> new HouseRules(unit, positions, found).scan(unit, null));

    assertThat(found).isEmpty();
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.readAllLines(file);
  }

  /// What is found in one file's tree.
  private static final class HouseRules extends TreeScanner<@Nullable Void, @Nullable Void> {

    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<String> found;
    private final Path file;

    HouseRules(CompilationUnitTree unit, SourcePositions positions, List<String> found) {
      this.unit = unit;
      this.positions = positions;
      this.found = found;
      this.file = ROOT.relativize(Path.of(unit.getSourceFile().toUri()));
    }

    @Override
    public @Nullable Void visitImport(ImportTree tree, @Nullable Void nothing) {
      if (tree.getQualifiedIdentifier().toString().endsWith(".*")) {
        report(tree, "star import");
      }
      return super.visitImport(tree, null);
    }

    @Override
    public @Nullable Void visitMethod(MethodTree tree, @Nullable Void nothing) {
      if (tree.getModifiers().getFlags().contains(Modifier.SYNCHRONIZED)) {
        report(tree, "synchronized: use a ReentrantLock");
      }
      long lines = line(positions.getEndPosition(unit, tree)) - line(start(tree)) + 1;
      String name = file.getFileName().toString().replace(".java", "") + "." + tree.getName();
      if (tree.getBody() != null && lines > METHOD_LINES_MAX && !LONGER_METHODS.containsKey(name)) {
        report(tree, "%s has %d lines".formatted(tree.getName(), lines));
      }
      return super.visitMethod(tree, null);
    }

    @Override
    public @Nullable Void visitSynchronized(SynchronizedTree tree, @Nullable Void nothing) {
      report(tree, "synchronized: use a ReentrantLock");
      return super.visitSynchronized(tree, null);
    }

    @Override
    public @Nullable Void visitMemberSelect(MemberSelectTree tree, @Nullable Void nothing) {
      if (tree.toString().equals("Thread.sleep") && file.toString().contains("src/test/")) {
        report(tree, "Thread.sleep in a test: wait for a condition");
      }
      return super.visitMemberSelect(tree, null);
    }

    private long start(Tree tree) {
      return positions.getStartPosition(unit, tree);
    }

    private long line(long position) {
      return unit.getLineMap().getLineNumber(position);
    }

    private void report(Tree tree, String what) {
      found.add("%s:%d: %s".formatted(file, line(start(tree)), what));
    }
  }
}
