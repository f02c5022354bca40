/*-------------------------------------------------------------------------
 *
 * neon_image.c
 *	  Full-page images of what WAL does not carry otherwise.
 *
 * Free space map and visibility map pages are logged when they are written.
 * Heap, b-tree and sequence pages are logged by the background worker, on the
 * evictor's order or before a stop, through the buffer manager: a newer copy
 * than the file's may be there.
 *
 * The danger is a relation that is truncated or dropped meanwhile.  The worker
 * holds the image lock while it works on a block, and truncate and unlink hold
 * it too; what the worker has read into the buffer pool after PostgreSQL had
 * emptied it is dropped again there.  An image that came after the truncation's
 * own record would bring back a page, so in that case the record is repeated.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include "access/htup_details.h"
#include "access/xlog.h"
#include "access/xloginsert.h"
#include "catalog/storage_xlog.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "postmaster/interrupt.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/md.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/resowner.h"

/* sequence.c keeps this to itself */
#define SEQUENCE_MAGIC	0x1717

static bool flushing_image = false;

bool
argon_image_being_flushed(void)
{
	return flushing_image;
}

/*
 * No WAL while it is replayed, and none once the checkpointer has been told to
 * end: the shutdown checkpoint panics if anybody writes WAL behind it.
 */
static bool
may_write_wal(void)
{
	return XLogInsertAllowed() &&
		!(MyAuxProcType == CheckpointerProcess && ShutdownRequestPending);
}

/* Has somebody logged a truncation whose file operation is to come? */
static bool
truncation_under_way(void)
{
	int			count;

	pfree(GetVirtualXIDsDelayingChkpt(&count, DELAY_CHKPT_COMPLETE));
	return count > 0;
}

static bool
has_content(const char *page)
{
	for (int i = SizeOfPageHeaderData; i < BLCKSZ; i++)
	{
		if (page[i] != 0)
			return true;
	}
	return false;
}

/* Logs a map page that is about to be written.  Returns whether it did. */
bool
argon_log_map_page(RelFileNode rnode, ForkNumber fork, BlockNumber blkno,
				   char *page, uint32 chunk)
{
	PGAlignedBlock copy;

	/* what has nothing on it is nothing to the pageserver either */
	if (PageIsNew((Page) page))
		return false;
	if (!may_write_wal() || truncation_under_way())
	{
		argon_count(ARGON_IMAGES_SKIPPED, 1);
		return false;
	}

	/* others may set hints in the page meanwhile */
	memcpy(copy.data, page, BLCKSZ);
	if (!has_content(copy.data) && PageGetLSN((Page) copy.data) == 0)
		return false;
	log_newpage(&rnode, fork, blkno, copy.data, false);
	argon_set_chunk_flag(chunk, ARGON_CHUNK_IMAGED);
	argon_count(ARGON_IMAGES_LOGGED, 1);
	return true;
}

/*
 * Whether a relation's first page is a sequence.  Index pages may end in the
 * same bytes: a link to block 5911 is the magic number.  Those have flags
 * behind it or, and then they are not the first page, zeros.
 */
static bool
is_sequence(const char *page)
{
	return !PageIsNew((Page) page) &&
		PageGetSpecialSize((Page) page) == sizeof(uint64) &&
		*(const uint64 *) PageGetSpecialPointer((Page) page) == SEQUENCE_MAGIC &&
		PageGetMaxOffsetNumber((Page) page) == FirstOffsetNumber;
}

static Form_pg_sequence_data
sequence_data(const char *page)
{
	HeapTupleHeader tuple = (HeapTupleHeader)
	PageGetItem((Page) page, PageGetItemId((Page) page, FirstOffsetNumber));

	return (Form_pg_sequence_data) ((char *) tuple + tuple->t_hoff);
}

/* Of a relation's first page: a sequence that can hand out more values without WAL. */
bool
argon_is_sequence_ahead(const char *page)
{
	return is_sequence(page) && sequence_data(page)->log_cnt > 0;
}

/* Does the range hold a chunk with this flag? */
static bool
any_chunk_has(RelFileNode rnode, ForkNumber fork, uint32 flag)
{
	uint32		chunks = argon_fork_chunks(rnode, fork);

	for (uint32 number = 0; number < chunks; number++)
	{
		ArgonPlace	place;

		if (argon_lookup(rnode, fork, number, &place) &&
			(argon_chunk(place.chunk)->flags & flag))
			return true;
	}
	return false;
}

/*
 * Under the image lock.  The buffers were dropped before; drop those that the
 * worker brought back, and repeat the truncation's record if images may have
 * been logged behind it.
 */
void
argon_before_truncate(SMgrRelation reln, ForkNumber fork, BlockNumber nblocks)
{
	RelFileNode rnode = reln->smgr_rnode.node;
	xl_smgr_truncate record;

	if (any_chunk_has(rnode, fork, ARGON_CHUNK_READ_BY_WORKER))
		DropRelFileNodeBuffers(reln, &fork, 1, &nblocks);
	if (!XLogInsertAllowed())
		return;
	record.rnode = rnode;
	if (fork == MAIN_FORKNUM)
	{
		/* all forks lost their buffers by now, so this covers all images */
		if (!any_chunk_has(rnode, MAIN_FORKNUM, ARGON_CHUNK_IMAGED) &&
			!any_chunk_has(rnode, FSM_FORKNUM, ARGON_CHUNK_IMAGED) &&
			!any_chunk_has(rnode, VISIBILITYMAP_FORKNUM, ARGON_CHUNK_IMAGED))
			return;
		record.blkno = nblocks;
		record.flags = SMGR_TRUNCATE_ALL;
	}
	else if (fork == VISIBILITYMAP_FORKNUM && nblocks == 0)
	{
		if (!any_chunk_has(rnode, fork, ARGON_CHUNK_IMAGED))
			return;
		record.blkno = 0;
		record.flags = SMGR_TRUNCATE_VM;
	}
	else
		return;
	XLogBeginInsert();
	XLogRegisterData((char *) &record, sizeof(record));
	XLogFlush(XLogInsert(RM_SMGR_ID, XLOG_SMGR_TRUNCATE | XLR_SPECIAL_REL_UPDATE));
	argon_count(ARGON_TRUNCATES_REPEATED, 1);
}

