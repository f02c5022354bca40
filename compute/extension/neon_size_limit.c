/*-------------------------------------------------------------------------
 *
 * neon_size_limit.c
 *	  neon.max_cluster_size: how large all databases together may grow.
 *
 * The worker has the JVM add up the files once a second, so the limit may be
 * passed by what is written in that time.  Deleting, vacuum and dropping need
 * no room and make some; autovacuum is never held up.
 *
 * A storage manager is not told whether a relation is unlogged, so these are
 * held up, too, and count.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include "access/transam.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "postmaster/autovacuum.h"
#include "utils/memutils.h"

/* rounds of the worker, ten a second */
#define ROUNDS_BETWEEN	10

/* No access method's empty index is larger. */
#define EMPTY_INDEX_BLOCKS	8

int			argon_cluster_size_limit_mb = -1;

static int	rounds_left = 0;

static uint64
ask_size(void)
{
	bytea	   *answer = argon_call(ARGON_CALL_CLUSTER_SIZE, 0, NULL, 0);
	uint64		size;

	if (VARSIZE(answer) != VARHDRSZ + sizeof(size))
		elog(ERROR, "the compute process answered with %u bytes, not with a size",
			 VARSIZE(answer));
	memcpy(&size, VARDATA(answer), sizeof(size));
	return size;
}

/* In the worker, every round. */
void
argon_measure_cluster(void)
{
	MemoryContext context = CurrentMemoryContext;

	if (argon_cluster_size_limit_mb <= 0 || RecoveryInProgress() ||
		--rounds_left > 0)
		return;
	rounds_left = ROUNDS_BETWEEN;
	PG_TRY();
	{
		pg_atomic_write_u64(ARGON_ATOMIC64(argon->cluster_bytes), ask_size());
	}
	PG_CATCH();
	{
		/* the old size holds until the next attempt */
		MemoryContextSwitchTo(context);
		EmitErrorReport();
		FlushErrorState();
	}
	PG_END_TRY();
}

/*
 * Before a relation that others can see grows.  What makes room may need some
 * first: VACUUM pages of a map, TRUNCATE empty indexes, all of them catalogs.
 */
void
argon_check_cluster_size(RelFileNode rnode, ForkNumber fork, BlockNumber blkno)
{
	if (argon_cluster_size_limit_mb <= 0 || IsAutoVacuumWorkerProcess() ||
		fork != MAIN_FORKNUM || blkno < EMPTY_INDEX_BLOCKS ||
		rnode.relNode < FirstNormalObjectId ||
		(MyBackendType != B_BACKEND && MyBackendType != B_BG_WORKER))
		return;
	if (pg_atomic_read_u64(ARGON_ATOMIC64(argon->cluster_bytes)) >
		(uint64) argon_cluster_size_limit_mb * 1024 * 1024)
		ereport(ERROR,
				(errcode(ERRCODE_DISK_FULL),
				 errmsg("could not extend file because project size limit (%d MB) has been exceeded",
						argon_cluster_size_limit_mb),
				 errdetail("All databases together have " UINT64_FORMAT " MB.",
						   pg_atomic_read_u64(ARGON_ATOMIC64(argon->cluster_bytes)) >> 20),
				 errhint("Delete or drop what is not needed, or raise neon.max_cluster_size.")));
}
