package dev.argon.pageserver.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.identity.TimelineId;
import dev.argon.pageserver.layer.ValueKind;
import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random writing, cutting, flushing, merging, branching and restarting, against [ModelTimeline].
class EnginePropertyTest {

  private static final int STEPS = 500;

  private final Path directory;
  private Random random = new Random(0);
  private EngineFixture fixture;
  private final List<ModelTimeline> models = new ArrayList<>();
  private final List<Timeline> timelines = new ArrayList<>();

  EnginePropertyTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    fixture = new EngineFixture(directory, ModelTimeline::redo);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void everyReadIsTheModels(long seed) throws Exception {
    random = new Random(seed);
    models.add(new ModelTimeline(null, EngineFixture.START));
    timelines.add(fixture.begin(new TimelineId(0, 1)));

    for (int step = 0; step < STEPS; step++) {
      int which = random.nextInt(models.size());
      int dice = random.nextInt(100);
      if (dice < 60) {
        write(which, 1 + random.nextInt(8));
      } else if (dice < 70) {
        timelines.get(which).freeze();
      } else if (dice < 80) {
        new TimelineKeeper(timelines.get(which)).flush();
        new TimelineKeeper(timelines.get(which)).upload();
      } else if (dice < 90) {
        new TimelineKeeper(timelines.get(which)).merge();
      } else if (dice < 92) {
        restart(random.nextBoolean());
      } else if (dice < 94 && models.size() < 6) {
        branch(which);
      } else if (dice < 96) {
        failedBatch(which);
      } else if (dice < 98) {
        failedFlush(which);
      }
      read(random.nextInt(models.size()), 6);
    }

    for (int i = 0; i < models.size(); i++) {
      read(i, 300);
    }
  }

  private RelFileNode relation() {
    return new RelFileNode(1663, 5, 100 + random.nextInt(3));
  }

  private PageKey block() {
    return PageKey.relationBlock(relation(), random.nextInt(2), random.nextInt(5));
  }

  private ModelTimeline.Change change(long lsn) {
    int dice = random.nextInt(20);
    long number = random.nextInt(1000);
    if (dice == 0) {
      return new ModelTimeline.Change(
          lsn,
          PageKey.relationCut(relation(), random.nextInt(2)),
          ValueKind.IMAGE,
          random.nextInt(5));
    }
    if (dice < 5) {
      return new ModelTimeline.Change(
          lsn, PageKey.relationSize(relation(), 0), ValueKind.IMAGE, number + 1);
    }
    int kind =
        switch (random.nextInt(12)) {
          case 0 -> ValueKind.IMAGE;
          case 1 -> ValueKind.INIT_RECORD;
          case 2 -> ValueKind.CHANGE;
          default -> ValueKind.RECORD;
        };
    return new ModelTimeline.Change(lsn, block(), kind, number);
  }

