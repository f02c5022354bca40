package dev.argon.compute.communicator;

import static dev.argon.compute.support.StockCluster.run;

import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.support.StockCluster;
import dev.argon.pageservice.PageRequest;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.ControlFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// A stopped cluster from which a server under test goes on.
///
/// @param bootLsn the end of its WAL
record Cluster(Path data, Lsn bootLsn, long systemId) {

  /// A shutdown checkpoint of version 15: 114 bytes, aligned.
  private static final int CHECKPOINT_RECORD_BYTES = 120;

  /// @param more statements that the stopped cluster was made with
  static Cluster create(Path directory, String... more)
      throws IOException, InterruptedException, CorruptDataException {
    var _ = run("chmod", "755", directory.toString());
    StockCluster cluster = StockCluster.create(directory, more);
    ControlFile control =
        ControlFile.read(Files.readAllBytes(cluster.data().resolve("global/pg_control")));
    return new Cluster(
        cluster.data(),
        new Lsn(control.checkPointLsn() + CHECKPOINT_RECORD_BYTES),
        control.systemIdentifier());
  }

  /// Its pages as they are; one that changed since is refused.
  FakePageService.Pages unchangedPages() {
    return (request, target) -> {
      if (Long.compareUnsigned(request.header().notModifiedSinceLsn(), bootLsn.value()) > 0) {
        throw new FakePageService.RefusedException("changed since: " + request);
      }
      read(request, target);
    };
  }

  private void read(PageRequest.Page request, ByteBuffer target) throws IOException {
    int end = target.position() + 8192;
    String directory =
        request.relation().spcNode() == 1664 ? "global" : "base/" + request.relation().dbNode();
    String name = request.relation().relNode() + Fork.fileSuffix(request.fork());
    Path file = data.resolve(directory).resolve(name);
    if (Files.exists(file)) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        long position = (long) request.block() * 8192 - target.position();
        while (target.position() < end
            && channel.read(target, position + target.position()) > 0) {} // full or at the end
      }
    }
    while (target.position() < end) {
      target.put((byte) 0);
    }
  }

  /// Its pages, changed by the WAL of a server that went on from it.
  FakePageService.Pages pagesOf(SharedMemory memory, Path serverData) throws IOException {
    return pagesOf(memory, walPages(serverData), () -> {});
  }

  WalPages walPages(Path serverData) throws IOException {
    return new WalPages(data, serverData.resolve("pg_wal"), bootLsn.value(), systemId);
  }

  /// The same, replayed no further than somebody asks for.
  ///
  /// @param hurry makes the server say sooner how far its WAL is flushed
  FakePageService.Pages pagesOf(SharedMemory memory, WalPages pages, Runnable hurry) {
    ReentrantLock lock = new ReentrantLock();
    return (request, target) -> {
      long lsn = request.header().notModifiedSinceLsn();
      while (Long.compareUnsigned(lsn, bootLsn.value()) > 0
          && Long.compareUnsigned(memory.flushLsn().value(), lsn) < 0) {
        hurry.run();
        LockSupport.parkNanos(5_000_000);
      }
      lock.lock();
      try {
        pages.replayTo(lsn);
        pages.read(request.relation(), request.fork(), request.block(), target);
      } finally {
        lock.unlock();
      }
    };
  }
}
