/*-------------------------------------------------------------------------
 *
 * neon_replica.c
 *	  What a replica does besides: it tells how far it has replayed.
 *
 * A replica is a hot standby that gets its WAL from safekeepers and, like any
 * other compute, its pages from the pageserver.  Redo is PostgreSQL's own: the
 * startup process faults in what it changes, as of the last record that was
 * applied whole.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "miscadmin.h"
#include "postmaster/startup.h"
#include "replication/walreceiver.h"

/*
 * Has a server that writes nothing been made to write?  Whatever it wrote would
 * stay on this machine: it has no quorum.
 */
bool
argon_is_promoted(void)
{
	return argon->mode != ARGON_MODE_PRIMARY && !RecoveryInProgress();
}

/* Before a commit.  The worker ends such a server, but a moment later. */
void
argon_refuse_promoted(void)
{
	if (argon_is_promoted() && TransactionIdIsValid(GetTopTransactionIdIfAny()))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a replica cannot be promoted"),
				 errhint("Use the branch's read-write endpoint.")));
}

/*
 * Publishes up to where all WAL is applied.  Any process may; it only ever goes
 * forward, and what is published a moment late keeps blocks a moment longer.
 */
void
argon_publish_replay(void)
{
	pg_atomic_uint64 *published = ARGON_ATOMIC64(argon->replay_lsn);
	XLogRecPtr	replayed = GetXLogReplayRecPtr(NULL);
	uint64		seen = pg_atomic_read_u64(published);

	while (seen < replayed &&
		   !pg_atomic_compare_exchange_u64(published, &seen, replayed))
		;
}

/*
 * The startup process has interrupts of its own kind; it looks for them between
 * records, but a page may keep it waiting within one.
 */
void
argon_look_for_interrupts(void)
{
	if (AmStartupProcess())
		HandleStartupProcInterrupts();
	else
		CHECK_FOR_INTERRUPTS();
}

/* For the startup process, when there is nothing to do but to try again. */
void
argon_pause_replay(long micros)
{
	const long	slice = 50000L;

	for (long left = micros; left > 0; left -= slice)
	{
		pg_usleep(Min(left, slice));
		argon_look_for_interrupts();
		argon_die_with_postmaster();
	}
}
