package dev.argon.compute.memory;

/// Offsets and values of `argon_shared.h`, by the same names. What each means stands there.
public final class SharedMemoryLayout {

  static final long MAGIC = 0x314D48534E475241L;
  static final int LAYOUT_VERSION = 3;

  /// Blocks of one chunk: 8 MiB of data.
  public static final int CHUNK_BLOCKS = 1024;

  public static final int REQUEST_BLOCKS = 32;
  static final int ERROR_TEXT_SIZE = 256;

  // A block's word.
  public static final int STATE_MASK = 0x07;
  public static final int ABSENT = 0;
  public static final int FETCHING = 1;
  public static final int INSTALLING = 2;
  public static final int PRESENT = 3;
  public static final int WRITING = 4;
  public static final int EVICTING = 5;
  public static final int F_WRITTEN = 0x008;
  public static final int F_ZERO = 0x010;
  public static final int F_USED = 0x020;
  public static final int F_KEEP = 0x040;
  public static final int F_IMAGED = 0x080;
  public static final int F_WAITERS = 0x100;
  public static final int F_COUNTED = 0x200;
  public static final int F_SEQUENCE = 0x400;
  public static final int F_DIFFERS = 0x800;

  static final int BLOCK_SIZE = 16;
  static final int BLOCK_WORD = 0;
  static final int BLOCK_TOKEN = 4;
  static final int BLOCK_NOT_MODIFIED_SINCE = 8;

  // A chunk descriptor.
  static final int CHUNK_SIZE = 64;
  static final int CHUNK_STATUS = 0;
  static final int CHUNK_SPC = 4;
  static final int CHUNK_DB = 8;
  static final int CHUNK_REL = 12;
  static final int CHUNK_FORK = 16;
  static final int CHUNK_NUMBER = 20;
  static final int CHUNK_FLAGS = 24;
  static final int CHUNK_KIND_MASK = 3;
  static final int CHUNK_LIVE = 2;
  static final int CHUNK_LOCAL = 1;

  // A request slot.
  static final int SLOT_SIZE = 512;
  static final int SLOT_STATE = 0;
  static final int SLOT_CHUNK = 8;
  static final int SLOT_CHUNK_STATUS = 12;
  static final int SLOT_SPC = 16;
  static final int SLOT_DB = 20;
  static final int SLOT_REL = 24;
  static final int SLOT_FORK = 28;
  static final int SLOT_FIRST_BLOCK = 32;
  static final int SLOT_COUNT = 36;
  static final int SLOT_CLAIMED = 40;
  static final int SLOT_RESULT = 44;
  static final int SLOT_REQUEST_ID = 48;
  static final int SLOT_KIND = 56;
  static final int SLOT_TOKENS = 64;
  static final int SLOT_ERROR_TEXT = 192;
  static final int SLOT_STATE_MASK = 0x0F;
  static final int SLOT_IDLE = 0;
  static final int SLOT_SUBMITTED = 2;
  static final int SLOT_PROCESSING = 3;
  static final int SLOT_COMPLETED = 4;
  static final int SLOT_DETACHED = 0x10;
  public static final int REQUEST_FETCH = 0;
  public static final int REQUEST_COMPARE = 1;
  public static final int REQUEST_PROBE = 2;
  static final int RESULT_DONE = 0;
  static final int RESULT_ERROR = 1;
  static final int RESULT_GONE = 2;
  static final int RESULT_DIFFERS = 3;
  static final int RESULT_OVERTAKEN = 4;

  // An image order.
  static final int ORDER_SIZE = 16;
  static final int ORDER_CHUNK = 0;
  static final int ORDER_CHUNK_STATUS = 4;
  static final int ORDER_BLOCK = 8;

  // A warm order.
  static final int WARM_SIZE = 32;
  static final int WARM_SPC = 0;
  static final int WARM_DB = 4;
  static final int WARM_REL = 8;
  static final int WARM_FORK = 12;
  static final int WARM_FIRST_BLOCK = 16;
  static final int WARM_COUNT = 20;

  // The working set.
  static final int READ_REGISTERS = 1024;
  static final int READ_RANKS = 32;

  static final int WAIT_COUNTERS = 32;

  // Calls over the control socket.
  public static final int CALL_LIFE_LINE = 1;
  public static final int CALL_WORKING_SET = 2;
  public static final int CALL_WORKING_SET_RESET = 3;
  public static final int CALL_CACHE_STATE = 4;
  public static final int CALL_PREWARM = 5;
  public static final int CALL_PREWARM_INFO = 6;
  public static final int CALL_CLUSTER_SIZE = 7;
  public static final int ANSWER_DONE = 0;
  public static final int ANSWER_ERROR = 1;

