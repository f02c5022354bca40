/*-------------------------------------------------------------------------
 *
 * neon_fetch.c
 *	  Asks the JVM for pages: request slots, the doorbell, waiting.
 *
 * A slot goes IDLE -> FILLING -> SUBMITTED (here) -> PROCESSING -> COMPLETED
 * (JVM) -> IDLE (here).  A requester that no longer waits, because it was
 * cancelled or because it only read ahead, leaves the flag DETACHED and the
 * JVM sets the slot IDLE itself.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/pg_bitutils.h"
#include "portability/instr_time.h"
#include "storage/ipc.h"
#include "storage/pmsignal.h"
#include "storage/proc.h"

/* Interrupts are noticed after this long: a futex wait restarts on signals. */
#define WAIT_SLICE_MS	50

/*
 * Demand slots of one process: one that it waits for, the others for requests
 * that it was cancelled in.  The JVM knows nothing of this.
 */
#ifndef SLOTS_PER_PROCESS
#define SLOTS_PER_PROCESS	3
#endif

/* A request's id has its slot's number above these bits. */
#define REQUEST_NUMBER_BITS	46

/* How soon the startup process asks again for a page that was refused. */
#define REPLAY_RETRY_MICROS	1000000L

/* The slot this process waits for, or left behind at an error; -1: none. */
static int	waiting_slot = -1;
static uint32 taken_slots = 0;

static ArgonSlot *
slot_at(uint32 index)
{
	return (ArgonSlot *) ARGON_AT(argon->slots_offset) + index;
}

long
argon_futex_wait(uint32 *word, uint32 value, int timeout_ms)
{
	struct timespec timeout;

	timeout.tv_sec = timeout_ms / 1000;
	timeout.tv_nsec = (timeout_ms % 1000) * 1000000L;
	return syscall(SYS_futex, word, FUTEX_WAIT, value, &timeout, NULL, 0);
}

void
argon_futex_wake(uint32 *word)
{
	(void) syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Nobody would ever wake a process whose postmaster is gone. */
void
argon_die_with_postmaster(void)
{
	if (IsUnderPostmaster && !PostmasterIsAlive())
		_exit(1);
}

/* The slots in which this process asks for what it waits for. */
static void
own_slots(uint32 *from, uint32 *to)
{
	uint32		slice = argon->demand_slots / argon->process_rows;

	slice = Min(Max(slice, 1), SLOTS_PER_PROCESS);
	*from = argon_row() * slice;
	*to = *from + slice;
}

static bool
take_slot(uint32 from, uint32 to, uint32 start, uint32 *taken)
{
	uint32		count = to - from;

	for (uint32 i = 0; i < count; i++)
	{
		uint32		index = from + (start + i) % count;
		pg_atomic_uint32 *state = ARGON_ATOMIC32(slot_at(index)->state);
		uint32		expected = ARGON_SLOT_IDLE;

		if (pg_atomic_read_u32(state) == ARGON_SLOT_IDLE &&
			pg_atomic_compare_exchange_u32(state, &expected,
										   ARGON_SLOT_FILLING))
		{
			*taken = index;
			return true;
		}
	}
	return false;
}

static void
fill(ArgonSlot *slot, RelFileNode rnode, ForkNumber fork, BlockNumber first,
	 const ArgonPlace *place)
{
	slot->pid = MyProcPid;
	slot->chunk = place->chunk;
	slot->chunk_status = place->status;
	slot->spc = rnode.spcNode;
	slot->db = rnode.dbNode;
	slot->rel = rnode.relNode;
	slot->fork = fork;
	slot->first_block = first;
	slot->count = 0;
	slot->claimed = 0;
	slot->result = ARGON_RESULT_DONE;
	slot->kind = ARGON_REQUEST_FETCH;
	/* each slot counts its requests, over all processes that ever use it */
	slot->request_id = ((uint64) (slot - slot_at(0) + 1) << REQUEST_NUMBER_BITS) |
		((slot->request_id + 1) & ((UINT64CONST(1) << REQUEST_NUMBER_BITS) - 1));
	slot->error_text[0] = '\0';
}

static void
submit(uint32 index, uint32 flags)
{
	uint64	   *bitmap = (uint64 *) ARGON_AT(argon->submitted_offset);

	pg_write_barrier();
	pg_atomic_write_u32(ARGON_ATOMIC32(slot_at(index)->state),
						ARGON_SLOT_SUBMITTED | flags);
	pg_atomic_fetch_or_u64(ARGON_ATOMIC64(bitmap[index / 64]),
						   UINT64CONST(1) << (index % 64));
	pg_atomic_fetch_add_u32(ARGON_ATOMIC32(argon->doorbell), 1);
	if (pg_atomic_read_u32(ARGON_ATOMIC32(argon->doorbell_sleeping)) != 0)
		argon_futex_wake(&argon->doorbell);
}

/* Nobody collects it any more; the fetch itself goes on. */
static void
leave_slot(void)
{
	pg_atomic_uint32 *state;
	uint32		seen;

	if (waiting_slot < 0)
		return;
	state = ARGON_ATOMIC32(slot_at(waiting_slot)->state);
	seen = pg_atomic_read_u32(state);
	for (;;)
	{
		uint32		wanted = seen == ARGON_SLOT_COMPLETED ||
		seen == ARGON_SLOT_FILLING ?
		ARGON_SLOT_IDLE : seen | ARGON_SLOT_DETACHED;

		if (pg_atomic_compare_exchange_u32(state, &seen, wanted))
			break;
	}
	waiting_slot = -1;
}

static void
leave_slot_at_exit(int code, Datum arg)
{
	leave_slot();
}

/* A session whose statement was cancelled may not ask again for long. */
static void
leave_slot_at_abort(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PARALLEL_ABORT)
		leave_slot();
}

