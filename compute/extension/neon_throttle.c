/*-------------------------------------------------------------------------
 *
 * neon_throttle.c
 *	  Writers wait while too much WAL has not left this machine.
 *
 * The JVM publishes how far the quorum and the pageserver are and how much lag
 * it allows.  Without this WAL would fill the local disk while the quorum is
 * away, since nothing that it needs is ever removed.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/proc.h"

#define SLEEP_MICROS	10000L

static bool
lags(void)
{
	uint64		commit_max = pg_atomic_read_u64(ARGON_ATOMIC64(argon->commit_lag_max));
	uint64		pages_max = pg_atomic_read_u64(ARGON_ATOMIC64(argon->pageserver_lag_max));
	uint64		commit;
	uint64		pages;
	XLogRecPtr	insert;

	if ((commit_max == 0 && pages_max == 0) || RecoveryInProgress())
		return false;
	commit = pg_atomic_read_u64(ARGON_ATOMIC64(argon->commit_lsn));
	pages = pg_atomic_read_u64(ARGON_ATOMIC64(argon->pageserver_lsn));
	insert = GetXLogInsertRecPtr();
	return (commit_max != 0 && commit != 0 && insert > commit + commit_max) ||
		(pages_max != 0 && pages != 0 && insert > pages + pages_max);
}

static bool
may_sleep(void)
{
	return CritSectionCount == 0 && MyProc != NULL &&
		MyAuxProcType == NotAnAuxProcess &&
		(MyBackendType == B_BACKEND || MyBackendType == B_BG_WORKER ||
		 MyBackendType == B_AUTOVAC_WORKER);
}

/*
 * Sleeps until there is room, or once if somebody could be waiting for a lock
 * that cannot be interrupted.
 */
static void
sleep_while_lagging(void)
{
	if (!may_sleep() || !lags())
		return;
	argon_count(ARGON_THROTTLED_NOW, 1);
	PG_TRY();
	{
		do
		{
			pgstat_report_wait_start(PG_WAIT_EXTENSION);
			pg_usleep(SLEEP_MICROS);
			pgstat_report_wait_end();
			argon_count(ARGON_THROTTLE_MICROS, SLEEP_MICROS);
			argon_die_with_postmaster();
			CHECK_FOR_INTERRUPTS();
		} while (InterruptHoldoffCount == 0 && lags());
	}
	PG_FINALLY();
	{
		argon_count(ARGON_THROTTLED_NOW, -1);
	}
	PG_END_TRY();
}

/* Before a statement that writes. */
void
argon_throttle_statement(void)
{
	sleep_while_lagging();
}

/* Before a relation grows. */
void
argon_throttle_extend(void)
{
	sleep_while_lagging();
}
