package dev.argon.pageserver.timeline;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pageserver.layer.LayerIdentity;
import dev.argon.pageserver.layer.LayerKind;
import dev.argon.pageserver.layer.LayerSummary;
import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import io.avaje.jsonb.Json;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a timeline consists of: the content of its index file. LSNs are PostgreSQL's text form,
/// keys 32 hexadecimal digits.
///
/// @param generation of the node's attachment that wrote it
/// @param nextSequence the number of the next layer's name
/// @param ancestorTimelineId empty if it has none
/// @param startLsn where it begins: the end of its first record, or the branch point
/// @param diskConsistentLsn the layers hold everything up to here
/// @param term of the WAL up to there
@Json(naming = Json.Naming.LowerUnderscore)
public record TimelineIndex(
    int formatVersion,
    String tenantId,
    String timelineId,
    long generation,
    long nextSequence,
    @Nullable String ancestorTimelineId,
    @Nullable String ancestorLsn,
    String startLsn,
    String diskConsistentLsn,
    long term,
    int pgVersion,
    long systemId,
    int dataChecksumVersion,
    boolean hintBitsLogged,
    @Nullable Membership safekeepers,
    @Nullable List<Layer> layers) {

  /// The format that is written.
  public static final int FORMAT_VERSION = 1;

  /// A layer that counts.
  ///
  /// @param kind `delta` or `image`
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Layer(
      String name,
      String kind,
      int level,
      String startLsn,
      String endLsn,
      String firstKey,
      String lastKey,
      long versions,
      int cuts,
      long sizeBytes) {

    static Layer of(StoredLayer stored) {
      LayerSummary summary = stored.file().summary();
      return new Layer(
          stored.name(),
          summary.identity().kind() == LayerKind.DELTA ? "delta" : "image",
          stored.level(),
          Lsn.toString(summary.identity().startLsn()),
          Lsn.toString(summary.identity().endLsn()),
          keyText(summary.firstKey()),
          keyText(summary.lastKey()),
          summary.versions(),
          summary.cuts(),
          summary.sizeBytes());
    }

    LayerSummary summary(TenantId tenant, TimelineId timeline) throws CorruptDataException {
      try {
        LayerIdentity identity =
            new LayerIdentity(
                tenant,
                timeline,
                kind.equals("delta") ? LayerKind.DELTA : LayerKind.IMAGE,
                Lsn.parse(startLsn).value(),
                Lsn.parse(endLsn).value());
        return new LayerSummary(identity, key(firstKey), key(lastKey), versions, cuts, sizeBytes);
      } catch (IllegalArgumentException e) {
        throw new CorruptDataException("layer " + name + " of an index: " + e.getMessage(), e);
      }
    }

    private static String keyText(PageKey key) {
      HexFormat hex = HexFormat.of();
      return hex.toHexDigits(key.high()) + hex.toHexDigits(key.low());
    }

    private static PageKey key(String text) {
      return new PageKey(
          HexFormat.fromHexDigitsToLong(text, 0, 16), HexFormat.fromHexDigitsToLong(text, 16, 32));
    }
  }

  public List<Layer> layerList() {
    return layers == null ? List.of() : layers;
  }

  public Membership membership() {
    return safekeepers == null ? Membership.NONE : safekeepers;
  }

  public long diskConsistent() {
    return Lsn.parse(diskConsistentLsn).value();
  }

  public long start() {
    return Lsn.parse(startLsn).value();
  }
}
