package dev.argon.postgres;

/// What the major versions of PostgreSQL that Argon knows put differently into their bytes. A new
/// version is a new constant here and a new package beside `.v15`.
public enum PostgresVersion {
  /// Headers of 15: `XLOG_PAGE_MAGIC`, `PG_CONTROL_VERSION`, `CATALOG_VERSION_NO`.
  V15(15, 0xD110, 1300, 202209061);

  private final int major;
  private final int walPageMagic;
  private final int controlVersion;
  private final int catalogVersion;

  PostgresVersion(int major, int walPageMagic, int controlVersion, int catalogVersion) {
    this.major = major;
    this.walPageMagic = walPageMagic;
    this.controlVersion = controlVersion;
    this.catalogVersion = catalogVersion;
  }

  public int major() {
    return major;
  }

  /// `xlp_magic` of every WAL page (xlog_internal.h).
  public int walPageMagic() {
    return walPageMagic;
  }

  /// `pg_control_version` (pg_control.h).
  public int controlVersion() {
    return controlVersion;
  }

  /// `catalog_version_no` (catversion.h).
  public int catalogVersion() {
    return catalogVersion;
  }
}
