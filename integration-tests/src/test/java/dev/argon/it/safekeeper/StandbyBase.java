package dev.argon.it.safekeeper;

import dev.argon.compute.boot.BootContents;
import dev.argon.compute.boot.BootPoint;
import dev.argon.compute.boot.BootRecord;
import dev.argon.compute.boot.DataDirectory;
import dev.argon.compute.boot.PageserverBootSource;
import dev.argon.compute.boot.RelationFiles;
import dev.argon.compute.boot.RelationPath;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pageservice.BootMessage;
import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.PageResponse;
import dev.argon.pageservice.PageServiceClient;
import dev.argon.pageservice.RequestHeader;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.WalLayout;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// A whole data directory of a timeline whose log ends in a shutdown checkpoint, as a stock server
/// reads it without Argon: the files a compute boots from, and every page of every relation.
final class StandbyBase {

  private static final long SILENCE_MILLIS = 60_000;

  /// Requests that are under way at a time.
  private static final int WINDOW = 32;

  private final InetSocketAddress pageserver;
  private final TenantId tenant;
  private final TimelineId timeline;
  private final Lsn lsn;

  /// @param lsn the end of the log
  StandbyBase(InetSocketAddress pageserver, TenantId tenant, TimelineId timeline, Lsn lsn) {
    this.pageserver = pageserver;
    this.tenant = tenant;
    this.timeline = timeline;
    this.lsn = lsn;
  }

  /// Makes it.
  ///
  /// @param directory gets a directory `pgdata`, which is returned
  Path write(Path directory) throws IOException, CorruptDataException {
    try (PageserverBootSource source =
        new PageserverBootSource(pageserver, tenant, timeline, 0, SILENCE_MILLIS)) {
      DataDirectory data = DataDirectory.create(directory);
      BootContents contents = BootContents.read(source, lsn, data);
      WalLayout layout = BootPoint.layoutOf(contents);
      BootRecord record =
          BootRecord.ofLogEnd(contents, layout)
              .orElseThrow(() -> new IOException("no shutdown checkpoint ends at " + lsn));
      new RelationFiles(data.path()).create(contents.forks(), source);
      writePages(contents, data.path());
      BootPoint point = new BootPoint(data, layout);
      point.write(contents, record, Optional.empty(), Instant.now().getEpochSecond());
      point.readOnly();
      data.file("postgresql.conf", "");
      data.file("pg_hba.conf", "host all all 127.0.0.1/32 trust\n");
      data.file("pg_ident.conf", "");
      return data.path();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (PgErrorException e) {
      throw new IOException("the pageserver refuses: " + e.getMessage(), e);
    }
  }

  private void writePages(BootContents contents, Path data)
      throws IOException, PgErrorException, CorruptDataException {
    Set<RelFileNode> unlogged = new HashSet<>();
    for (BootMessage.RelationFork fork : contents.forks()) {
      if (fork.fork() == Fork.INIT) {
        unlogged.add(fork.relation());
      }
    }
    try (PageServiceClient client =
        PageServiceClient.connect(pageserver, tenant, timeline, 0, SILENCE_MILLIS)) {
      for (BootMessage.RelationFork fork : contents.forks()) {
        if (fork.fork() == Fork.INIT || !unlogged.contains(fork.relation())) {
          writeFork(client, fork, data.resolve(RelationPath.of(fork.relation(), fork.fork())));
        }
      }
    }
  }

  private void writeFork(PageServiceClient client, BootMessage.RelationFork fork, Path file)
      throws IOException, PgErrorException, CorruptDataException {
    if (fork.blocks() > RelationPath.SEGMENT_BLOCKS) {
      throw new IOException(file + " has more than one segment");
    }
    ByteBuffer page = ByteBuffer.allocate(RelationPath.BLOCK_BYTES);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (int from = 0; from < fork.blocks(); from += WINDOW) {
        int to = Math.min(fork.blocks(), from + WINDOW);
        for (int block = from; block < to; block++) {
          client.send(
              new PageRequest.Page(
                  new RequestHeader(block + 1L, lsn.value(), lsn.value()),
                  fork.relation(),
                  fork.fork(),
                  block));
        }
        client.flush();
        for (int block = from; block < to; block++) {
          PageResponse response = client.receive(page.clear());
          if (!(response instanceof PageResponse.Page)) {
            throw new IOException("block " + block + " of " + file + ": " + response);
          }
          channel.write(page.flip(), (long) block * RelationPath.BLOCK_BYTES);
        }
      }
    }
  }
}