  // The header.
  static final int HEADER_SIZE = 4096;
  static final int HEADER_MAGIC = 0;
  static final int HEADER_LAYOUT_VERSION = 8;
  static final int HEADER_MODE = 12;
  static final int HEADER_FILE_SIZE = 16;
  static final int HEADER_BOOT_LSN = 24;
  static final int HEADER_CHUNK_MAX = 32;
  static final int HEADER_HASH_SLOTS = 36;
  static final int HEADER_DEMAND_SLOTS = 40;
  static final int HEADER_SLOTS = 44;
  static final int HEADER_PROCESS_ROWS = 48;
  static final int HEADER_IMAGE_ORDERS = 52;
  static final int HEADER_HASH_OFFSET = 56;
  static final int HEADER_CHUNKS_OFFSET = 64;
  static final int HEADER_BLOCKS_OFFSET = 72;
  static final int HEADER_SLOTS_OFFSET = 80;
  static final int HEADER_SUBMITTED_OFFSET = 88;
  static final int HEADER_ROWS_OFFSET = 96;
  static final int HEADER_ORDERS_OFFSET = 104;
  static final int HEADER_DOORBELL = 128;
  static final int HEADER_DOORBELL_SLEEPING = 132;
  static final int HEADER_ORDERS_HEAD = 192;
  static final int HEADER_ORDERS_TAIL = 196;
  static final int HEADER_TRANSACTION_HORIZON = 256;
  static final int HEADER_VACUUM_HORIZON = 264;
  static final int HEADER_INSERT_LSN = 272;
  static final int HEADER_FLUSH_LSN = 280;
  static final int HEADER_ROUNDS = 288;
  static final int HEADER_CACHE_LIMIT_BLOCKS = 296;
  static final int HEADER_SERVER_VERSION_NUM = 304;
  static final int HEADER_STOP_DONE = 308;
  static final int HEADER_COMPARE_MODE = 312;
  static final int HEADER_COMMIT_LSN = 384;
  static final int HEADER_COMMIT_LAG_MAX = 392;
  static final int HEADER_PAGESERVER_LSN = 400;
  static final int HEADER_PAGESERVER_LAG_MAX = 408;
  static final int HEADER_STOP_REQUEST = 416;
  static final int HEADER_CHUNK_HIGH = 512;
  static final int HEADER_CHUNK_LIVE = 520;
  static final int HEADER_COUNTERS = 1024;
  static final int HEADER_READS_OFFSET = 2048;
  static final int HEADER_WAITS_OFFSET = 2056;
  static final int HEADER_WARM_OFFSET = 2064;
  static final int HEADER_WARM_ORDERS = 2072;
  static final int HEADER_WARM_HEAD = 2112;
  static final int HEADER_WARM_TAIL = 2116;
  static final int HEADER_RECEIVED_LSN = 2176;
  static final int HEADER_DISK_CONSISTENT_LSN = 2184;
  static final int HEADER_REMOTE_CONSISTENT_LSN = 2192;
  static final int HEADER_REPLAY_LSN = 2240;
  static final int HEADER_STREAM_LSN = 2248;
  static final int HEADER_REPLAY_STATE = 2256;

  // Counters.
  static final int PROC_COUNTERS = 8;
  static final int PROC_HITS = 0;
  static final int PROC_MISSES = 1;
  static final int PROC_WAITS = 2;
  static final int PROC_READAHEAD = 3;
  static final int PROC_WRITES = 4;
  static final int PROC_EXTENDS = 5;
  static final int PROC_WAIT_MICROS = 6;
  static final int PROC_COMPARES = 7;
  static final int RESIDENT_BLOCKS = 0;
  static final int ZERO_PAGE_ERRORS = 1;
  static final int IMAGES_LOGGED = 2;
  static final int IMAGES_ORDERED = 3;
  static final int IMAGES_SKIPPED = 4;
  static final int THROTTLE_MICROS = 5;
  static final int THROTTLED_NOW = 6;
  static final int CANCELS_HELD = 7;
  static final int TRUNCATES_REPEATED = 8;
  static final int UNCOMPARED_FSM = 9;
  static final int UNCOMPARED_MAP = 10;
  static final int UNCOMPARED_SHARED = 11;
  static final int UNCOMPARED_DIRECT = 12;
  static final int UNCOMPARED_REPLAY = 13;
  static final int WARMED_BLOCKS = 31;
  static final int EVICTED_BLOCKS = 32;
  public static final int REQUESTS_SENT = 33;
  public static final int SEND_FLUSHES = 34;
  public static final int DISCONNECTS = 35;
  public static final int OPEN_REQUESTS = 36;
  public static final int DROPPED_PAGES = 37;

  // neon.debug_compare_local.
  public static final int COMPARE_NONE = 0;
  public static final int COMPARE_PREFETCH = 1;
  public static final int COMPARE_LFC = 2;
  public static final int COMPARE_ALL = 3;

  // What kind of server it is.
  static final int MODE_PRIMARY = 0;
  static final int MODE_STATIC = 1;
  static final int MODE_REPLICA = 2;

  // What a replica's replay does.
  static final int REPLAY_STREAMING = 1;
  static final int REPLAY_PAUSED = 2;

  private SharedMemoryLayout() {}
}
