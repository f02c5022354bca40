package dev.argon.pageserver.tenant;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.JsonCodec;
import dev.argon.node.ProblemCode;
import dev.argon.objectstore.ObjectStore;
import dev.argon.pageserver.ingest.IngestLoop;
import dev.argon.pageserver.ingest.WalSources;
import dev.argon.pageserver.layer.DurableFiles;
import dev.argon.pageserver.timeline.Membership;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageserver.timeline.TimelineFactory;
import dev.argon.pageserver.timeline.TimelineKeeper;
import dev.argon.pageserver.timeline.TimelineOrigin;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import io.avaje.jsonb.Json;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

/// All tenants of this pageserver. Any thread.
///
/// ```
/// <directory>/tenants/<tenant>/tenant.json            the generation
/// <directory>/tenants/<tenant>/timelines/<timeline>/  see the timeline package
/// ```
public final class Tenants implements WalSources.Reader, AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Tenants.class.getName());

  private static final long LOAD_WAIT_SECONDS = 30;
  private static final String TENANT_FILE = "tenant.json";

  /// How long making a branch waits for its LSN to be ingested.
  private static final long BRANCH_WAIT_MILLIS = 10_000;

  /// The content of `tenant.json`.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record TenantFile(long generation) {}

  private final Path directory;
  private final Path postgresBin;
  private final ObjectStore objects;
  private final TimelineFactory factory;
  private final ControlPlane controlPlane;
  private final WalSources walSources;
  private final Maintenance maintenance;
  private final Map<TenantId, Tenant> tenants = new ConcurrentHashMap<>();

  private final CountDownLatch loaded = new CountDownLatch(1);

  /// What could not be opened, and why.
  private final Map<String, String> broken = new ConcurrentHashMap<>();

  /// No tenant is attached yet; see [#load].
  public Tenants(
      Path directory,
      Path postgresBin,
      ObjectStore objects,
      TimelineFactory factory,
      ControlPlane controlPlane,
      WalSources walSources,
      Runnable fatal) {
    this.directory = directory;
    this.postgresBin = postgresBin;
    this.objects = objects;
    this.factory = factory;
    this.controlPlane = controlPlane;
    this.walSources = walSources;
    maintenance = new Maintenance(this::timelines, fatal);
  }

  /// Attaches what the control plane says, or if it cannot be asked, what was attached last, and
  /// opens all timelines.
  public void load(long nodeId) throws IOException {
    walSources.start(this);
    Map<TenantId, Long> attached = new LinkedHashMap<>(localTenants());
    try {
      attached.putAll(controlPlane.reAttach(nodeId));
    } catch (IOException e) {
      LOG.log(
          Level.WARNING, "{0}: going on with the generations of the last start", e.getMessage());
    }
    for (Map.Entry<TenantId, Long> entry : attached.entrySet()) {
      try {
        attachNow(entry.getKey(), entry.getValue());
      } catch (ApiProblem e) {
        broken.put("tenant " + entry.getKey(), e.detail());
        LOG.log(Level.ERROR, "tenant {0}: {1}", entry.getKey(), e.detail());
      }
    }
    maintenance.start();
    loaded.countDown();
  }

  /// Requests may come before everything is open.
  private void awaitLoaded() throws ApiProblem {
    try {
      if (!loaded.await(LOAD_WAIT_SECONDS, TimeUnit.SECONDS)) {
        throw new ApiProblem(ProblemCode.UNAVAILABLE, "the pageserver is still starting");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiProblem(ProblemCode.UNAVAILABLE, "the pageserver is stopping", e);
    }
  }

  private Path tenantDirectory(TenantId id) {
    return directory.resolve("tenants").resolve(id.toString());
  }

  private Map<TenantId, Long> localTenants() throws IOException {
    Path all = directory.resolve("tenants");
    Files.createDirectories(all);
    Map<TenantId, Long> found = new HashMap<>();
    try (Stream<Path> directories = Files.list(all)) {
      for (Path path : directories.toList()) {
        Path file = path.resolve(TENANT_FILE);
        if (Files.exists(file)) {
          try {
            TenantFile content = JsonCodec.fromBytes(Files.readAllBytes(file), TenantFile.class);
            found.put(TenantId.parse(path.getFileName().toString()), content.generation());
          } catch (IllegalArgumentException e) {
            broken.put("tenant " + path.getFileName(), file + ": " + e.getMessage());
          }
        }
      }
    }
    return found;
  }

  /// Attaches a tenant under a generation, or raises the generation of one that is attached.
  ///
  /// @throws ApiProblem if the generation is older than the known one
  public void attach(TenantId id, long generation) throws IOException, ApiProblem {
    awaitLoaded();
    attachNow(id, generation);
  }

  private void attachNow(TenantId id, long generation) throws IOException, ApiProblem {
    Tenant tenant = tenants.computeIfAbsent(id, key -> new Tenant(key, generation, controlPlane));
    tenant.changing().lock();
    try {
      if (generation < tenant.generation()) {
        throw new ApiProblem(
            ProblemCode.CONFLICT,
            "tenant " + id + " is attached with generation " + tenant.generation());
      }
      tenant.generation(generation);
      Path path = tenantDirectory(id);
      DurableFiles.createDirectories(path);
      DurableFiles.replace(
          path.resolve(TENANT_FILE),
          JsonCodec.toText(new TenantFile(generation)).getBytes(StandardCharsets.UTF_8));
      if (tenant.timelines().isEmpty()) {
        openTimelines(tenant);
      }
    } finally {
      tenant.changing().unlock();
    }
  }

  private void openTimelines(Tenant tenant) throws IOException {
    Map<TimelineId, TimelineFactory.Found> found = new HashMap<>();
    for (TimelineId id : knownTimelines(tenant.id())) {
      try {
        factory.find(tenant.id(), id, tenant).ifPresent(one -> found.put(id, one));
      } catch (CorruptDataException e) {
        reportBroken(tenant, id, e);
      }
    }
    for (TimelineFactory.Found one : found.values()) {
      open(tenant, one, found);
    }
  }

  private void reportBroken(Tenant tenant, TimelineId id, CorruptDataException e) {
    broken.put("timeline " + tenant.id() + "/" + id, String.valueOf(e.getMessage()));
    LOG.log(Level.ERROR, "timeline {0}/{1} cannot be opened: {2}", tenant.id(), id, e.getMessage());
  }

  private Optional<Timeline> open(
      Tenant tenant, TimelineFactory.Found one, Map<TimelineId, TimelineFactory.Found> found) {
    Tenant.Running running = tenant.timelines().get(one.id());
    if (running != null) {
      return Optional.of(running.timeline());
    }
    try {
      Optional<Timeline> ancestor = Optional.empty();
      String ancestorId = one.index().ancestorTimelineId();
      if (ancestorId != null) {
        TimelineFactory.Found parent = found.get(TimelineId.parse(ancestorId));
        ancestor = parent == null ? Optional.empty() : open(tenant, parent, found);
        if (ancestor.isEmpty()) {
          throw new CorruptDataException("its ancestor " + ancestorId + " is missing");
        }
      }
      return Optional.of(start(tenant, factory.open(one, ancestor)));
    } catch (CorruptDataException e) {
      reportBroken(tenant, one.id(), e);
      return Optional.empty();
    }
  }

  private Timeline start(Tenant tenant, Timeline timeline) {
    IngestLoop ingest =
        new IngestLoop(
            timeline,
            () -> walSources.of(timeline.membership()),
            factory.config().budget(),
            maintenance);
    tenant.timelines().put(timeline.id(), new Tenant.Running(timeline, ingest));
    ingest.start();
    return timeline;
  }

  /// Ids of the timelines that have a directory here or an index in the object store.
  private Set<TimelineId> knownTimelines(TenantId tenant) throws IOException {
    Set<TimelineId> ids = new TreeSet<>();
    Path local = tenantDirectory(tenant).resolve("timelines");
    Files.createDirectories(local);
    try (Stream<Path> directories = Files.list(local)) {
      directories.forEach(path -> ids.add(TimelineId.parse(path.getFileName().toString())));
    }
    String prefix = "tenants/" + tenant + "/timelines/";
    for (ObjectStore.ObjectInfo info : objects.list(prefix)) {
      String rest = info.key().name().substring(prefix.length());
      int slash = rest.indexOf('/');
      if (slash > 0 && rest.startsWith("index-", slash + 1)) {
        ids.add(TimelineId.parse(rest.substring(0, slash)));
      }
    }
    return ids;
  }

  private Tenant tenant(TenantId id) throws ApiProblem {
    awaitLoaded();
    Tenant tenant = tenants.get(id);
    if (tenant == null) {
      throw new ApiProblem(ProblemCode.NOT_FOUND, "tenant " + id + " is not attached here");
    }
    return tenant;
  }

  private Tenant.Running running(TenantId tenant, TimelineId id) throws ApiProblem {
    Tenant.Running running = tenant(tenant).timelines().get(id);
    if (running == null) {
      String why = broken.get("timeline " + tenant + "/" + id);
      throw new ApiProblem(
          ProblemCode.NOT_FOUND,
          "timeline "
              + tenant
              + "/"
              + id
              + (why == null ? " does not exist here" : " cannot be opened: " + why));
    }
    return running;
  }

  /// A timeline.
  ///
  /// @throws ApiProblem if it is not here
  public Timeline timeline(TenantId tenant, TimelineId id) throws ApiProblem {
    return running(tenant, id).timeline();
  }

  /// What reads its WAL.
  public IngestLoop ingest(TenantId tenant, TimelineId id) throws ApiProblem {
    return running(tenant, id).ingest();
  }

  /// All timelines of a tenant.
  public List<Timeline> timelines(TenantId tenant) throws ApiProblem {
    return tenant(tenant).timelines().values().stream().map(Tenant.Running::timeline).toList();
  }

  @Override
  public void toldOf(TenantId tenantId, TimelineId timelineId) {
    Tenant tenant = tenants.get(tenantId);
    Tenant.Running running = tenant == null ? null : tenant.timelines().get(timelineId);
    if (running != null) {
      running.ingest().rouse();
    }
  }

  @Override
  public void fellSilent() {
    for (Tenant tenant : tenants.values()) {
      tenant.timelines().values().forEach(running -> running.ingest().rouse());
    }
  }

  /// All timelines.
  @Override
  public List<Timeline> timelines() {
    List<Timeline> all = new ArrayList<>();
    for (Tenant tenant : tenants.values()) {
      tenant.timelines().values().forEach(running -> all.add(running.timeline()));
    }
    return all;
  }

  /// What could not be opened, and other reasons why the health is not "ok".
  public List<String> reasons() {
    List<String> reasons = new ArrayList<>();
    broken.forEach((what, why) -> reasons.add(what + ": " + why));
    for (Tenant tenant : tenants.values()) {
      for (Tenant.Running running : tenant.timelines().values()) {
        String name = "timeline " + tenant.id() + "/" + running.timeline().id() + ": ";
        running.timeline().storingProblem().ifPresent(why -> reasons.add(name + why));
        running.ingest().problem().ifPresent(why -> reasons.add(name + why));
      }
    }
    return reasons;
  }

  /// Makes a timeline of a new cluster, durable when it returns. Making it again gives the same
  /// one.
  public Timeline bootstrap(
      TenantId tenantId, TimelineId id, String locale, String superuser, String password)
      throws IOException, ApiProblem, InterruptedException {
    return create(
        tenantId,
        id,
        tenant -> {
          try (Initdb initdb =
              Initdb.run(
                  postgresBin, directory.resolve("temporary"), locale, superuser, password)) {
            return imported(tenant, id, initdb.dataDirectory());
          }
        });
  }

  /// Makes a timeline of a cluster that was shut down cleanly, durable when it returns. The files
  /// are only read.
  public Timeline importCluster(TenantId tenantId, TimelineId id, Path dataDirectory)
      throws IOException, ApiProblem, InterruptedException {
    return create(tenantId, id, tenant -> imported(tenant, id, dataDirectory));
  }

  private Timeline imported(Tenant tenant, TimelineId id, Path dataDirectory)
      throws IOException, CorruptDataException {
    ClusterImport cluster = ClusterImport.of(dataDirectory);
    TimelineOrigin origin =
        new TimelineOrigin(
            Optional.empty(),
            cluster.startLsn(),
            15,
            cluster.control().systemIdentifier(),
            cluster.control().dataChecksumVersion(),
            cluster.control().dataChecksumVersion() != 0
                || cluster.control().parameters().walLogHints());
    return factory.begin(tenant.id(), id, origin, tenant, cluster::write);
  }

  private interface Creation {
    Timeline create(Tenant tenant)
        throws IOException, ApiProblem, CorruptDataException, InterruptedException;
  }

  private Timeline create(TenantId tenantId, TimelineId id, Creation creation)
      throws IOException, ApiProblem, InterruptedException {
    Tenant tenant = tenant(tenantId);
    tenant.changing().lock();
    try {
      Tenant.Running existing = tenant.timelines().get(id);
      if (existing != null) {
        return existing.timeline();
      }
      try {
        return start(tenant, creation.create(tenant));
      } catch (CorruptDataException e) {
        throw new ApiProblem(ProblemCode.INTERNAL, String.valueOf(e.getMessage()), e);
      }
    } finally {
      tenant.changing().unlock();
    }
  }

  /// Makes a branch at the greatest record end up to `lsn`, durable when it returns.
  ///
  /// @param lsn empty for the ancestor's last record
  public Timeline branch(TenantId tenantId, TimelineId id, TimelineId ancestorId, Optional<Lsn> lsn)
      throws IOException, ApiProblem, InterruptedException {
    return create(
        tenantId,
        id,
        tenant -> {
          Timeline ancestor = running(tenantId, ancestorId).timeline();
          long wanted = lsn.map(Lsn::value).orElse(ancestor.lastRecordLsn());
          if (!ancestor.awaitLsn(wanted, BRANCH_WAIT_MILLIS)) {
            throw new ApiProblem(
                ProblemCode.OUT_OF_RANGE,
                "LSN "
                    + Lsn.toString(wanted)
                    + " is not there yet: the timeline has ingested "
                    + Lsn.toString(ancestor.lastRecordLsn()));
          }
          long end = ancestor.recordEndUpTo(wanted);
          if (end == 0) {
            throw new ApiProblem(
                ProblemCode.OUT_OF_RANGE,
                "LSN "
                    + Lsn.toString(wanted)
                    + " is before the timeline begins, "
                    + Lsn.toString(ancestor.firstLsn()));
          }
          return factory.branch(ancestor, id, end, tenant);
        });
  }

  /// Deletes a timeline.
  ///
  /// @throws ApiProblem if it has children or is not here
  public void delete(TenantId tenantId, TimelineId id) throws IOException, ApiProblem {
    Tenant tenant = tenant(tenantId);
    tenant.changing().lock();
    try {
      Tenant.Running running = running(tenantId, id);
      for (Tenant.Running other : tenant.timelines().values()) {
        Function<TimelineOrigin, Boolean> isChild =
            origin -> origin.branching().map(b -> b.ancestor().id().equals(id)).orElse(false);
        if (isChild.apply(other.timeline().origin())) {
          throw new ApiProblem(
              ProblemCode.CONFLICT,
              "timeline " + id + " has the child " + other.timeline().id() + ": delete that first");
        }
      }
      running.ingest().close();
      tenant.timelines().remove(id);
      factory.remove(running.timeline());
    } finally {
      tenant.changing().unlock();
    }
  }

  /// Takes the safekeepers of a timeline, durable when it returns; ingest goes on with them.
  public void safekeepers(TenantId tenantId, TimelineId id, Membership membership)
      throws IOException, ApiProblem {
    Tenant.Running running = running(tenantId, id);
    Timeline timeline = running.timeline();
    if (membership.generation() < timeline.membership().generation()) {
      throw new ApiProblem(
          ProblemCode.CONFLICT,
          "the safekeepers have generation " + timeline.membership().generation() + " already");
    }
    Membership before = timeline.membership();
    if (membership.equals(before)) {
      return;
    }
    timeline.membership(membership);
    boolean stored = false;
    try {
      new TimelineKeeper(timeline).upload();
      stored = true;
    } finally {
      if (!stored) {
        timeline.membership(before); // asked again it must not seem to be done
      }
    }
    running.ingest().sourcesChanged();
  }

  /// Stops reading WAL, then flushes and uploads what is in memory. What fails here is read again
  /// from the safekeepers at the next start.
  @Override
  public void close() {
    for (Tenant tenant : tenants.values()) {
      tenant.timelines().values().parallelStream().forEach(running -> running.ingest().close());
    }
    walSources.close();
    maintenance.close();
    for (Timeline timeline : timelines()) {
      try {
        TimelineKeeper keeper = new TimelineKeeper(timeline);
        keeper.flush();
        keeper.upload();
      } catch (IOException e) {
        LOG.log(Level.WARNING, "stopping without the last flush of {0}: {1}", timeline.id(), e);
      }
    }
  }
}
