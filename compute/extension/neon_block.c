/*-------------------------------------------------------------------------
 *
 * neon_block.c
 *	  The states of one block, as PostgreSQL changes them.
 *
 *	  ABSENT -> FETCHING -> INSTALLING -> PRESENT		(reader, then JVM)
 *	  ABSENT | FETCHING | PRESENT -> WRITING -> PRESENT	(writer)
 *	  PRESENT -> EVICTING -> ABSENT | PRESENT			(JVM)
 *	  any -> ABSENT										(truncate, unlink)
 *
 * Whoever holds INSTALLING, WRITING or EVICTING owns the block's bytes in the
 * file; nobody else changes state or token until the owner lets go, others
 * only add flags.  Readers do not pin: they read the file and then look
 * whether the token is still the same, as an eviction raises it before it
 * touches the file.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "access/xlogrecovery.h"
#include "miscadmin.h"
#include "pgstat.h"

/* Owners finish within one file operation; a lost wake-up costs this much. */
#define CHANGE_TIMEOUT_MS	20

/* On failure *expected becomes what is there. */
bool
argon_swap(ArgonBlock *block, ArgonWord *expected, ArgonWord wanted)
{
	return pg_atomic_compare_exchange_u64((pg_atomic_uint64 *) block,
										  &expected->raw, wanted.raw);
}

static void
wake(ArgonBlock *block, ArgonWord before)
{
	if (before.part.word & ARGON_F_WAITERS)
		argon_futex_wake(&block->word);
}

/*
 * Waits until the state is likely to be another one: until somebody who saw
 * the flag wakes us, or a short time has passed.
 */
void
argon_wait_for_change(ArgonBlock *block, bool interruptible)
{
	ArgonWord	seen = argon_load(block);
	ArgonWord	flagged;

	if (ARGON_STATE(seen) == ARGON_ABSENT || ARGON_STATE(seen) == ARGON_PRESENT)
		return;
	flagged = seen;
	flagged.part.word |= ARGON_F_WAITERS;
	if (seen.raw != flagged.raw && !argon_swap(block, &seen, flagged))
		return;
	pgstat_report_wait_start(PG_WAIT_EXTENSION);
	argon_futex_wait(&block->word, flagged.part.word, CHANGE_TIMEOUT_MS);
	pgstat_report_wait_end();
	if (interruptible)
		argon_look_for_interrupts();
	argon_die_with_postmaster();
}

/* Takes the block for a writer and returns what it was. */
ArgonWord
argon_claim_for_writing(ArgonBlock *block)
{
	ArgonWord	seen = argon_load(block);

	for (;;)
	{
		ArgonWord	claimed;

		switch (ARGON_STATE(seen))
		{
			case ARGON_ABSENT:
			case ARGON_FETCHING:
			case ARGON_PRESENT:
				claimed.part.word = (seen.part.word & ~ARGON_STATE_MASK) |
					ARGON_WRITING;
				claimed.part.token = seen.part.token + 1;
				if (argon_swap(block, &seen, claimed))
					return seen;
				break;
			default:
				argon_wait_for_change(block, false);
				seen = argon_load(block);
				break;
		}
	}
}

/* Ends a claim: the file has the new bytes, last changed at or before lsn. */
void
argon_release_written(ArgonBlock *block, XLogRecPtr lsn, uint32 flags)
{
	ArgonWord	seen = argon_load(block);
	ArgonWord	released;

	/* visible before the state is: the next who finds it absent asks with it */
	pg_atomic_write_u64(ARGON_ATOMIC64(block->not_modified_since), lsn);
	do
	{
		Assert(ARGON_STATE(seen) == ARGON_WRITING);
		released.part.word = ARGON_PRESENT | ARGON_F_WRITTEN | ARGON_F_USED |
			ARGON_F_COUNTED | flags;
		released.part.token = seen.part.token;
	} while (!argon_swap(block, &seen, released));
	if (!(seen.part.word & ARGON_F_COUNTED))
		argon_count(ARGON_RESIDENT_BLOCKS, 1);
	wake(block, seen);
}

/*
 * Ends a claim whose write failed.  A block that was present still is, as far
 * as the kernel did not tear it; PostgreSQL holds the page and writes it again.
 */
