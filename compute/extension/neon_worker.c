/*-------------------------------------------------------------------------
 *
 * neon_worker.c
 *	  The background worker: horizons, image orders, the JVM's life.
 *
 * It needs no database.  Every round it publishes two WAL positions that tell
 * the evictor which pages no running command can depend on any more, beyond
 * what WAL says about them:
 *
 * - transaction horizon: before the oldest running transaction with an id got
 *   it.  Heap pages with an LSN below hold no command ids, combo ids or
 *   speculative tokens that anybody looks at.
 * - vacuum horizon: before the oldest running vacuum of a b-tree began.  Pages
 *   below hold no cycle id that anybody looks at.
 *
 * The insert position of a round is taken before its scan.  Whatever a scan
 * sees for the first time began after the previous scan, so at or after the
 * previous round's position.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "access/nbtree.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/bgwriter.h"
#include "postmaster/interrupt.h"
#include "replication/walreceiver.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "storage/shmem.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#define ROUND_MS	100

/* For the kernel to close the sockets of a JVM that has just died. */
#define QUIT_GRACE_MS	100

/* A replica looks this seldom for databases that are gone. */
#define FORGET_ROUNDS	300

/* nbtutils.c keeps these to itself. */
typedef struct VacuumEntry
{
	LockRelId	relid;
	BTCycleId	cycleid;
} VacuumEntry;

typedef struct VacuumState
{
	BTCycleId	cycle_ctr;
	int			num_vacuums;
	int			max_vacuums;
	VacuumEntry vacuums[FLEXIBLE_ARRAY_MEMBER];
} VacuumState;

/* Something that was seen running, and a WAL position before it began. */
typedef struct Running
{
	uint64		id;
	XLogRecPtr	start;
} Running;

typedef struct RunningSet
{
	Running    *items;
	int			count;
} RunningSet;

static RunningSet transactions;
static RunningSet transactions_before;
static RunningSet vacuums;
static RunningSet vacuums_before;
static XLogRecPtr previous_insert;
static VacuumState *vacuum_state;
static int	control = -1;

bool		argon_in_worker = false;

static void
allocate_sets(void)
{
	int			procs = ProcGlobal->allProcCount;
	RunningSet *sets[] = {&transactions, &transactions_before, &vacuums, &vacuums_before};

	for (int i = 0; i < lengthof(sets); i++)
		sets[i]->items = MemoryContextAllocZero(TopMemoryContext,
												Max(procs, MaxBackends) * sizeof(Running));
}

/* Adds to a set what the scan saw. */
static void
saw(RunningSet *set, const RunningSet *before, uint64 id)
{
	XLogRecPtr	start = previous_insert;

	for (int i = 0; i < before->count; i++)
	{
		if (before->items[i].id == id)
		{
			start = before->items[i].start;
			break;
		}
	}
	set->items[set->count].id = id;
	set->items[set->count].start = start;
	set->count++;
}

static XLogRecPtr
oldest_start(const RunningSet *set, XLogRecPtr otherwise)
{
	XLogRecPtr	result = otherwise;

	for (int i = 0; i < set->count; i++)
		result = Min(result, set->items[i].start);
	return result;
}

static void
swap_sets(RunningSet *a, RunningSet *b)
{
	RunningSet	kept = *a;

	*a = *b;
	*b = kept;
	a->count = 0;
}

static void
scan_transactions(void)
{
	swap_sets(&transactions, &transactions_before);
	LWLockAcquire(ProcArrayLock, LW_SHARED);
	for (uint32 i = 0; i < ProcGlobal->allProcCount; i++)
	{
		PGPROC	   *proc = &ProcGlobal->allProcs[i];
		TransactionId xid = *(volatile TransactionId *) &proc->xid;

		/* prepared transactions (pid 0) run no more commands */
		if (proc->pid != 0 && TransactionIdIsValid(xid))
			saw(&transactions, &transactions_before, xid);
	}
	LWLockRelease(ProcArrayLock);
}

