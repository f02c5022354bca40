/*-------------------------------------------------------------------------
 *
 * neon.h
 *	  What the shim's files share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NEON_H
#define NEON_H

#include "postgres.h"

#include "access/xlogdefs.h"
#include "nodes/nodes.h"
#include "port/atomics.h"
#include "storage/block.h"
#include "storage/lwlock.h"
#include "storage/relfilenode.h"
#include "storage/smgr.h"

#include "argon_shared.h"

/* neon.c: settings and the mapping */
extern ArgonHeader *argon;
extern char *argon_control_socket;
extern int	argon_readahead_max;
extern int	argon_cache_limit_mb;
extern int	argon_compare_mode;

extern LWLock *argon_map_lock(void);
extern LWLock *argon_image_lock(void);

#define ARGON_AT(offset)	((char *) argon + (offset))

static inline void
argon_count(int counter, int64 amount)
{
	pg_atomic_fetch_add_u64((pg_atomic_uint64 *) &argon->counters[counter],
							amount);
}

extern bool argon_reserve(uint64 offset, uint64 size);
extern uint32 argon_row(void);
extern uint64 *argon_counters_of(uint32 row);
extern void argon_count_here(int counter, int64 amount);

/* Words of the shared file as atomics. */
#define ARGON_ATOMIC32(field)	((pg_atomic_uint32 *) &(field))
#define ARGON_ATOMIC64(field)	((pg_atomic_uint64 *) &(field))

/* neon_table.c */
extern void argon_patch_smgr_table(void);
extern void argon_overwrite(const void *target, const void *source, Size size);

/* neon_smgr.c */
extern const void *const argon_md_table[];
extern const void *const argon_smgr_table[];
extern const int argon_smgr_entries;

/* neon_map.c: where the entries of a block are */
typedef struct ArgonPlace
{
	uint32		chunk;			/* descriptor index */
	uint32		status;			/* its status at the look-up */
	bool		local;			/* leave it to md */
} ArgonPlace;

extern bool argon_lookup(RelFileNode rnode, ForkNumber fork, uint32 number,
						 ArgonPlace *place);
extern void argon_find_or_add(RelFileNode rnode, ForkNumber fork,
							  uint32 number, ArgonPlace *place);
extern uint32 argon_fork_chunks(RelFileNode rnode, ForkNumber fork);
extern bool argon_forget_fork(RelFileNode rnode, ForkNumber fork);
extern void argon_mark_local(RelFileNode rnode);
extern void argon_forget_dropped_databases(void);
extern void argon_set_chunk_flag(uint32 chunk, uint32 flag);

static inline ArgonChunk *
argon_chunk(uint32 index)
{
	return (ArgonChunk *) ARGON_AT(argon->chunks_offset) + index;
}

static inline ArgonBlock *
argon_block(uint32 chunk, BlockNumber blkno)
{
	return (ArgonBlock *) ARGON_AT(argon->blocks_offset) +
		(uint64) chunk * ARGON_CHUNK_BLOCKS + blkno % ARGON_CHUNK_BLOCKS;
}

/* neon_block.c: the states of a block */
typedef union ArgonWord
{
	uint64		raw;
	struct
	{
#ifdef WORDS_BIGENDIAN
#error "the shared layout was made for little-endian machines"
#endif
		uint32		word;
		uint32		token;
	}			part;
} ArgonWord;

#define ARGON_STATE(w)	((w).part.word & ARGON_STATE_MASK)

static inline ArgonWord
argon_load(ArgonBlock *block)
{
	ArgonWord	result;

	result.raw = pg_atomic_read_u64((pg_atomic_uint64 *) block);
	return result;
}

extern bool argon_swap(ArgonBlock *block, ArgonWord *expected, ArgonWord wanted);
extern void argon_wait_for_change(ArgonBlock *block, bool interruptible);
extern ArgonWord argon_claim_for_writing(ArgonBlock *block);
extern void argon_release_written(ArgonBlock *block, XLogRecPtr lsn,
								  uint32 flags);
extern void argon_release_unwritten(ArgonBlock *block, ArgonWord before);
extern void argon_clear_block(ArgonBlock *block, XLogRecPtr lsn);
extern void argon_clear_from(RelFileNode rnode, ForkNumber fork,
							 BlockNumber nblocks, XLogRecPtr lsn);
extern XLogRecPtr argon_bound_now(void);

