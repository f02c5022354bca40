package dev.argon.pageserver.timeline;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.objectstore.DirectoryObjectStore;
import dev.argon.pageserver.layer.BlockCache;
import dev.argon.pageserver.layer.ChunkPool;
import dev.argon.pageserver.layer.ValueKind;
import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/// Timelines with tiny limits in a directory.
final class EngineFixture {

  static final TenantId TENANT = new TenantId(1, 2);
  static final long START = 0x1000;

  static final Attachment ATTACHMENT =
      new Attachment() {
        @Override
        public long generation() {
          return 1;
        }

        @Override
        public boolean isCurrent() {
          return true;
        }
      };

  final Path directory;
  final TimelineFactory factory;
  final TimelineConfig config;

  EngineFixture(Path directory, Supplier<PageRedo> redo) throws IOException {
    this.directory = directory;
    config =
        new TimelineConfig(
            new ReadContext(new PageCache(1 << 20), new ReadStatistics(), redo),
            new ChunkPool(4 << 20),
            new MemoryBudget(256 << 20),
            64 << 10,
            16 << 10,
            3,
            1L << 30,
            10,
            1 << 10);
    factory =
        new TimelineFactory(
            directory.resolve("tenants"),
            new DirectoryObjectStore(directory.resolve("objects")),
            new BlockCache(1 << 20),
            config);
  }

  Path timelineDirectory(TimelineId id) {
    return directory.resolve("tenants/" + TENANT + "/timelines/" + id);
  }

  /// A timeline with nothing in it.
  Timeline begin(TimelineId id) throws IOException, CorruptDataException {
    TimelineOrigin origin = new TimelineOrigin(Optional.empty(), START, 15, 99, 0, false);
    return factory.begin(
        TENANT,
        id,
        origin,
        ATTACHMENT,
        writer -> {
          PageKey key = PageKey.firstOf(PageKey.Kind.CONTROL_FILE);
          writer.add(
              key.high(), key.low(), START, ValueKind.IMAGE, 0, ByteBuffer.wrap(new byte[] {1}));
        });
  }
}
