/*-------------------------------------------------------------------------
 *
 * argon_shared.h
 *	  Layout of the file that PostgreSQL and the compute JVM both map.
 *
 * The JVM creates the file, sparse and of its full size, before the postmaster
 * starts; the postmaster maps it and its children inherit the mapping.  The
 * Java side of this definition is dev.argon.compute.memory.SharedMemoryLayout;
 * a test compares the two through layout_dump.c.  Whoever changes an offset or
 * a meaning raises ARGON_LAYOUT_VERSION.
 *
 * All integers are in native byte order, both sides run on one machine.  Every
 * word that both sides write is changed by compare-and-swap or fetch-and-add.
 *
 * This header needs only C11, so that it can be used outside PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ARGON_SHARED_H
#define ARGON_SHARED_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define ARGON_MAGIC				UINT64_C(0x314D48534E475241)	/* "ARGNSHM1" */
#define ARGON_LAYOUT_VERSION	3

/* Blocks of one chunk: 8 MiB of data, 16 KiB of entries. */
#define ARGON_CHUNK_BLOCKS		1024
/* Blocks that one request can name. */
#define ARGON_REQUEST_BLOCKS	32
#define ARGON_ERROR_TEXT_SIZE	256
#define ARGON_COUNTERS			64

/*
 * ---- Block entry: 16 bytes ----
 *
 * Word and token are one 64-bit atomic.  The token is raised by every change
 * that makes older knowledge about the block's bytes worthless: a claim for
 * fetching or writing, an eviction, a truncation.  It is never set back while
 * the file lives, also not when the chunk gets another owner.
 */
typedef struct ArgonBlock
{
	uint32_t	word;			/* state and flags; waited on with a futex */
	uint32_t	token;
	uint64_t	not_modified_since;	/* meaningful with ARGON_F_WRITTEN */
} ArgonBlock;

static_assert(sizeof(ArgonBlock) == 16, "ArgonBlock");
static_assert(offsetof(ArgonBlock, token) == 4, "ArgonBlock.token");
static_assert(offsetof(ArgonBlock, not_modified_since) == 8, "ArgonBlock.nms");

#define ARGON_STATE_MASK		0x07u
#define ARGON_ABSENT			0u	/* only the pageserver has it */
#define ARGON_FETCHING			1u	/* a request for it is under way */
#define ARGON_INSTALLING		2u	/* the JVM writes the page into the file */
#define ARGON_PRESENT			3u	/* the file has it */
#define ARGON_WRITING			4u	/* PostgreSQL writes it into the file */
#define ARGON_EVICTING			5u	/* the JVM looks whether it may go */

#define ARGON_F_WRITTEN			0x008u	/* written by this compute */
#define ARGON_F_ZERO			0x010u	/* all zeros, and rightly so */
#define ARGON_F_USED			0x020u	/* read since the evictor came by */
#define ARGON_F_KEEP			0x040u	/* the evictor looked: must stay */
#define ARGON_F_IMAGED			0x080u	/* these very bytes are in WAL */
#define ARGON_F_WAITERS			0x100u	/* wake the word at the next change */
#define ARGON_F_COUNTED			0x200u	/* takes space, is in resident_blocks */
#define ARGON_F_SEQUENCE		0x400u	/* sequence with values ahead in WAL */
#define ARGON_F_DIFFERS			0x800u	/* compare mode: not the pageserver's */

/*
 * ---- Chunk descriptor: 64 bytes ----
 *
 * Status is generation << 2 | kind.  Written only by PostgreSQL under the map
 * lock; read without lock: status, then key, then status again.
 */
typedef struct ArgonChunk
{
	uint32_t	status;
	uint32_t	spc;
	uint32_t	db;
	uint32_t	rel;
	uint32_t	fork;
	uint32_t	number;			/* block number / ARGON_CHUNK_BLOCKS */
	uint32_t	flags;
	uint32_t	chunks;			/* of number 0: highest number + 1 */
	uint32_t	next_free;		/* index + 1 */
	uint32_t	hash_slot;
	uint32_t	reserved[6];
} ArgonChunk;

