/*-------------------------------------------------------------------------
 *
 * neon_warm.c
 *	  Asks for blocks that the JVM wants to have before somebody reads them.
 *
 * What the JVM knows of an earlier start may no longer be there: relations
 * without a file are passed over, and blocks behind its end.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include "storage/md.h"
#include "utils/memutils.h"

static void
serve(const ArgonWarm *order)
{
	RelFileNode rnode = {order->spc, order->db, order->rel};
	ForkNumber	fork = (ForkNumber) order->fork;
	SMgrRelation reln;
	uint64	   *asked = &argon_counters_of(argon_row())[ARGON_PROC_READAHEAD];
	uint64		before = pg_atomic_read_u64(ARGON_ATOMIC64(*asked));

	if (fork < MAIN_FORKNUM || fork > MAX_FORKNUM)
		return;
	reln = smgropen(rnode, InvalidBackendId);
	if (mdexists(reln, fork))
	{
		BlockNumber end = Min(order->first_block + order->count,
							  mdnblocks(reln, fork));

		if (order->first_block < end)
			argon_fetch_ahead(rnode, fork, order->first_block, end);
	}
	argon_count(ARGON_WARMED_BLOCKS,
				pg_atomic_read_u64(ARGON_ATOMIC64(*asked)) - before);
}

/* Under the image lock no relation goes away; an error costs one order. */
static void
serve_guarded(const ArgonWarm *order)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		LWLockAcquire(argon_image_lock(), LW_SHARED);
		serve(order);
		LWLockRelease(argon_image_lock());
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		EmitErrorReport();
		FlushErrorState();
		LWLockReleaseAll();
	}
	PG_END_TRY();
}

void
argon_serve_warm_orders(void)
{
	ArgonWarm  *orders = (ArgonWarm *) ARGON_AT(argon->warm_offset);
	uint32		tail = argon->warm_tail;
	bool		any = false;

	while (tail != pg_atomic_read_u32(ARGON_ATOMIC32(argon->warm_head)))
	{
		ArgonWarm	order;

		pg_read_barrier();
		order = orders[tail & (argon->warm_orders - 1)];
		serve_guarded(&order);
		pg_atomic_write_u32(ARGON_ATOMIC32(argon->warm_tail), ++tail);
		any = true;
	}
	/* no invalidations reach this process: keep no file open */
	if (any)
		smgrcloseall();
}
