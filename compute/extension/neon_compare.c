/*-------------------------------------------------------------------------
 *
 * neon_compare.c
 *	  neon.debug_compare_local: are local pages what the pageserver would give?
 *
 * The local file holds what this server wrote; the pageserver has made the
 * same page from WAL.  The JVM fetches the page and compares; here is decided
 * what can be compared, and a difference becomes an error.
 *
 * In mode "all" a reader compares while it reads a block into a buffer.  The
 * buffer is not valid yet and nobody else can change the block until it is, so
 * the pageserver's newest page is the one to compare with.
 *
 * What is left out, and why, is listed in docs/page-faults.md.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include "common/relpath.h"
#include "storage/buf_internals.h"

/* A block that changes its state this often is not worth the wait. */
#define ATTEMPTS	100

/*
 * Is the block being read into the buffer pool?  Others who read a file may
 * meet one that is older than the buffer.
 */
static bool
is_read_into_buffer(RelFileNode rnode, ForkNumber fork, BlockNumber blkno)
{
	BufferTag	tag;
	uint32		hash;
	LWLock	   *partition;
	int			id;
	uint32		state = 0;

	INIT_BUFFERTAG(tag, rnode, fork, blkno);
	hash = BufTableHashCode(&tag);
	partition = BufMappingPartitionLock(hash);
	LWLockAcquire(partition, LW_SHARED);
	id = BufTableLookup(&tag, hash);
	if (id >= 0)
		state = pg_atomic_read_u32(&GetBufferDescriptor(id)->state);
	LWLockRelease(partition);
	return (state & BM_IO_IN_PROGRESS) && !(state & BM_VALID);
}

/* Why a block cannot be compared, as a counter; 0: it can. */
static int
reason_against(RelFileNode rnode, ForkNumber fork, ArgonBlock *block,
			   ArgonWord seen)
{
	bool		written = (seen.part.word & ARGON_F_WRITTEN) != 0;

	/* each side keeps its own estimate of free space */
	if (fork == FSM_FORKNUM)
		return ARGON_UNCOMPARED_FSM;

	/*
	 * What a replica has is in WAL, all of it; but whether the record that was
	 * in replay when the block was written is on it already, nobody knows.
	 */
	if (argon->mode == ARGON_MODE_REPLICA)
		return written &&
			pg_atomic_read_u64(ARGON_ATOMIC64(block->not_modified_since)) >
			pg_atomic_read_u64(ARGON_ATOMIC64(argon->replay_lsn)) ?
			ARGON_UNCOMPARED_REPLAY : 0;

	/* no image could be logged when it was written */
	if (fork == VISIBILITYMAP_FORKNUM && written &&
		!(seen.part.word & (ARGON_F_IMAGED | ARGON_F_ZERO)))
		return ARGON_UNCOMPARED_MAP;

	/*
	 * Logging in reads shared catalogs, and the comparison may wait for WAL
	 * that leaves this server only after the proposer has logged in.
	 */
	if (rnode.dbNode == InvalidOid && written)
		return ARGON_UNCOMPARED_SHARED;
	return 0;
}

bool
argon_is_comparable(RelFileNode rnode, ForkNumber fork, ArgonBlock *block,
					ArgonWord seen)
{
	return reason_against(rnode, fork, block, seen) == 0;
}

static void
report_difference(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
				  const char *text)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("block %u of relation %s, fork %s, differs from the pageserver's: %s",
					blkno, relpath(reln->smgr_rnode, fork), forkNames[fork],
					text),
			 errhint("The compute's log shows both pages.")));
}

/*
 * Compares a block that is about to be read into a buffer.  Returns false if it
 * has changed its state meanwhile and must be read again.
 */
bool
argon_compare_resident(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
					   ArgonPlace *place, ArgonWord seen)
{
	static int	attempts = 0;
	RelFileNode rnode = reln->smgr_rnode.node;
	int			reason = reason_against(rnode, fork,
										argon_block(place->chunk, blkno), seen);
	char		text[ARGON_ERROR_TEXT_SIZE];

	/* the worker may read what is just being dropped, to log an image of it */
	if (reason == 0 &&
		(argon_in_worker || !is_read_into_buffer(rnode, fork, blkno)))
		reason = ARGON_UNCOMPARED_DIRECT;
	if (reason != 0)
	{
		argon_count(reason, 1);
		return true;
	}
	argon_count_here(ARGON_PROC_COMPARES, 1);
	switch (argon_ask_to_compare(reln, fork, blkno, place, seen, text,
								 sizeof(text)))
	{
		case ARGON_RESULT_DIFFERS:
			attempts = 0;
			report_difference(reln, fork, blkno, text);
			break;
		case ARGON_RESULT_OVERTAKEN:
			if (++attempts < ATTEMPTS)
				return false;
			break;
		case ARGON_RESULT_ERROR:
			/* not answered yet, in the startup process */
			return false;
		default:
			break;
	}
	attempts = 0;
	return true;
}

/* A comparison that nobody waited for has found the block different. */
void
argon_refuse_different(SMgrRelation reln, ForkNumber fork, BlockNumber blkno)
{
	report_difference(reln, fork, blkno,
					  "found when it was read ahead or was to be evicted");
}