static_assert(sizeof(ArgonChunk) == 64, "ArgonChunk");
static_assert(offsetof(ArgonChunk, fork) == 16, "ArgonChunk.fork");
static_assert(offsetof(ArgonChunk, number) == 20, "ArgonChunk.number");
static_assert(offsetof(ArgonChunk, flags) == 24, "ArgonChunk.flags");
static_assert(offsetof(ArgonChunk, chunks) == 28, "ArgonChunk.chunks");

#define ARGON_CHUNK_KIND_MASK	3u
#define ARGON_CHUNK_FREE		0u
#define ARGON_CHUNK_BUSY		1u
#define ARGON_CHUNK_LIVE		2u

#define ARGON_CHUNK_LOCAL		1u	/* unlogged: all of it is here for ever */
#define ARGON_CHUNK_IMAGED		2u	/* an image of a block of it was logged */
#define ARGON_CHUNK_READ_BY_WORKER	4u	/* stray buffers are possible */

/*
 * ---- Request slot: 512 bytes ----
 */
typedef struct ArgonSlot
{
	uint32_t	state;			/* waited on with a futex */
	uint32_t	pid;
	uint32_t	chunk;			/* descriptor index */
	uint32_t	chunk_status;	/* as it was when the blocks were claimed */
	uint32_t	spc;
	uint32_t	db;
	uint32_t	rel;
	uint32_t	fork;
	uint32_t	first_block;	/* all blocks lie in one chunk */
	uint32_t	count;
	uint32_t	claimed;		/* bit per block: asked for by this slot */
	uint32_t	result;
	uint64_t	request_id;
	uint32_t	kind;			/* ARGON_REQUEST_... */
	uint32_t	reserved;
	uint32_t	tokens[ARGON_REQUEST_BLOCKS];
	char		error_text[ARGON_ERROR_TEXT_SIZE];	/* UTF-8, ends with NUL */
	uint8_t		padding[64];
} ArgonSlot;

static_assert(sizeof(ArgonSlot) == 512, "ArgonSlot");
static_assert(offsetof(ArgonSlot, chunk) == 8, "ArgonSlot.chunk");
static_assert(offsetof(ArgonSlot, chunk_status) == 12, "ArgonSlot.chunk_status");
static_assert(offsetof(ArgonSlot, spc) == 16, "ArgonSlot.spc");
static_assert(offsetof(ArgonSlot, fork) == 28, "ArgonSlot.fork");
static_assert(offsetof(ArgonSlot, first_block) == 32, "ArgonSlot.first_block");
static_assert(offsetof(ArgonSlot, count) == 36, "ArgonSlot.count");
static_assert(offsetof(ArgonSlot, claimed) == 40, "ArgonSlot.claimed");
static_assert(offsetof(ArgonSlot, result) == 44, "ArgonSlot.result");
static_assert(offsetof(ArgonSlot, request_id) == 48, "ArgonSlot.request_id");
static_assert(offsetof(ArgonSlot, kind) == 56, "ArgonSlot.kind");
static_assert(offsetof(ArgonSlot, tokens) == 64, "ArgonSlot.tokens");
static_assert(offsetof(ArgonSlot, error_text) == 192, "ArgonSlot.error_text");

#define ARGON_SLOT_STATE_MASK	0x0Fu
#define ARGON_SLOT_IDLE			0u
#define ARGON_SLOT_FILLING		1u
#define ARGON_SLOT_SUBMITTED	2u
#define ARGON_SLOT_PROCESSING	3u
#define ARGON_SLOT_COMPLETED	4u
#define ARGON_SLOT_DETACHED		0x10u	/* nobody collects the result */

#define ARGON_REQUEST_FETCH		0u	/* into the file; the blocks are FETCHING */
#define ARGON_REQUEST_COMPARE	1u	/* with the file: nobody changes the block */
#define ARGON_REQUEST_PROBE		2u	/* with the file: a buffer may be newer */

