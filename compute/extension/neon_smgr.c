/*-------------------------------------------------------------------------
 *
 * neon_smgr.c
 *	  The storage manager's functions: md's, with the bookkeeping that makes
 *	  relation files a cache.
 *
 * Relations of one session, and relations with an init fork, are md's alone.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include "access/xlog.h"
#include "common/relpath.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "storage/bufpage.h"
#include "storage/md.h"

/* Who waits longer for another process's request says so. */
#define LONG_WAIT_MICROS	1000000

static bool
page_is_zero(const char *page)
{
	const size_t *words = (const size_t *) page;

	if (!PageIsNew((Page) page))
		return false;
	for (size_t i = 0; i < BLCKSZ / sizeof(size_t); i++)
	{
		if (words[i] != 0)
			return false;
	}
	return true;
}

/* Finds the entries of a block; false: the relation is md's alone. */
static bool
find_place(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
		   ArgonPlace *place)
{
	if (SmgrIsTemp(reln))
		return false;
	argon_find_or_add(reln->smgr_rnode.node, fork, blkno / ARGON_CHUNK_BLOCKS,
					  place);
	return !place->local;
}

/*
 * A hole reads as zeros and PostgreSQL takes a zero page for a new one, so a
 * wrong state would lose data without a word.
 */
static void
check_zero_page(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
				ArgonWord seen)
{
	if (seen.part.word & ARGON_F_ZERO)
		return;
	argon_count(ARGON_ZERO_PAGE_ERRORS, 1);
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("block %u of relation %s is empty in the local cache and must not be",
					blkno, relpath(reln->smgr_rnode, fork)),
			 errdetail("State word 0x%X, token %u.", seen.part.word,
					   seen.part.token)));
}

static uint64
micros_since(instr_time start)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, start);
	return INSTR_TIME_GET_MICROSEC(now);
}

/*
 * Waits until a block that somebody else fetches, writes or evicts is likely
 * to have another state.  A wait of more than a second is logged, once.
 */
static void
wait_for_other(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
			   const ArgonPlace *place, ArgonWord seen, instr_time start,
			   bool *logged)
{
	argon_wait_for_change(argon_block(place->chunk, blkno), true);
	if (!*logged && micros_since(start) > LONG_WAIT_MICROS)
	{
		uint32		pid;
		uint64		holder = argon_holder_of(place, blkno, seen.part.token, &pid);

		*logged = true;
		ereport(LOG,
				(errmsg("waiting for block %u of relation %s for more than %d ms",
						blkno, relpath(reln->smgr_rnode, fork),
						LONG_WAIT_MICROS / 1000),
				 holder != 0 ?
				 errdetail("Request " UINT64_FORMAT " of process %u asks the pageserver for it.",
						   holder, pid) :
				 errdetail("State word 0x%X, token %u.", seen.part.word,
						   seen.part.token)));
	}
}

static void
note_wait(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
		  instr_time start, bool logged)
{
	uint64		micros = micros_since(start);

	argon_note_wait(micros);
	if (logged)
		ereport(LOG,
				(errmsg("block %u of relation %s came after " UINT64_FORMAT " ms",
						blkno, relpath(reln->smgr_rnode, fork),
						micros / 1000)));
}

