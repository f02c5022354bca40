package dev.argon.distribution;

import dev.argon.compute.communicator.Communicator;
import dev.argon.compute.communicator.PageSource;
import dev.argon.compute.memory.BlockMap;
import dev.argon.compute.memory.Requester;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.SharedMemoryLayout;
import dev.argon.compute.memory.SharedMemorySettings;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.PageResponse;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.PgServer;
import dev.argon.pgwire.PgServerSettings;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/// Page faults of a compute without PostgreSQL, as many as the compilers need to know their code:
/// single ones, and vectored ones ahead. The real communicator; the pages are all the same.
final class PageTraining {

  private static final RelFileNode RELATION = new RelFileNode(1663, 5, 16384);
  private static final Lsn BOOT_LSN = new Lsn(0x1000028);
  private static final int BLOCKS = SharedMemoryLayout.CHUNK_BLOCKS;
  private static final int AHEAD_SLOTS = 4;

  /// A build does not wait for ever.
  private static final long ANSWER_TIMEOUT_MILLIS = 20_000;

  /// Each is a thousand single pages and as many ahead.
  static final int ROUNDS = 20;

  private PageTraining() {}

  /// Runs it.
  ///
  /// @return how many pages were installed
  static long run() throws Exception {
    Path directory = Files.createTempDirectory("argon-training");
    try {
      return run(directory);
    } finally {
      try (Stream<Path> tree = Files.walk(directory)) {
        for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(entry);
        }
      }
    }
  }

  private static long run(Path directory) throws Exception {
    Path relation = directory.resolve("base/5/16384");
    Files.createDirectories(relation.getParent());
    try (RandomAccessFile file = new RandomAccessFile(relation.toFile(), "rw")) {
      file.setLength((long) BLOCKS * PageResponse.PAGE_SIZE);
    }
    SharedMemorySettings settings =
        new SharedMemorySettings(BOOT_LSN, SharedMemorySettings.Mode.PRIMARY, 8, 8);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (PgServer server =
            PgServer.start(any, PgServerSettings.storage("training"), PageTraining::serve);
        SharedMemory memory = SharedMemory.create(directory.resolve("shared"), settings);
        Communicator communicator =
            new Communicator(
                memory,
                directory,
                new PageSource(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()),
                    TenantId.random(RandomGenerator.getDefault()),
                    TimelineId.random(RandomGenerator.getDefault()),
                    1,
                    new PageSource.Mode.Newest()))) {
      communicator.start();
      for (int round = 0; round < ROUNDS; round++) {
        single(memory);
        evict(memory);
        ahead(memory);
        evict(memory);
      }
      return communicator.counters().installedPages();
    }
  }

  private static void serve(PgConnection connection, String query)
      throws IOException, PgErrorException {
    CopyStream stream = connection.copyBoth();
    ByteBuffer page = ByteBuffer.allocateDirect(PageResponse.PAGE_SIZE).putLong(0, 1);
    ByteBuffer head = ByteBuffer.allocate(PageResponse.PAGE_PREFIX_SIZE);
    try {
      while (stream.receive()) {
        if (PageRequest.decode(stream.payload()) instanceof PageRequest.Page request) {
          new PageResponse.Page(request).encode(head.clear());
          stream.writer().copyData(head.flip(), page.rewind());
        }
        if (!stream.hasReceived()) {
          stream.writer().flush();
        }
      }
    } catch (CorruptDataException e) {
      throw new IOException(e);
    }
  }

  private static void single(SharedMemory memory) {
    Requester requester = new Requester(memory, 0);
    for (int block = 0; block < BLOCKS; block++) {
      requester.fetch(0, RELATION, 0, block, 1);
      await(requester);
    }
  }

  /// Some requests at a time, as a window has.
  private static void ahead(SharedMemory memory) {
    int firstSlot = memory.slots().count() - AHEAD_SLOTS;
    List<Requester> requesters = new ArrayList<>();
    for (int i = 0; i < AHEAD_SLOTS; i++) {
      requesters.add(new Requester(memory, firstSlot + i));
    }
    int step = SharedMemoryLayout.REQUEST_BLOCKS;
    for (int block = 0; block < BLOCKS; block += step * AHEAD_SLOTS) {
      for (int i = 0; i < AHEAD_SLOTS; i++) {
        requesters.get(i).fetch(0, RELATION, 0, block + i * step, step);
      }
      requesters.forEach(PageTraining::await);
    }
  }

  private static void await(Requester requester) {
    if (!requester.await(ANSWER_TIMEOUT_MILLIS)) {
      throw new IllegalStateException("pages did not come");
    }
  }

  private static void evict(SharedMemory memory) {
    BlockMap blocks = memory.blocks();
    for (int block = 0; block < BLOCKS; block++) {
      blocks.evicted(0, block, blocks.claimForEvicting(0, block, blocks.load(0, block)));
    }
  }
}