/* Under the image lock. */
void
argon_before_unlink(RelFileNodeBackend rnode, ForkNumber fork)
{
	if (any_chunk_has(rnode.node, fork, ARGON_CHUNK_READ_BY_WORKER))
	{
		SMgrRelation reln = smgropen(rnode.node, rnode.backend);

		DropRelFileNodesAllBuffers(&reln, 1);
	}
}

/* Logs the page in the buffer and writes it to its file. */
static void
log_buffer(Buffer buffer)
{
	Page		page = BufferGetPage(buffer);

	if (PageIsNew(page))
		return;
	START_CRIT_SECTION();
	if (BufferGetBlockNumber(buffer) == 0 && argon_is_sequence_ahead(page))
	{
		/* an image with values left would hand them out once more */
		sequence_data(page)->log_cnt = 0;
	}
	MarkBufferDirty(buffer);
	log_newpage_buffer(buffer, PageGetSpecialSize(page) == 0);
	END_CRIT_SECTION();

	flushing_image = true;
	PG_TRY();
	{
		FlushOneBuffer(buffer);
	}
	PG_FINALLY();
	{
		flushing_image = false;
	}
	PG_END_TRY();
	argon_count(ARGON_IMAGES_ORDERED, 1);
}

/*
 * Logs an image of one block if its relation is still what it was and the
 * block is in its file.  Only the background worker calls this.
 */
static void
log_block(uint32 index, uint32 status, uint32 within)
{
	ArgonChunk *chunk = argon_chunk(index);
	ArgonBlock *block = argon_block(index, within);
	RelFileNode rnode;
	ForkNumber	fork;
	BlockNumber blkno;
	Buffer		buffer;

	LWLockAcquire(argon_image_lock(), LW_EXCLUSIVE);
	if (argon->images_paused > 0 || !may_write_wal() ||
		pg_atomic_read_u32(ARGON_ATOMIC32(chunk->status)) != status ||
		(chunk->flags & ARGON_CHUNK_LOCAL) ||
		ARGON_STATE(argon_load(block)) != ARGON_PRESENT ||
		truncation_under_way())
	{
		argon_count(ARGON_IMAGES_SKIPPED, 1);
		LWLockRelease(argon_image_lock());
		return;
	}
	rnode.spcNode = chunk->spc;
	rnode.dbNode = chunk->db;
	rnode.relNode = chunk->rel;
	fork = chunk->fork;
	blkno = chunk->number * ARGON_CHUNK_BLOCKS + within;
	if (blkno < mdnblocks(smgropen(rnode, InvalidBackendId), fork))
	{
		argon_set_chunk_flag(index, ARGON_CHUNK_READ_BY_WORKER |
							 ARGON_CHUNK_IMAGED);
		buffer = ReadBufferWithoutRelcache(rnode, fork, blkno, RBM_NORMAL,
										   NULL, true);
		LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
		log_buffer(buffer);
		UnlockReleaseBuffer(buffer);
	}
	LWLockRelease(argon_image_lock());
}

/* Runs log_block so that an error costs no more than this image. */
static void
log_block_guarded(uint32 index, uint32 status, uint32 within)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		log_block(index, status, within);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		EmitErrorReport();
		FlushErrorState();
		LWLockReleaseAll();
		AbortBufferIO();
		UnlockBuffers();
		ResourceOwnerRelease(CurrentResourceOwner,
							 RESOURCE_RELEASE_BEFORE_LOCKS, false, true);
		argon_count(ARGON_IMAGES_SKIPPED, 1);
	}
	PG_END_TRY();
}

void
argon_serve_image_orders(void)
{
	ArgonImageOrder *orders = (ArgonImageOrder *) ARGON_AT(argon->orders_offset);
	uint32		tail = argon->orders_tail;
	bool		any = false;

	while (tail != pg_atomic_read_u32(ARGON_ATOMIC32(argon->orders_head)))
	{
		ArgonImageOrder order;

		pg_read_barrier();
		order = orders[tail & (argon->image_orders - 1)];
		log_block_guarded(order.chunk, order.chunk_status,
						  order.block % ARGON_CHUNK_BLOCKS);
		pg_atomic_write_u32(ARGON_ATOMIC32(argon->orders_tail), ++tail);
		any = true;
		CHECK_FOR_INTERRUPTS();
	}
	/* no invalidations reach this process: keep no file open */
	if (any)
		smgrcloseall();
}

/* Before a stop: the values that WAL has ahead are given back. */
void
argon_log_sequences(void)
{
	for (uint32 i = 0; i < argon->chunk_high; i++)
	{
		ArgonChunk *chunk = argon_chunk(i);
		uint32		status = pg_atomic_read_u32(ARGON_ATOMIC32(chunk->status));

		if ((status & ARGON_CHUNK_KIND_MASK) == ARGON_CHUNK_LIVE &&
			chunk->number == 0 && chunk->fork == MAIN_FORKNUM &&
			(argon_load(argon_block(i, 0)).part.word & ARGON_F_SEQUENCE))
			log_block_guarded(i, status, 0);
	}
	smgrcloseall();
}