  private void write(int which, int records) {
    ModelTimeline model = models.get(which);
    List<List<ModelTimeline.Change>> batch = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      model.lastLsn += 8L * (1 + random.nextInt(random.nextInt(50) == 0 ? 400_000 : 40));
      model.ends.add(model.lastLsn);
      List<ModelTimeline.Change> changes = new ArrayList<>();
      int count = random.nextInt(4);
      for (int j = 0; j < count; j++) {
        changes.add(change(model.lastLsn));
      }
      // As PostgreSQL does it: a record cuts a relation before it changes what is left.
      changes.sort((a, b) -> rank(a) - rank(b));
      model.changes.addAll(changes);
      batch.add(changes);
    }
    put(
        timelines.get(which),
        batch,
        model.ends.subList(model.ends.size() - records, model.ends.size()));
  }

  private static int rank(ModelTimeline.Change change) {
    return change.key().kind() == PageKey.Kind.RELATION_CUT ? 0 : 1;
  }

  private static void put(
      Timeline timeline, List<List<ModelTimeline.Change>> records, List<Long> ends) {
    try (WriteBatch batch = timeline.write()) {
      for (int i = 0; i < records.size(); i++) {
        for (ModelTimeline.Change change : records.get(i)) {
          batch.put(change.key(), change.lsn(), change.kind(), ModelTimeline.bytes(change));
        }
        batch.recordEnded(ends.get(i));
      }
      batch.commit();
    }
  }

  /// A batch that ends without a commit must leave nothing.
  private void failedBatch(int which) {
    long lsn = models.get(which).lastLsn;
    try (WriteBatch batch = timelines.get(which).write()) {
      for (int i = 1; i < 5; i++) {
        ModelTimeline.Change change = change(lsn + 8L * i);
        batch.put(change.key(), change.lsn(), change.kind(), ModelTimeline.bytes(change));
        batch.recordEnded(change.lsn());
      }
    }
  }

  /// A flush whose index cannot be written must leave the timeline as it was.
  private void failedFlush(int which) throws IOException {
    Timeline timeline = timelines.get(which);
    TimelineKeeper keeper = new TimelineKeeper(timeline);
    long before = timeline.diskConsistentLsn();
    Path inTheWay = fixture.timelineDirectory(timeline.id()).resolve("index.tmp");
    Files.createDirectory(inTheWay);
    try {
      keeper.flush();
      assertThat(timeline.lastRecordLsn()).isEqualTo(before);
    } catch (FileSystemException e) {
      assertThat(timeline.diskConsistentLsn()).isEqualTo(before);
    } finally {
      Files.delete(inTheWay);
    }
    keeper.upload();
  }

  private void branch(int which) throws IOException, CorruptDataException {
    ModelTimeline parent = models.get(which);
    long wanted =
        EngineFixture.START
            + random.nextLong(Math.max(1, parent.lastLsn - EngineFixture.START + 1));
    long lsn = timelines.get(which).recordEndUpTo(wanted);
    assertThat(lsn).isEqualTo(parent.recordEndUpTo(wanted));
    if (lsn != 0) {
      TimelineId id = new TimelineId(0, models.size() + 1);
      Timeline child =
          fixture.factory.branch(timelines.get(which), id, lsn, EngineFixture.ATTACHMENT);
      models.add(new ModelTimeline(parent, lsn));
      timelines.add(child);
    }
  }

  /// Forgets what is in memory, or the local files as well, and writes again what was lost.
  private void restart(boolean localFilesToo) throws IOException, CorruptDataException {
    if (localFilesToo) {
      for (Timeline timeline : timelines) {
        try (Stream<Path> files = Files.list(fixture.timelineDirectory(timeline.id()))) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
      }
    }
    fixture = new EngineFixture(directory, ModelTimeline::redo);
    List<Timeline> reopened = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      TimelineFactory.Found found =
          fixture
              .factory
              .find(EngineFixture.TENANT, timelines.get(i).id(), EngineFixture.ATTACHMENT)
              .orElseThrow();
      ModelTimeline parent = models.get(i).parent;
      Optional<Timeline> ancestor =
          parent == null ? Optional.empty() : Optional.of(reopened.get(models.indexOf(parent)));
      Timeline timeline = fixture.factory.open(found, ancestor);
      reopened.add(timeline);
      List<Long> ends = models.get(i).ends;
      List<Long> lost = ends.stream().filter(end -> end > timeline.diskConsistentLsn()).toList();
      List<List<ModelTimeline.Change>> records = new ArrayList<>();
      for (long end : lost) {
        records.add(models.get(i).changes.stream().filter(change -> change.lsn() == end).toList());
      }
      put(timeline, records, lost);
    }
    timelines.clear();
    timelines.addAll(reopened);
  }

  private void read(int which, int count) throws IOException, CorruptDataException {
    ModelTimeline model = models.get(which);
    Timeline timeline = timelines.get(which);
    assertThat(timeline.lastRecordLsn()).isEqualTo(model.lastLsn);
    ByteBuffer page = ReadSession.newPage();
    try (ReadSession session = timeline.read()) {
      for (int i = 0; i < count; i++) {
        PageKey key = block();
        long lsn =
            random.nextBoolean()
                ? model.lastLsn
                : EngineFixture.START + random.nextLong(model.lastLsn - EngineFixture.START + 1);
        session.page(key, lsn, page);
        assertThat(page.getLong(0))
            .as("%s at %x of %d", key, lsn, which)
            .isEqualTo(model.page(key, lsn));
      }
      long lsn = EngineFixture.START + random.nextLong(model.lastLsn - EngineFixture.START + 1);
      List<String> sizes = new ArrayList<>();
      session.scan(
          PageKey.firstOf(PageKey.Kind.RELATION_SIZE),
          PageKey.lastOf(PageKey.Kind.RELATION_SIZE),
          lsn,
          (high, low, _, _, _, bytes) ->
              sizes.add(new PageKey(high, low) + "=" + bytes.getLong(bytes.position())));
      List<String> expected = new ArrayList<>();
      for (int relation = 100; relation < 103; relation++) {
        PageKey key = PageKey.relationSize(new RelFileNode(1663, 5, relation), 0);
        if (model.value(key, lsn) != 0) {
          expected.add(key + "=" + model.value(key, lsn));
        }
      }
      assertThat(sizes).isEqualTo(expected);
    }
  }
}