void
argon_release_unwritten(ArgonBlock *block, ArgonWord before)
{
	ArgonWord	seen = argon_load(block);
	ArgonWord	released;
	uint32		state = ARGON_STATE(before) == ARGON_PRESENT ?
	ARGON_PRESENT : ARGON_ABSENT;

	do
	{
		released.part.word = state |
			(seen.part.word & ~(ARGON_STATE_MASK | ARGON_F_WAITERS));
		released.part.token = seen.part.token;
	} while (!argon_swap(block, &seen, released));
	wake(block, seen);
}

/* Truncated: nobody may believe anything older about it. */
void
argon_clear_block(ArgonBlock *block, XLogRecPtr lsn)
{
	ArgonWord	seen = argon_load(block);

	for (;;)
	{
		ArgonWord	cleared;

		if (seen.part.word == ARGON_ABSENT && lsn == InvalidXLogRecPtr)
			return;
		if (ARGON_STATE(seen) == ARGON_INSTALLING ||
			ARGON_STATE(seen) == ARGON_EVICTING ||
			ARGON_STATE(seen) == ARGON_WRITING)
		{
			argon_wait_for_change(block, false);
			seen = argon_load(block);
			continue;
		}

		/*
		 * Take it, so that the bound is written before anybody can ask, then
		 * let go.
		 */
		cleared.part.word = ARGON_WRITING | (seen.part.word & ARGON_F_WAITERS);
		cleared.part.token = seen.part.token + 1;
		if (!argon_swap(block, &seen, cleared))
			continue;
		if (seen.part.word & ARGON_F_COUNTED)
			argon_count(ARGON_RESIDENT_BLOCKS, -1);
		pg_atomic_write_u64(ARGON_ATOMIC64(block->not_modified_since), lsn);

		seen = argon_load(block);
		do
		{
			cleared.part.word = ARGON_ABSENT |
				(lsn == InvalidXLogRecPtr ? 0 : ARGON_F_WRITTEN);
			cleared.part.token = seen.part.token;
		} while (!argon_swap(block, &seen, cleared));
		wake(block, seen);
		return;
	}
}

/* Clears the blocks of a fork from nblocks on. */
void
argon_clear_from(RelFileNode rnode, ForkNumber fork, BlockNumber nblocks,
				 XLogRecPtr lsn)
{
	uint32		chunks = argon_fork_chunks(rnode, fork);

	for (uint32 number = nblocks / ARGON_CHUNK_BLOCKS; number < chunks; number++)
	{
		ArgonPlace	place;
		uint32		first = 0;

		if (!argon_lookup(rnode, fork, number, &place))
			continue;
		if (number == nblocks / ARGON_CHUNK_BLOCKS)
			first = nblocks % ARGON_CHUNK_BLOCKS;
		for (uint32 i = first; i < ARGON_CHUNK_BLOCKS; i++)
		{
			ArgonBlock *block = argon_block(place.chunk, i);

			/* an untouched entry has nothing to forget */
			if (argon_load(block).raw != 0)
				argon_clear_block(block, lsn);
		}
	}
}

/*
 * Everything in WAL that describes a page which is written now ends at or
 * before this position.  On a replica that is the end of the record in replay,
 * which may have been applied to this page already, or not yet: until it is
 * over only the file knows, and the evictor leaves the block alone.
 */
XLogRecPtr
argon_bound_now(void)
{
	XLogRecPtr	lsn;

	if (argon->mode == ARGON_MODE_REPLICA)
	{
		argon_publish_replay();
		return Max(GetCurrentReplayRecPtr(NULL), argon->boot_lsn);
	}
	if (RecoveryInProgress())
		return argon->boot_lsn;
	lsn = GetXLogInsertRecPtr();

	/*
	 * Just behind a page header no record ends: the last one ended before the
	 * header.  A flush up to the header's end could not be satisfied.
	 */
	if (XLogSegmentOffset(lsn, wal_segment_size) == SizeOfXLogLongPHD)
		lsn -= SizeOfXLogLongPHD;
	else if (lsn % XLOG_BLCKSZ == SizeOfXLogShortPHD)
		lsn -= SizeOfXLogShortPHD;
	return Max(lsn, argon->boot_lsn);
}
