package dev.argon.compute.boot;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;

/// Names of relation files below the data directory (`GetRelationPath`, relpath.c).
public final class RelationPath {

  /// `RELSEG_SIZE` of Debian's build: a gigabyte.
  public static final int SEGMENT_BLOCKS = 131_072;

  public static final int BLOCK_BYTES = 8192;

  private RelationPath() {}

  /// The first segment of a fork; later ones append `.1`, `.2`, ...
  ///
  /// @throws CorruptDataException if it lies in a tablespace: a compute has none
  public static String of(RelFileNode relation, int fork) throws CorruptDataException {
    if (fork < 0 || fork >= Fork.COUNT) {
      throw new CorruptDataException("relation " + relation + " has no fork " + fork);
    }
    String name = Integer.toUnsignedString(relation.relNode()) + Fork.fileSuffix(fork);
    return switch (relation.spcNode()) {
      case RelFileNode.DEFAULT_TABLESPACE ->
          "base/" + Integer.toUnsignedString(relation.dbNode()) + '/' + name;
      case RelFileNode.GLOBAL_TABLESPACE -> "global/" + name;
      default ->
          throw new CorruptDataException(
              "relation " + relation + " lies in a tablespace, which is not supported");
    };
  }
}
