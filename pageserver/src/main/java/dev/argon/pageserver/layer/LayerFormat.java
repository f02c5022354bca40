package dev.argon.pageserver.layer;

/// Numbers of the file format that the package documentation describes.
final class LayerFormat {

  static final long HEADER_MAGIC = 0x4152474F4E4C5952L; // "ARGONLYR"
  static final long FOOTER_MAGIC = 0x4152474F4E465452L; // "ARGONFTR"
  static final int VERSION = 1;
  static final int HEADER_SIZE = 16;
  static final int FOOTER_SIZE = 160;
  static final int FOOTER_CRC_OFFSET = 156;
  static final int INDEX_ENTRY_SIZE = 48;
  static final int ENTRY_HEADER_SIZE = 30;
  static final int BLOCK_SIZE_TARGET = 32 << 10;
  static final int CODEC_NONE = 0;
  static final int CODEC_ZSTD = 1;

  private LayerFormat() {}
}