#define ARGON_RESULT_DONE		0u	/* look at the block's state again */
#define ARGON_RESULT_ERROR		1u	/* error_text says why */
#define ARGON_RESULT_GONE		2u	/* past the end of the file */
#define ARGON_RESULT_DIFFERS	3u	/* compared: error_text says where */
#define ARGON_RESULT_OVERTAKEN	4u	/* not compared: the block has changed */

/*
 * ---- Image order: 16 bytes ----
 *
 * The evictor asks the background worker to log an image of a block.
 */
typedef struct ArgonImageOrder
{
	uint32_t	chunk;
	uint32_t	chunk_status;
	uint32_t	block;			/* within the chunk */
	uint32_t	reserved;
} ArgonImageOrder;

static_assert(sizeof(ArgonImageOrder) == 16, "ArgonImageOrder");

/*
 * ---- Warm order: 32 bytes ----
 *
 * The JVM asks the background worker to ask for blocks that nobody reads yet:
 * only PostgreSQL adds chunks.
 */
typedef struct ArgonWarm
{
	uint32_t	spc;
	uint32_t	db;
	uint32_t	rel;
	uint32_t	fork;
	uint32_t	first_block;
	uint32_t	count;
	uint32_t	reserved[2];
} ArgonWarm;

static_assert(sizeof(ArgonWarm) == 32, "ArgonWarm");

/*
 * ---- Working set: when which blocks were read ----
 *
 * HyperLogLog with a time instead of a bit: cell (rank, register) has the
 * second, since 1970, in which a block of that hash was last read.  So the
 * number of different blocks in any span of time up to now can be estimated.
 * By rank first: low ranks are touched most and share few cache lines.
 */
#define ARGON_READ_REGISTER_BITS	10
#define ARGON_READ_REGISTERS	1024
#define ARGON_READ_RANKS		32

/*
 * ---- Waits for pages ----
 *
 * A histogram per process, in the rows' order: how many waits took less than
 * each bound of ARGON_WAIT_BOUNDS (microseconds), the rest, and their sum.
 */
#define ARGON_WAIT_BOUNDS \
	2, 3, 6, 10, 20, 30, 60, 100, 200, 300, 600, 1000, \
	2000, 3000, 6000, 10000, 20000, 30000, 60000, 100000, \
	200000, 300000, 600000, 1000000, 2000000, 3000000, 6000000, 10000000
#define ARGON_WAIT_BUCKETS		29	/* the last one has no bound */
#define ARGON_WAIT_SUM			29	/* microseconds */
#define ARGON_WAIT_COUNTERS		32

/*
 * ---- Counters ----
 *
 * One row of eight per process, so that they share no cache line.
 */
#define ARGON_PROC_HITS			0
#define ARGON_PROC_MISSES		1
#define ARGON_PROC_WAITS		2	/* waited for another one's fetch */
#define ARGON_PROC_READAHEAD	3	/* blocks asked for ahead */
#define ARGON_PROC_WRITES		4
#define ARGON_PROC_EXTENDS		5
#define ARGON_PROC_WAIT_MICROS	6
#define ARGON_PROC_COMPARES		7	/* reads that asked for a comparison */
#define ARGON_PROC_COUNTERS		8

/* And one row for the whole. */
#define ARGON_RESIDENT_BLOCKS	0	/* a gauge: blocks with ARGON_F_COUNTED */
#define ARGON_ZERO_PAGE_ERRORS	1	/* must stay 0 */
#define ARGON_IMAGES_LOGGED		2	/* FSM and VM pages at their write */
#define ARGON_IMAGES_ORDERED	3	/* by the evictor's order, or at a stop */
#define ARGON_IMAGES_SKIPPED	4
#define ARGON_THROTTLE_MICROS	5
#define ARGON_THROTTLED_NOW		6	/* a gauge */
#define ARGON_CANCELS_HELD		7
#define ARGON_TRUNCATES_REPEATED	8
/* Reads that compare mode leaves out, by reason. */
#define ARGON_UNCOMPARED_FSM	9	/* free space map */
#define ARGON_UNCOMPARED_MAP	10	/* visibility map without image */
#define ARGON_UNCOMPARED_SHARED	11	/* shared catalog written here */
#define ARGON_UNCOMPARED_DIRECT	12	/* read around the buffer pool */
#define ARGON_UNCOMPARED_REPLAY	13	/* of a replica: the record is not over */
#define ARGON_WARMED_BLOCKS		31	/* asked for by warm orders */
/* Counted by the JVM. */
#define ARGON_EVICTED_BLOCKS	32
#define ARGON_REQUESTS_SENT		33	/* to the pageserver */
#define ARGON_SEND_FLUSHES		34
#define ARGON_DISCONNECTS		35
#define ARGON_OPEN_REQUESTS		36	/* a gauge */
#define ARGON_DROPPED_PAGES		37	/* came too late for their block */