static void
scan_vacuums(void)
{
	swap_sets(&vacuums, &vacuums_before);
	LWLockAcquire(BtreeVacuumLock, LW_SHARED);
	for (int i = 0; i < vacuum_state->num_vacuums; i++)
	{
		VacuumEntry *entry = &vacuum_state->vacuums[i];

		/* an index is vacuumed once at a time, the cycle tells which time */
		saw(&vacuums, &vacuums_before,
			((uint64) entry->relid.relId << 32) |
			(((uint64) entry->relid.dbId * 2654435761u) & 0xFFFF0000u) |
			entry->cycleid);
	}
	LWLockRelease(BtreeVacuumLock);
}

static void
stop_server(const char *why)
{
	ereport(LOG,
			(errmsg("stopping this server at once: %s", why)));
	kill(PostmasterPid, SIGQUIT);
}

/* How far a replica is, and what it waits for. */
static void
publish_replica(void)
{
	uint32		state = 0;

	argon_publish_replay();
	pg_atomic_write_u64(ARGON_ATOMIC64(argon->stream_lsn),
						GetWalRcvFlushRecPtr(NULL, NULL));
	if (WalRcvStreaming())
		state |= ARGON_REPLAY_STREAMING;
	if (GetRecoveryPauseState() == RECOVERY_PAUSED)
		state |= ARGON_REPLAY_PAUSED;
	pg_atomic_write_u32(ARGON_ATOMIC32(argon->replay_state), state);
}

static void
publish_horizons(void)
{
	XLogRecPtr	insert;

	if (RecoveryInProgress())
	{
		/* nobody writes here: nothing needs protection */
		pg_atomic_write_u64(ARGON_ATOMIC64(argon->transaction_horizon), PG_UINT64_MAX);
		pg_atomic_write_u64(ARGON_ATOMIC64(argon->vacuum_horizon), PG_UINT64_MAX);
		if (argon->mode == ARGON_MODE_REPLICA)
			publish_replica();
		return;
	}
	if (argon_is_promoted())
	{
		stop_server("it was promoted, and nothing that it writes would be kept");
		return;
	}
	insert = GetXLogInsertRecPtr();
	pg_memory_barrier();
	scan_transactions();
	scan_vacuums();
	pg_atomic_write_u64(ARGON_ATOMIC64(argon->transaction_horizon),
						oldest_start(&transactions, insert));
	pg_atomic_write_u64(ARGON_ATOMIC64(argon->vacuum_horizon),
						oldest_start(&vacuums, insert));
	previous_insert = insert;
	pg_atomic_write_u64(ARGON_ATOMIC64(argon->insert_lsn), insert);
	pg_atomic_write_u64(ARGON_ATOMIC64(argon->flush_lsn), GetFlushRecPtr(NULL));
}

static void
publish_cache_limit(void)
{
	int64		blocks = -1;

	if (argon_cache_limit_mb >= 0)
		blocks = (int64) argon_cache_limit_mb * (1024 * 1024 / BLCKSZ);
	pg_atomic_write_u64(ARGON_ATOMIC64(argon->cache_limit_blocks), (uint64) blocks);
}

static void
serve_stop(void)
{
	uint32		request = pg_atomic_read_u32(ARGON_ATOMIC32(argon->stop_request));

	if (request == argon->stop_done)
		return;
	if (!RecoveryInProgress())
	{
		/*
		 * The first checkpoint writes all pages, and so logs map pages and
		 * notes which sequences are ahead.
		 */
		RequestCheckpoint(CHECKPOINT_IMMEDIATE | CHECKPOINT_FORCE | CHECKPOINT_WAIT);
		argon_log_sequences();
	}
	pg_atomic_write_u32(ARGON_ATOMIC32(argon->stop_done), request);
	argon_futex_wake(&argon->stop_done);
}

static void
connect_control(void)
{
	uint32		life_line[] = {ARGON_CALL_LIFE_LINE, 0, 0};

	if (argon_control_socket[0] == '\0')
		return;
	control = argon_connect_jvm(false);
	if (control < 0 ||
		send(control, life_line, sizeof(life_line), MSG_NOSIGNAL) != sizeof(life_line))
	{
		ereport(LOG,
				(errmsg("could not connect to the compute process at \"%s\": %m",
						argon_control_socket)));
		stop_server("the compute process is not there");
	}
}