/*
 * What an earlier process of this number has left in its slots.  Requests that
 * the JVM has will be freed by it; what it has never seen, or nobody has
 * collected, is free at once.
 */
static void
reclaim_slots(void)
{
	uint32		from;
	uint32		to;

	/* with more processes than the JVM was told of, slices are shared */
	if (MaxBackends + NUM_AUXILIARY_PROCS > argon->process_rows)
		return;
	own_slots(&from, &to);
	for (uint32 index = from; index < to; index++)
	{
		pg_atomic_uint32 *state = ARGON_ATOMIC32(slot_at(index)->state);
		uint32		seen = pg_atomic_read_u32(state);
		uint32		wanted;

		do
		{
			if (seen == ARGON_SLOT_IDLE)
				break;
			wanted = seen == ARGON_SLOT_FILLING || seen == ARGON_SLOT_COMPLETED ?
				ARGON_SLOT_IDLE : seen | ARGON_SLOT_DETACHED;
		} while (!pg_atomic_compare_exchange_u32(state, &seen, wanted));
		if (seen != ARGON_SLOT_IDLE)
			ereport(LOG,
					(errmsg("leftover request in slot %u, state 0x%X, of process %u",
							index, seen, slot_at(index)->pid)));
	}
}

/*
 * When a process asks for the first time.  The server's table of storage
 * managers has a place for a function that each process calls at its start,
 * but the compiler knows that table and calls mdinit without a look at it.
 */
static void
prepare_process(void)
{
	static bool prepared = false;

	if (prepared)
		return;
	prepared = true;
	/* not before_shmem_exit: PG_ENSURE_ERROR_CLEANUP may be around this */
	on_shmem_exit(leave_slot_at_exit, 0);
	RegisterXactCallback(leave_slot_at_abort, NULL);
	reclaim_slots();
}

