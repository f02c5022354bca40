package dev.argon.compute.spec;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.postgres.Lsn;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One checked order to run a compute.
///
/// @param directory this start's own directory: new or empty; absolute
/// @param systemId PostgreSQL's system identifier of the timeline; 0 when the control plane did not
///   say
/// @param settings the user's PostgreSQL settings, checked by [SettingRules], names in lower case
/// @param fileCacheSizeLimitMb how much of the relation files may be resident, in MB
/// @param walBacklogLimitBytes how much WAL may wait for the quorum before writers stall
/// @param keeping what outlives this start
public record ComputeSpec(
    TenantId tenant,
    TimelineId timeline,
    EndpointLabels labels,
    ComputeMode mode,
    StorageAddresses storage,
    Path directory,
    HostPort pgAddress,
    HostPort httpAddress,
    PostgresInstallation postgres,
    String superuser,
    long systemId,
    SortedMap<String, String> settings,
    long fileCacheSizeLimitMb,
    long walBacklogLimitBytes,
    Keeping keeping) {

  /// The one format this program reads.
  public static final double FORMAT_VERSION = 1.0;

  private static final int MAJOR_VERSION = 15;
  private static final int SAFEKEEPERS_MAX = 32;
  private static final long FILE_CACHE_DEFAULT_MB = 1024;
  private static final long WAL_BACKLOG_DEFAULT_MB = 1024;
  private static final int BYTES_PER_MB_SHIFT = 20;
  private static final long INTERVAL_SECONDS_MAX = 86_400;

  /// NAMEDATALEN - 1: longer names would be cut silently.
  private static final int NAME_BYTES_MAX = 63;

  /// Checks a document.
  ///
  /// @throws SpecException naming the first field that is wrong
  public static ComputeSpec of(SpecDocument document) throws SpecException {
    Double version = document.formatVersion();
    if (version != null && version != FORMAT_VERSION) {
      throw new SpecException("format_version: " + version + " is not " + FORMAT_VERSION);
    }
    ComputeMode mode = mode(document.mode());
    return new ComputeSpec(
        parse("tenant_id", document.tenantId(), TenantId::parse),
        parse("timeline_id", document.timelineId(), TimelineId::parse),
        new EndpointLabels(
            orEmpty(document.projectId()),
            orEmpty(document.branchId()),
            orEmpty(document.endpointId())),
        mode,
        storage(document, mode),
        directory(document.directory()),
        parse("pg_address", document.pgAddress(), HostPort::parse),
        parse("http_address", document.httpAddress(), HostPort::parse),
        installation(document),
        superuser(document.superuser()),
        systemId(document.systemId()),
        settings(document),
        sizeMb("file_cache_size_limit_mb", document.fileCacheSizeLimitMb(), FILE_CACHE_DEFAULT_MB),
        sizeMb("wal_backlog_limit_mb", document.walBacklogLimitMb(), WAL_BACKLOG_DEFAULT_MB)
            << BYTES_PER_MB_SHIFT,
        keeping(document));
  }

  /// The same with other settings, checked like these.
  public ComputeSpec withSettings(SortedMap<String, String> other) {
    return with(other, fileCacheSizeLimitMb);
  }

  /// The same with all of another spec that a running server can be given.
  public ComputeSpec withSettingsOf(ComputeSpec other) {
    return with(other.settings, other.fileCacheSizeLimitMb);
  }

  private ComputeSpec with(SortedMap<String, String> otherSettings, long cacheSizeLimitMb) {
    return new ComputeSpec(
        tenant,
        timeline,
        labels,
        mode,
        storage,
        directory,
        pgAddress,
        httpAddress,
        postgres,
        superuser,
        systemId,
        otherSettings,
        cacheSizeLimitMb,
        walBacklogLimitBytes,
        keeping);
  }

  private static Keeping keeping(SpecDocument document) throws SpecException {
    String objectStore = document.objectStore();
    Boolean autoprewarm = document.autoprewarm();
    Long seconds = document.offloadLfcIntervalSeconds();
    if (seconds != null && (seconds < 1 || seconds > INTERVAL_SECONDS_MAX)) {
      throw new SpecException("offload_lfc_interval_seconds: cannot be " + seconds);
    }
    return new Keeping(
        objectStore == null
            ? Optional.empty()
            : Optional.of(parse("object_store", objectStore, Path::of)),
        autoprewarm == null || autoprewarm,
        seconds == null ? Keeping.CACHE_STATE_INTERVAL_DEFAULT : Duration.ofSeconds(seconds));
  }

  private static StorageAddresses storage(SpecDocument document, ComputeMode mode)
      throws SpecException {
    HostPort pageserver =
        parse(
            "pageserver_connstring",
            document.pageserverConnstring(),
            ConnectionText::parseHostPort);
    List<HostPort> safekeepers = new ArrayList<>();
    for (String text : Optional.ofNullable(document.safekeeperConnstrings()).orElse(List.of())) {
      safekeepers.add(parse("safekeeper_connstrings", text, ConnectionText::parseHostPort));
    }
    boolean needsWal =
        switch (mode) {
          case ComputeMode.Primary(), ComputeMode.Replica() -> true;
          case ComputeMode.Static(Lsn _) -> false;
        };
    if (needsWal && safekeepers.isEmpty()) {
      throw new SpecException("safekeeper_connstrings: this mode needs at least one");
    }
    if (safekeepers.size() > SAFEKEEPERS_MAX) {
      throw new SpecException("safekeeper_connstrings: more than " + SAFEKEEPERS_MAX);
    }
    if (new HashSet<>(safekeepers).size() != safekeepers.size()) {
      throw new SpecException("safekeeper_connstrings: one address stands there twice");
    }
    if (document.safekeepersGeneration() < 0) {
      throw new SpecException("safekeepers_generation: must not be negative");
    }
    return new StorageAddresses(
        pageserver, safekeepers, document.safekeepersGeneration(), security(document));
  }

  private static StorageSecurity security(SpecDocument document) throws SpecException {
    String authorities = document.storageTlsAuthorities();
    return new StorageSecurity(
        orEmpty(document.storageAuthToken()),
        authorities == null
            ? Optional.empty()
            : Optional.of(parse("storage_tls_authorities", authorities, Path::of)));
  }

  private static ComputeMode mode(@Nullable Object mode) throws SpecException {
    if (mode == null || "Primary".equals(mode)) {
      return new ComputeMode.Primary();
    }
    if ("Replica".equals(mode)) {
      return new ComputeMode.Replica();
    }
    if (mode instanceof Map<?, ?> fields
        && fields.size() == 1
        && fields.get("Static") instanceof String text) {
      Lsn lsn = parse("mode", text, Lsn::parse);
      if (!lsn.isValid()) {
        throw new SpecException("mode: 0/0 is no LSN to read at");
      }
      return new ComputeMode.Static(lsn);
    }
    throw new SpecException(
        "mode: must be \"Primary\", \"Replica\" or {\"Static\": \"X/X\"}, not " + mode);
  }

  private static Path directory(@Nullable String text) throws SpecException {
    Path directory = parse("directory", text, Path::of);
    if (!directory.isAbsolute()) {
      throw new SpecException("directory: must be an absolute path, not " + directory);
    }
    return directory.normalize();
  }

  private static PostgresInstallation installation(SpecDocument document) throws SpecException {
    int version = document.pgVersion();
    int major = version >= 10_000 ? version / 10_000 : version;
    if (major != MAJOR_VERSION) {
      throw new SpecException(
          "pg_version: " + version + " is not supported, " + MAJOR_VERSION + " is");
    }
    return new PostgresInstallation(
        parse("postgres_bin", document.postgresBin(), Path::of),
        parse("extension_library", document.extensionLibrary(), Path::of),
        major);
  }

  private static String superuser(@Nullable String name) throws SpecException {
    String text = parse("superuser", name, value -> value);
    if (text.isEmpty() || text.getBytes(StandardCharsets.UTF_8).length > NAME_BYTES_MAX) {
      throw new SpecException("superuser: must have 1 to " + NAME_BYTES_MAX + " bytes");
    }
    if (text.chars().anyMatch(c -> c < ' ' || c == '"')) {
      throw new SpecException("superuser: has a character that configuration files cannot hold");
    }
    return text;
  }

  private static long systemId(@Nullable String text) throws SpecException {
    return text == null ? 0 : parse("system_id", text, Long::parseUnsignedLong);
  }

  private static SortedMap<String, String> settings(SpecDocument document) throws SpecException {
    SortedMap<String, String> settings = new TreeMap<>();
    Map<String, String> given = Optional.ofNullable(document.settings()).orElse(Map.of());
    for (Map.Entry<String, String> setting : given.entrySet()) {
      String name = SettingRules.check(setting.getKey(), setting.getValue());
      if (settings.put(name, setting.getValue()) != null) {
        throw new SpecException("settings: " + name + " stands there twice");
      }
    }
    String sharedBuffers = document.sharedBuffers();
    if (sharedBuffers != null) {
      settings.putIfAbsent(SettingRules.check("shared_buffers", sharedBuffers), sharedBuffers);
    }
    return settings;
  }

  private static long sizeMb(String field, @Nullable Long value, long absent) throws SpecException {
    if (value == null) {
      return absent;
    }
    if (value < 0 || value > Long.MAX_VALUE >>> BYTES_PER_MB_SHIFT) {
      throw new SpecException(field + ": must be a number of megabytes, not " + value);
    }
    return value;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /// Reads one text form; throws IllegalArgumentException for another.
  private interface Parser<T> {
    T parse(String text);
  }

  private static <T> T parse(String field, @Nullable String text, Parser<T> parser)
      throws SpecException {
    if (text == null) {
      throw new SpecException(field + ": is missing");
    }
    try {
      return parser.parse(text);
    } catch (IllegalArgumentException e) {
      throw new SpecException(field + ": " + e.getMessage(), e);
    }
  }
}
