package dev.argon.pgwire.message;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LayersTest {

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.argon.pgwire");

  @Test
  @DisplayName("PP-8: what parses depends on nothing that does I/O")
  void parsingKnowsNoIo() {
    noClasses()
        .that()
        .resideInAPackage("dev.argon.pgwire.message")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.argon.pgwire",
            "dev.argon.pgwire.tls",
            "java.io",
            "java.net..",
            "java.nio.channels..",
            "java.nio.file..",
            "javax.net..")
        .check(CLASSES);
  }

  @Test
  @DisplayName("PP-8: TLS knows nothing of the protocol above it")
  void tlsKnowsNoProtocol() {
    noClasses()
        .that()
        .resideInAPackage("dev.argon.pgwire.tls")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.argon.pgwire", "dev.argon.pgwire.message")
        .check(CLASSES);
  }
}