static void
neon_read(SMgrRelation reln, ForkNumber fork, BlockNumber blkno, char *buffer)
{
	ArgonPlace	place;
	ArgonBlock *block;
	bool		missed = false;
	bool		logged = false;
	instr_time	start;

	if (!find_place(reln, fork, blkno, &place))
	{
		mdread(reln, fork, blkno, buffer);
		return;
	}
	argon_note_read(reln->smgr_rnode.node, fork, blkno);
	INSTR_TIME_SET_ZERO(start);
	block = argon_block(place.chunk, blkno);
	for (;;)
	{
		ArgonWord	seen = argon_load(block);

		if (ARGON_STATE(seen) == ARGON_PRESENT)
		{
			ArgonWord	after;

			mdread(reln, fork, blkno, buffer);
			pg_memory_barrier();
			after = argon_load(block);
			/* an eviction in between would have raised the token */
			if (ARGON_STATE(after) != ARGON_PRESENT ||
				after.part.token != seen.part.token)
				continue;
			if (after.part.word & ARGON_F_DIFFERS)
				argon_refuse_different(reln, fork, blkno);
			/* what was just fetched is the pageserver's */
			if (argon_compare_mode == ARGON_COMPARE_ALL && !missed &&
				!argon_compare_resident(reln, fork, blkno, &place, after))
				continue;
			if (page_is_zero(buffer))
				check_zero_page(reln, fork, blkno, after);
			if (!(after.part.word & ARGON_F_USED))
			{
				ArgonWord	used = after;

				used.part.word |= ARGON_F_USED;
				(void) argon_swap(block, &after, used);
			}
			break;
		}
		if (INSTR_TIME_IS_ZERO(start))
			INSTR_TIME_SET_CURRENT(start);
		if (ARGON_STATE(seen) == ARGON_ABSENT)
		{
			if (!missed)
			{
				missed = true;
				argon_readahead(reln, fork, blkno, true);
			}
			if (argon_fetch(reln, fork, blkno, &place, seen) == ARGON_FETCH_GONE)
			{
				/* let md say that there is no such block */
				mdread(reln, fork, blkno, buffer);
				break;
			}
			continue;
		}
		if (ARGON_STATE(seen) == ARGON_FETCHING && !missed)
		{
			missed = true;
			argon_count_here(ARGON_PROC_WAITS, 1);
			argon_readahead(reln, fork, blkno, true);
		}
		wait_for_other(reln, fork, blkno, &place, seen, start, &logged);
	}
	argon_count_here(missed ? ARGON_PROC_MISSES : ARGON_PROC_HITS, 1);
	if (missed)
		note_wait(reln, fork, blkno, start, logged);
	else
		argon_readahead(reln, fork, blkno, false);
}