/* neon_replica.c */
extern bool argon_is_promoted(void);
extern void argon_refuse_promoted(void);
extern void argon_publish_replay(void);
extern void argon_look_for_interrupts(void);
extern void argon_pause_replay(long micros);


/* neon_fetch.c: request slots */
typedef enum ArgonFetchResult
{
	ARGON_FETCH_AGAIN,
	ARGON_FETCH_GONE
} ArgonFetchResult;

extern uint64 argon_holder_of(const ArgonPlace *place, BlockNumber blkno,
							  uint32 token, uint32 *pid);
extern ArgonFetchResult argon_fetch(SMgrRelation reln, ForkNumber fork,
									BlockNumber blkno, ArgonPlace *place,
									ArgonWord seen);
extern void argon_fetch_ahead(RelFileNode rnode, ForkNumber fork,
							  BlockNumber first, BlockNumber end);
extern void argon_probe_ahead(RelFileNode rnode, ForkNumber fork,
							  BlockNumber first, BlockNumber end);
extern uint32 argon_ask_to_compare(SMgrRelation reln, ForkNumber fork,
								   BlockNumber blkno, ArgonPlace *place,
								   ArgonWord seen, char *text, Size text_size);
extern long argon_futex_wait(uint32 *word, uint32 value, int timeout_ms);
extern void argon_futex_wake(uint32 *word);
extern void argon_die_with_postmaster(void);

/* neon_compare.c: neon.debug_compare_local */
extern bool argon_compare_resident(SMgrRelation reln, ForkNumber fork,
								   BlockNumber blkno, ArgonPlace *place,
								   ArgonWord seen);
extern bool argon_is_comparable(RelFileNode rnode, ForkNumber fork,
								ArgonBlock *block, ArgonWord seen);
extern void argon_refuse_different(SMgrRelation reln, ForkNumber fork,
								   BlockNumber blkno);

/* neon_readahead.c */
extern void argon_readahead(SMgrRelation reln, ForkNumber fork,
							BlockNumber blkno, bool missed);

/* neon_image.c: full-page images */
extern bool argon_log_map_page(RelFileNode rnode, ForkNumber fork,
							   BlockNumber blkno, char *page,
							   uint32 chunk);
extern bool argon_is_sequence_ahead(const char *page);
extern void argon_before_truncate(SMgrRelation reln, ForkNumber fork,
								  BlockNumber nblocks);
extern void argon_before_unlink(RelFileNodeBackend rnode, ForkNumber fork);
extern bool argon_image_being_flushed(void);
extern void argon_serve_image_orders(void);
extern void argon_log_sequences(void);

/* neon_commit.c: no acknowledgement by a cancel */
extern void argon_commit_init(void);
extern void argon_hold_cancels(void);
extern void argon_release_cancels(bool command_over);

/* neon_standby.c: who may acknowledge commits */
extern int	argon_proposer_pid;
extern void argon_standby_init(void);

/* neon_backup.c */
extern void argon_backup_init(void);

/* neon_utility.c: what is refused */
extern void argon_utility_init(void);

/* neon_extension.c: CREATE EXTENSION neon */
extern void argon_extension_init(void);
extern bool argon_is_own_extension(Node *statement);
extern bool argon_lead_to_own_files(bool own);

/* neon_working_set.c: what is read, and how long it takes */
extern void argon_note_read(RelFileNode rnode, ForkNumber fork,
							BlockNumber blkno);
extern void argon_note_wait(uint64 micros);
extern uint64 *argon_waits_of(uint32 row);
extern uint64 argon_wait_bound(int bucket);

/* neon_warm.c: blocks wanted before they are read */
extern void argon_serve_warm_orders(void);

/* neon_call.c: questions to the JVM */
extern int	argon_connect_jvm(bool nonblocking);
extern bytea *argon_call(uint32 kind, int32 argument, const char *payload,
						 uint32 length);

/* neon_throttle.c */
extern void argon_throttle_statement(void);
extern void argon_throttle_extend(void);

/* neon_size_limit.c: neon.max_cluster_size */
extern int	argon_cluster_size_limit_mb;
extern void argon_measure_cluster(void);
extern void argon_check_cluster_size(RelFileNode rnode, ForkNumber fork,
									 BlockNumber blkno);

/* neon_worker.c */
extern bool argon_in_worker;
extern void argon_worker_register(void);
extern PGDLLEXPORT void argon_worker_main(Datum arg);

#endif							/* NEON_H */
