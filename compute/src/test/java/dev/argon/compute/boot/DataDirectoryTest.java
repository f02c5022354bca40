package dev.argon.compute.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.CorruptDataException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {

  @TempDir Path start;

  @Test
  void onlyItsOwnerMayEnter() throws Exception {
    DataDirectory data = DataDirectory.create(start);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.path())))
        .isEqualTo("rwx------");
    assertThat(data.path().resolve("pg_wal/archive_status")).isDirectory();
  }

  @Test
  void filesMakeTheirDirectories() throws Exception {
    DataDirectory data = DataDirectory.create(start);

    data.file("base/5/PG_VERSION", "15\n");

    assertThat(data.path().resolve("base/5/PG_VERSION")).hasContent("15\n");
  }

  @Test
  void pathsOutsideAreRefused() throws Exception {
    DataDirectory data = DataDirectory.create(start);

    for (String path : new String[] {"../x", "/etc/x", "base/../../x", "", "."}) {
      assertThatThrownBy(() -> data.file(path, "x"))
          .as(path)
          .isInstanceOf(CorruptDataException.class);
    }
  }

  @Test
  void whatAnotherStartLeftIsNotUsed() throws Exception {
    DataDirectory.create(start);

    assertThatThrownBy(() -> DataDirectory.create(start))
        .isInstanceOf(FileAlreadyExistsException.class);
  }
}