/* The id and process of the request that fetches a block; 0: there is none. */
uint64
argon_holder_of(const ArgonPlace *place, BlockNumber blkno, uint32 token,
				uint32 *pid)
{
	for (uint32 index = 0; index < argon->slots; index++)
	{
		ArgonSlot  *slot = slot_at(index);
		uint32		state = pg_atomic_read_u32(ARGON_ATOMIC32(slot->state)) &
		ARGON_SLOT_STATE_MASK;
		uint32		at = blkno - slot->first_block;

		if ((state == ARGON_SLOT_SUBMITTED || state == ARGON_SLOT_PROCESSING) &&
			slot->kind == ARGON_REQUEST_FETCH &&
			slot->chunk == place->chunk &&
			slot->chunk_status == place->status &&
			at < slot->count && at < ARGON_REQUEST_BLOCKS &&
			(slot->claimed & (1u << at)) != 0 &&
			slot->tokens[at] == token)
		{
			*pid = slot->pid;
			return slot->request_id;
		}
	}
	*pid = 0;
	return 0;
}

/* The position that the pageserver must have reached to know the block. */
static XLogRecPtr
bound_of(ArgonBlock *block, ArgonWord seen)
{
	return seen.part.word & ARGON_F_WRITTEN ?
		pg_atomic_read_u64(ARGON_ATOMIC64(block->not_modified_since)) :
		argon->boot_lsn;
}

/*
 * Claims an absent block for fetching.  Returns false if it is no longer as
 * seen.  *bound becomes the position that the pageserver must have reached.
 */
static bool
claim_for_fetching(ArgonBlock *block, ArgonWord seen, uint32 *token,
				   XLogRecPtr *bound)
{
	ArgonWord	claimed;

	*bound = bound_of(block, seen);
	claimed.part.word = ARGON_FETCHING |
		(seen.part.word & ~(ARGON_STATE_MASK));
	claimed.part.token = seen.part.token + 1;
	*token = claimed.part.token;
	return argon_swap(block, &seen, claimed);
}

static bool
is_flushed(XLogRecPtr lsn)
{
	return lsn <= argon->boot_lsn || RecoveryInProgress() ||
		lsn <= GetFlushRecPtr(NULL);
}

static void
report_error(ArgonSlot *slot, XLogRecPtr bound)
{
	char		text[ARGON_ERROR_TEXT_SIZE];
	RelFileNode rnode = {slot->spc, slot->db, slot->rel};
	BlockNumber blkno = slot->first_block;
	ForkNumber	fork = slot->fork;

	strlcpy(text, slot->error_text, sizeof(text));
	leave_slot();
	ereport(ERROR,
			(errcode(ERRCODE_IO_ERROR),
			 errmsg("could not fetch block %u of relation %s from the pageserver: %s",
					blkno, relpathperm(rnode, fork), text),
			 errdetail("Not modified since %X/%X, WAL is flushed up to %X/%X.",
					   LSN_FORMAT_ARGS(bound),
					   LSN_FORMAT_ARGS(RecoveryInProgress() ? argon->boot_lsn :
									   GetFlushRecPtr(NULL)))));
}

/*
 * The pageserver has not given the page of this process's slot: an error, but
 * for the startup process, which comes back after a while to ask again.  An
 * error would end the server, and the next one would not fare better.
 */
static void
refused(ArgonSlot *slot, XLogRecPtr bound)
{
	RelFileNode rnode = {slot->spc, slot->db, slot->rel};

	if (!AmStartupProcess())
		report_error(slot, bound);
	ereport(LOG,
			(errmsg("replay waits for block %u of relation %s: %s",
					slot->first_block, relpathperm(rnode, slot->fork),
					slot->error_text)));
	leave_slot();
	argon_pause_replay(REPLAY_RETRY_MICROS);
}

/* Takes a slot that nobody waits for. */
static bool
take_ahead_slot(uint32 *index)
{
	return take_slot(argon->demand_slots, argon->slots, argon_row(), index);
}