/* neon.debug_compare_local */
#define ARGON_COMPARE_NONE		0u
#define ARGON_COMPARE_PREFETCH	1u
#define ARGON_COMPARE_LFC		2u
#define ARGON_COMPARE_ALL		3u

/*
 * ---- Calls ----
 *
 * Over the control socket: kind, argument (signed), length of what follows, 32
 * bits each; the answer: ARGON_ANSWER_..., length, bytes.  One call for each
 * connection, whose end takes the call back.  The life line is the worker's
 * connection: it is never answered, its end ends the server, and bytes from
 * the JVM wake the worker.
 */
#define ARGON_CALL_LIFE_LINE	1u
#define ARGON_CALL_WORKING_SET	2u	/* of so many seconds, -1: all -> int64 */
#define ARGON_CALL_WORKING_SET_RESET	3u	/* the same, then forgets */
#define ARGON_CALL_CACHE_STATE	4u	/* at most so many parts, -1: all */
#define ARGON_CALL_PREWARM		5u	/* cache state; answered when it is done */
#define ARGON_CALL_PREWARM_INFO	6u	/* -> four uint32, or nothing */
#define ARGON_CALL_CLUSTER_SIZE	7u	/* -> int64, bytes */

#define ARGON_ANSWER_DONE		0u
#define ARGON_ANSWER_ERROR		1u	/* with a text in UTF-8 */

#define ARGON_MODE_PRIMARY		0u
#define ARGON_MODE_STATIC		1u	/* one position for ever */
#define ARGON_MODE_REPLICA		2u	/* replays what the primary writes */

#define ARGON_REPLAY_STREAMING	1u	/* a safekeeper is connected */
#define ARGON_REPLAY_PAUSED		2u

/*
 * ---- Header: 4096 bytes ----
 */