/* What the JVM sends wakes us; its end is the end of this server. */
static void
check_control(void)
{
	char		bytes[64];
	ssize_t		got;

	if (control < 0)
		return;
	got = recv(control, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
	{
		stop_server("the compute process ended");
		close(control);
		control = -1;
	}
}

/*
 * An immediate stop.  If the kernel has asked for it because the JVM is gone,
 * nobody else can tell.  Does only what a signal handler may do.
 */
static void
handle_quit(SIGNAL_ARGS)
{
	static const char message[] =
	"neon worker: the compute process ended, so this server stops at once\n";
	struct pollfd life = {control, 0, 0};

	if (control >= 0 && poll(&life, 1, QUIT_GRACE_MS) > 0 &&
		write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		_exit(3);
	_exit(2);
}

/* Replay of DROP DATABASE takes the directory away and tells nobody. */
static void
forget_dropped_databases(void)
{
	static int	rounds = 0;

	if (argon->mode == ARGON_MODE_REPLICA && ++rounds % FORGET_ROUNDS == 0)
		argon_forget_dropped_databases();
}

static void
round_of_work(void)
{
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
		publish_cache_limit();
	}
	publish_horizons();
	argon_serve_image_orders();
	argon_serve_warm_orders();
	argon_measure_cluster();
	forget_dropped_databases();
	serve_stop();
	pg_atomic_fetch_add_u64(ARGON_ATOMIC64(argon->rounds), 1);
}

void
argon_worker_main(Datum arg)
{
	bool		found;

	argon_in_worker = true;
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	pqsignal(SIGQUIT, handle_quit);
	BackgroundWorkerUnblockSignals();

	CurrentResourceOwner = ResourceOwnerCreate(NULL, "neon worker");
	CurrentMemoryContext = AllocSetContextCreate(TopMemoryContext, "neon worker",
												 ALLOCSET_DEFAULT_SIZES);
	vacuum_state = ShmemInitStruct("BTree Vacuum State", BTreeShmemSize(), &found);
	if (!found)
		ereport(FATAL,
				(errmsg("the state of b-tree vacuums is not where it was expected")));
	allocate_sets();
	previous_insert = argon->boot_lsn;
	publish_cache_limit();
	connect_control();

	while (!ShutdownRequestPending)
	{
		int			events = WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH;

		round_of_work();
		MemoryContextReset(CurrentMemoryContext);
		if (control >= 0)
			(void) WaitLatchOrSocket(MyLatch, events | WL_SOCKET_READABLE,
									 control, ROUND_MS, PG_WAIT_EXTENSION);
		else
			(void) WaitLatch(MyLatch, events, ROUND_MS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		check_control();
	}
	proc_exit(0);
}

/*
 * The library's own path, or its bare name where that is too long; then
 * dynamic_library_path must lead to it.
 */
static void
library_name(char *target, size_t size)
{
	Dl_info		info;

	if (dladdr((void *) argon_worker_main, &info) != 0 &&
		info.dli_fname[0] == '/' && strlen(info.dli_fname) < size)
		strlcpy(target, info.dli_fname, size);
	else
		strlcpy(target, "neon", size);
}

void
argon_worker_register(void)
{
	BackgroundWorker worker;

	memset(&worker, 0, sizeof(worker));
	strlcpy(worker.bgw_name, "neon worker", BGW_MAXLEN);
	strlcpy(worker.bgw_type, "neon worker", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "argon_worker_main", BGW_MAXLEN);
	library_name(worker.bgw_library_name, BGW_MAXLEN);
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS;

	/*
	 * A replica may replay for long before it is consistent, and is to be
	 * looked after meanwhile: there the worker runs from the postmaster's start
	 * on.  It needs nothing but shared memory, and in recovery writes nothing.
	 */
	worker.bgw_start_time = argon->mode == ARGON_MODE_REPLICA ?
		BgWorkerStart_PostmasterStart : BgWorkerStart_ConsistentState;
	worker.bgw_restart_time = 1;
	RegisterBackgroundWorker(&worker);
}