/* Takes a slot that this process will wait for. */
static ArgonSlot *
take_demand_slot(void)
{
	uint32		from;
	uint32		to;
	uint32		index;

	prepare_process();
	leave_slot();
	own_slots(&from, &to);
	while (!take_slot(from, to, taken_slots, &index))
	{
		pg_usleep(1000L);
		argon_look_for_interrupts();
		argon_die_with_postmaster();
	}
	taken_slots++;
	waiting_slot = index;
	return slot_at(index);
}

/* Submits this process's slot and waits for its result. */
static uint32
submit_and_wait(ArgonSlot *slot, XLogRecPtr bound)
{
	uint32		state;
	instr_time	start;
	instr_time	end;

	slot->count = 1;
	slot->claimed = 1;
	submit(waiting_slot, 0);

	/* The pageserver waits for the bound: see that it gets there. */
	if (!is_flushed(bound))
		XLogFlush(bound);

	INSTR_TIME_SET_CURRENT(start);
	pgstat_report_wait_start(PG_WAIT_EXTENSION);
	while ((state = pg_atomic_read_u32(ARGON_ATOMIC32(slot->state))) !=
		   ARGON_SLOT_COMPLETED)
	{
		argon_futex_wait(&slot->state, state, WAIT_SLICE_MS);
		argon_die_with_postmaster();
		argon_look_for_interrupts();
	}
	pgstat_report_wait_end();
	pg_read_barrier();
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	argon_count_here(ARGON_PROC_WAIT_MICROS, INSTR_TIME_GET_MICROSEC(end));
	return slot->result;
}

/*
 * Gets one absent block into its file, or notices that somebody else does.
 * The caller looks at the block again afterwards, unless it lies past the end
 * of its file.
 */
ArgonFetchResult
argon_fetch(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
			ArgonPlace *place, ArgonWord seen)
{
	ArgonSlot  *slot = take_demand_slot();
	XLogRecPtr	bound;
	uint32		result;

	fill(slot, reln->smgr_rnode.node, fork, blkno, place);
	if (!claim_for_fetching(argon_block(place->chunk, blkno), seen,
							&slot->tokens[0], &bound))
	{
		leave_slot();
		return ARGON_FETCH_AGAIN;
	}
	result = submit_and_wait(slot, bound);
	if (result == ARGON_RESULT_ERROR)
	{
		refused(slot, bound);
		return ARGON_FETCH_AGAIN;
	}
	leave_slot();
	return result == ARGON_RESULT_GONE ? ARGON_FETCH_GONE : ARGON_FETCH_AGAIN;
}

/*
 * Has the JVM compare a present block's bytes in the file with the
 * pageserver's.  The caller sees to it that the block does not change.
 * Returns the slot's result; of a difference *text says what it is.  An error
 * is a result for the startup process only, which then looks at the block anew.
 */
uint32
argon_ask_to_compare(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
					 ArgonPlace *place, ArgonWord seen, char *text,
					 Size text_size)
{
	ArgonSlot  *slot = take_demand_slot();
	XLogRecPtr	bound = bound_of(argon_block(place->chunk, blkno), seen);
	uint32		result;

	fill(slot, reln->smgr_rnode.node, fork, blkno, place);
	slot->kind = ARGON_REQUEST_COMPARE;
	slot->tokens[0] = seen.part.token;
	result = submit_and_wait(slot, bound);
	if (result == ARGON_RESULT_ERROR)
	{
		refused(slot, bound);
		return result;
	}
	strlcpy(text, slot->error_text, text_size);
	leave_slot();
	return result;
}

/*
 * In compare mode: asks for a comparison of the present ones of a range.  As
 * with reading ahead nobody waits for it; a difference is marked in the
 * block's word and met by its next reader.
 */
