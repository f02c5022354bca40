package dev.argon.bench;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Appends of the same bytes into a file, each followed by `fdatasync`: what the disk can do.
enum RawAppend {
  /// Into files that are made as a safekeeper makes its segments: 16 MiB, sparse, the file and its
  /// name made durable with the first append.
  SEGMENTS,
  /// Into one file that grows.
  GROWING;

  private static final double SECOND_NANOS = 1e9;

  /// @param directory made, and left
  /// @return the seconds it took
  double run(Path directory, AppendWal wal) throws IOException {
    Files.createDirectory(directory);
    long begin = System.nanoTime();
    switch (this) {
      case SEGMENTS -> segments(directory, wal);
      case GROWING -> {
        try (FileChannel file = create(directory.resolve("growing"))) {
          for (int i = 0; i < wal.appends(); i++) {
            append(file, wal.append(i));
          }
        }
      }
    }
    return (System.nanoTime() - begin) / SECOND_NANOS;
  }

  private static void segments(Path directory, AppendWal wal) throws IOException {
    int segmentBytes = AppendWal.LAYOUT.segmentSize();
    int appends = segmentBytes / AppendWal.APPEND_BYTES;
    for (int first = 0; first < wal.appends(); first += appends) {
      Path path = directory.resolve("segment-" + first);
      try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
        sparse.setLength(segmentBytes);
        FileChannel file = sparse.getChannel();
        for (int i = first; i < Math.min(first + appends, wal.appends()); i++) {
          append(file, wal.append(i));
          if (i == first) {
            file.force(true);
            syncDirectory(directory);
          }
        }
      }
    }
  }

  private static FileChannel create(Path path) throws IOException {
    return FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  private static void append(FileChannel file, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
    file.force(false);
  }

  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