typedef struct ArgonHeader
{
	/* Set by the JVM before the postmaster starts, then constant. */
	uint64_t	magic;
	uint32_t	layout_version;
	uint32_t	mode;			/* ARGON_MODE_... */
	uint64_t	file_size;
	uint64_t	boot_lsn;
	uint32_t	chunk_max;
	uint32_t	hash_slots;		/* a power of two, at least twice chunk_max */
	uint32_t	demand_slots;
	uint32_t	slots;			/* demand slots first, then read-ahead's */
	uint32_t	process_rows;
	uint32_t	image_orders;	/* a power of two */
	uint64_t	hash_offset;
	uint64_t	chunks_offset;
	uint64_t	blocks_offset;
	uint64_t	slots_offset;
	uint64_t	submitted_offset;	/* bitmap of slots, 64-bit words */
	uint64_t	rows_offset;
	uint64_t	orders_offset;
	uint8_t		pad0[128 - 112];

	/* 128: the doorbell */
	uint32_t	doorbell;		/* raised by each submission; a futex */
	uint32_t	doorbell_sleeping;
	uint8_t		pad1[64 - 8];

	/* 192: image orders */
	uint32_t	orders_head;	/* written by the JVM */
	uint32_t	orders_tail;	/* written by the worker */
	uint8_t		pad2[64 - 8];

	/* 256: published by the worker */
	uint64_t	transaction_horizon;
	uint64_t	vacuum_horizon;
	uint64_t	insert_lsn;
	uint64_t	flush_lsn;
	uint64_t	rounds;
	int64_t		cache_limit_blocks;	/* -1: none */
	uint32_t	server_version_num;
	uint32_t	stop_done;
	uint32_t	compare_mode;	/* set at the start */
	uint8_t		pad3[128 - 60];

	/* 384: published by the JVM */
	uint64_t	commit_lsn;
	uint64_t	commit_lag_max;		/* bytes; 0: no limit */
	uint64_t	pageserver_lsn;
	uint64_t	pageserver_lag_max;	/* bytes; 0: no limit */
	uint32_t	stop_request;
	uint32_t	reserved0;
	uint8_t		pad4[128 - 40];

	/* 512: map of chunks, under the map lock */
	uint32_t	chunk_high;		/* descriptors ever used */
	uint32_t	chunk_free;		/* head of the free list, index + 1 */
	uint32_t	chunk_live;
	uint32_t	next_generation;
	uint32_t	images_paused;	/* databases are being dropped */
	uint8_t		pad5[512 - 20];

	/* 1024 */
	uint64_t	counters[ARGON_COUNTERS];
	uint8_t		pad6[1024 - 8 * ARGON_COUNTERS];

	/* 2048: set by the JVM before the postmaster starts, then constant */
	uint64_t	reads_offset;	/* of the working set */
	uint64_t	waits_offset;
	uint64_t	warm_offset;	/* ring of warm orders */
	uint32_t	warm_orders;	/* a power of two */
	uint8_t		pad7[64 - 28];

	/* 2112: warm orders */
	uint32_t	warm_head;		/* written by the JVM */
	uint32_t	warm_tail;		/* written by the worker */
	uint8_t		pad8[64 - 8];

	/* 2176: what the pageserver last said, published by the JVM; 0: nothing */
	uint64_t	received_lsn;
	uint64_t	disk_consistent_lsn;
	uint64_t	remote_consistent_lsn;

	/* 2200: PostgreSQL's alone: what all relations take, as of the last second */
	uint64_t	cluster_bytes;
	uint8_t		pad9[64 - 32];

	/* 2240: of a replica, published by its processes */
	uint64_t	replay_lsn;		/* all WAL before it is applied */
	uint64_t	stream_lsn;		/* WAL received from a safekeeper */
	uint32_t	replay_state;	/* ARGON_REPLAY_... */
	uint8_t		pad10[4096 - 2240 - 20];
} ArgonHeader;

static_assert(sizeof(ArgonHeader) == 4096, "ArgonHeader");
static_assert(offsetof(ArgonHeader, boot_lsn) == 24, "ArgonHeader.boot_lsn");
static_assert(offsetof(ArgonHeader, hash_offset) == 56, "ArgonHeader.hash_offset");
static_assert(offsetof(ArgonHeader, orders_offset) == 104, "ArgonHeader.orders_offset");
static_assert(offsetof(ArgonHeader, doorbell) == 128, "ArgonHeader.doorbell");
static_assert(offsetof(ArgonHeader, orders_head) == 192, "ArgonHeader.orders_head");
static_assert(offsetof(ArgonHeader, transaction_horizon) == 256, "ArgonHeader.transaction_horizon");
static_assert(offsetof(ArgonHeader, server_version_num) == 304, "ArgonHeader.server_version_num");
static_assert(offsetof(ArgonHeader, compare_mode) == 312, "ArgonHeader.compare_mode");
static_assert(offsetof(ArgonHeader, commit_lsn) == 384, "ArgonHeader.commit_lsn");
static_assert(offsetof(ArgonHeader, stop_request) == 416, "ArgonHeader.stop_request");
static_assert(offsetof(ArgonHeader, chunk_high) == 512, "ArgonHeader.chunk_high");
static_assert(offsetof(ArgonHeader, counters) == 1024, "ArgonHeader.counters");
static_assert(offsetof(ArgonHeader, reads_offset) == 2048, "ArgonHeader.reads_offset");
static_assert(offsetof(ArgonHeader, warm_head) == 2112, "ArgonHeader.warm_head");
static_assert(offsetof(ArgonHeader, received_lsn) == 2176, "ArgonHeader.received_lsn");
static_assert(offsetof(ArgonHeader, replay_lsn) == 2240, "ArgonHeader.replay_lsn");

#endif							/* ARGON_SHARED_H */