/* Runs md's write or extend; the claim ends if it fails. */
static void
write_or_release(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
				 char *buffer, bool extend, ArgonBlock *block,
				 ArgonWord before)
{
	PG_TRY();
	{
		/* files are never synced, so they need not be registered for it */
		if (extend)
			mdextend(reln, fork, blkno, buffer, true);
		else
			mdwrite(reln, fork, blkno, buffer, true);
	}
	PG_CATCH();
	{
		argon_release_unwritten(block, before);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

static void
write_claimed(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
			  char *buffer, bool extend, const ArgonPlace *place)
{
	ArgonBlock *block = argon_block(place->chunk, blkno);
	uint32		flags = 0;
	XLogRecPtr	bound;

	if (fork == FSM_FORKNUM || fork == VISIBILITYMAP_FORKNUM)
	{
		if (argon_log_map_page(reln->smgr_rnode.node, fork, blkno, buffer,
							   place->chunk))
			flags |= ARGON_F_IMAGED;
	}
	else if (argon_image_being_flushed())
		flags |= ARGON_F_IMAGED;
	if (page_is_zero(buffer))
		flags |= ARGON_F_ZERO;
	else if (fork == MAIN_FORKNUM && blkno == 0 && argon_is_sequence_ahead(buffer))
		flags |= ARGON_F_SEQUENCE;

	bound = argon_bound_now();
	write_or_release(reln, fork, blkno, buffer, extend, block,
					 argon_claim_for_writing(block));
	argon_release_written(block, bound, flags);
}

static void
neon_write(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
		   char *buffer, bool skipFsync)
{
	ArgonPlace	place;

	if (!find_place(reln, fork, blkno, &place))
	{
		mdwrite(reln, fork, blkno, buffer, true);
		return;
	}
	write_claimed(reln, fork, blkno, buffer, false, &place);
	argon_count_here(ARGON_PROC_WRITES, 1);
}

static void
neon_extend(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
			char *buffer, bool skipFsync)
{
	ArgonPlace	place;
	BlockNumber end;

	if (!SmgrIsTemp(reln))
		argon_check_cluster_size(reln->smgr_rnode.node, fork, blkno);
	if (!find_place(reln, fork, blkno, &place))
	{
		mdextend(reln, fork, blkno, buffer, true);
		return;
	}
	argon_throttle_extend();

	/*
	 * Blocks between the old end and this one come into being as zeros.  They
	 * are marked before the file grows: afterwards somebody could ask for
	 * them and would get what was there before an earlier truncation.
	 */
	end = mdnblocks(reln, fork);
	if (end < blkno)
	{
		XLogRecPtr	bound = argon_bound_now();

		for (; end < blkno; end++)
		{
			ArgonPlace	gap;
			ArgonBlock *block;

			argon_find_or_add(reln->smgr_rnode.node, fork,
							  end / ARGON_CHUNK_BLOCKS, &gap);
			block = argon_block(gap.chunk, end);
			(void) argon_claim_for_writing(block);
			argon_release_written(block, bound, ARGON_F_ZERO);
		}
	}
	write_claimed(reln, fork, blkno, buffer, true, &place);
	argon_count_here(ARGON_PROC_EXTENDS, 1);
}

static bool
neon_prefetch(SMgrRelation reln, ForkNumber fork, BlockNumber blkno)
{
	ArgonPlace	place;

	if (!find_place(reln, fork, blkno, &place))
		return mdprefetch(reln, fork, blkno);
	if (ARGON_STATE(argon_load(argon_block(place.chunk, blkno))) != ARGON_ABSENT)
	{
		argon_probe_ahead(reln->smgr_rnode.node, fork, blkno, blkno + 1);
		return mdprefetch(reln, fork, blkno);
	}
	argon_fetch_ahead(reln->smgr_rnode.node, fork, blkno, blkno + 1);
	return true;
}

static void
neon_writeback(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
			   BlockNumber nblocks)
{
	/* pages of a cache need not reach the disk */
	if (SmgrIsTemp(reln))
		mdwriteback(reln, fork, blkno, nblocks);
}

static void
neon_create(SMgrRelation reln, ForkNumber fork, bool isRedo)
{
	if (SmgrIsTemp(reln))
	{
		mdcreate(reln, fork, isRedo);
		return;
	}
	if (!mdexists(reln, fork))
		(void) argon_forget_fork(reln->smgr_rnode.node, fork);
	mdcreate(reln, fork, isRedo);
	if (fork == INIT_FORKNUM)
		argon_mark_local(reln->smgr_rnode.node);
}

static void
neon_unlink(RelFileNodeBackend rnode, ForkNumber fork, bool isRedo)
{
	if (!RelFileNodeBackendIsTemp(rnode))
	{
		ForkNumber	first = fork == InvalidForkNumber ? MAIN_FORKNUM : fork;
		ForkNumber	last = fork == InvalidForkNumber ? MAX_FORKNUM : fork;

		LWLockAcquire(argon_image_lock(), LW_EXCLUSIVE);
		for (ForkNumber f = first; f <= last; f++)
		{
			argon_before_unlink(rnode, f);
			(void) argon_forget_fork(rnode.node, f);
		}
		LWLockRelease(argon_image_lock());
	}
	mdunlink(rnode, fork, isRedo);
}

static void
neon_truncate(SMgrRelation reln, ForkNumber fork, BlockNumber old_blocks,
			  BlockNumber nblocks)
{
	ArgonPlace	place;

	if (SmgrIsTemp(reln) ||
		(argon_lookup(reln->smgr_rnode.node, fork, 0, &place) && place.local))
	{
		mdtruncate(reln, fork, old_blocks, nblocks);
		return;
	}
	LWLockAcquire(argon_image_lock(), LW_EXCLUSIVE);
	argon_before_truncate(reln, fork, nblocks);
	argon_clear_from(reln->smgr_rnode.node, fork, nblocks, argon_bound_now());
	mdtruncate(reln, fork, old_blocks, nblocks);
	LWLockRelease(argon_image_lock());
}

static void
neon_immedsync(SMgrRelation reln, ForkNumber fork)
{
	/* durability is the quorum's, not the file's */
}

/* f_smgr of smgr.c, which is not in a header. */
const void *const argon_md_table[] = {
	mdinit, NULL, mdopen, mdclose, mdcreate, mdexists, mdunlink, mdextend,
	mdprefetch, mdread, mdwrite, mdwriteback, mdnblocks, mdtruncate,
	mdimmedsync
};

const void *const argon_smgr_table[] = {
	mdinit, NULL, mdopen, mdclose, neon_create, mdexists, neon_unlink,
	neon_extend, neon_prefetch, neon_read, neon_write, neon_writeback,
	mdnblocks, neon_truncate, neon_immedsync
};

const int	argon_smgr_entries = lengthof(argon_md_table);

StaticAssertDecl(lengthof(argon_md_table) == lengthof(argon_smgr_table),
				 "both tables have the entries of f_smgr");