void
argon_probe_ahead(RelFileNode rnode, ForkNumber fork, BlockNumber first,
				  BlockNumber end)
{
	BlockNumber blkno = first;

	/*
	 * In the highest mode each reader compares by itself, and a warm order is
	 * about what is not here.
	 */
	if (argon_in_worker)
		return;
	if (argon_compare_mode != ARGON_COMPARE_PREFETCH &&
		argon_compare_mode != ARGON_COMPARE_LFC)
		return;
	while (blkno < end)
	{
		ArgonPlace	place;
		ArgonSlot  *slot;
		uint32		index;
		BlockNumber slot_end;

		argon_find_or_add(rnode, fork, blkno / ARGON_CHUNK_BLOCKS, &place);
		if (place.local || !take_ahead_slot(&index))
			return;
		slot_end = (blkno / ARGON_CHUNK_BLOCKS + 1) * ARGON_CHUNK_BLOCKS;
		slot_end = Min(Min(slot_end, end), blkno + ARGON_REQUEST_BLOCKS);
		slot = slot_at(index);
		fill(slot, rnode, fork, blkno, &place);
		slot->kind = ARGON_REQUEST_PROBE;
		for (; blkno < slot_end; blkno++)
		{
			ArgonBlock *block = argon_block(place.chunk, blkno);
			ArgonWord	seen = argon_load(block);
			uint32		at = slot->count++;

			slot->tokens[at] = seen.part.token;
			if (ARGON_STATE(seen) == ARGON_PRESENT &&
				fork != VISIBILITYMAP_FORKNUM &&
				argon_is_comparable(rnode, fork, block, seen) &&
				is_flushed(bound_of(block, seen)))
				slot->claimed |= 1u << at;
		}
		if (slot->claimed == 0)
			pg_atomic_write_u32(ARGON_ATOMIC32(slot->state), ARGON_SLOT_IDLE);
		else
			submit(index, ARGON_SLOT_DETACHED);
	}
}

/*
 * Asks for the absent ones of a range that lies in one file.  Never waits,
 * never fails: without a free slot the hint is dropped.
 */
void
argon_fetch_ahead(RelFileNode rnode, ForkNumber fork, BlockNumber first,
				  BlockNumber end)
{
	BlockNumber blkno = first;

	argon_probe_ahead(rnode, fork, first, end);
	while (blkno < end)
	{
		ArgonPlace	place;
		ArgonSlot  *slot;
		uint32		index;
		BlockNumber chunk_end;

		argon_find_or_add(rnode, fork, blkno / ARGON_CHUNK_BLOCKS, &place);
		if (place.local)
			return;
		chunk_end = (blkno / ARGON_CHUNK_BLOCKS + 1) * ARGON_CHUNK_BLOCKS;
		chunk_end = Min(chunk_end, end);
		while (blkno < chunk_end &&
			   ARGON_STATE(argon_load(argon_block(place.chunk, blkno))) != ARGON_ABSENT)
			blkno++;
		if (blkno == chunk_end)
			continue;
		if (!take_ahead_slot(&index))
			return;
		slot = slot_at(index);
		fill(slot, rnode, fork, blkno, &place);
		chunk_end = Min(chunk_end, blkno + ARGON_REQUEST_BLOCKS);
		for (; blkno < chunk_end; blkno++)
		{
			ArgonBlock *block = argon_block(place.chunk, blkno);
			ArgonWord	seen = argon_load(block);
			XLogRecPtr	bound;
			uint32		at = slot->count++;

			/* What needs a flush first is not worth a hint. */
			if (ARGON_STATE(seen) == ARGON_ABSENT &&
				(!(seen.part.word & ARGON_F_WRITTEN) ||
				 is_flushed(pg_atomic_read_u64(ARGON_ATOMIC64(block->not_modified_since)))) &&
				claim_for_fetching(block, seen, &slot->tokens[at], &bound))
				slot->claimed |= 1u << at;
		}
		if (slot->claimed == 0)
		{
			pg_atomic_write_u32(ARGON_ATOMIC32(slot->state), ARGON_SLOT_IDLE);
			continue;
		}
		argon_count_here(ARGON_PROC_READAHEAD, pg_popcount32(slot->claimed));
		submit(index, ARGON_SLOT_DETACHED);
	}
}
