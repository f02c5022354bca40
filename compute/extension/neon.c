/*-------------------------------------------------------------------------
 *
 * neon.c
 *	  Entry of the shim: settings, the shared file, installation of hooks.
 *
 * Without neon.shared_memory_path nothing is changed and the server works on
 * its own files.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/proc.h"
#include "storage/shmem.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

#define LWLOCK_TRANCHE	"neon"

/* The server that this library can work in. */
#ifndef BUILT_FOR_VERSION
#define BUILT_FOR_VERSION	PG_VERSION_NUM
#endif

ArgonHeader *argon = NULL;
char	   *argon_control_socket = NULL;
int			argon_readahead_max = 128;
int			argon_cache_limit_mb = -1;
int			argon_compare_mode = ARGON_COMPARE_NONE;

static char *tenant_id = NULL;
static char *timeline_id = NULL;
static char *project_id = NULL;
static char *branch_id = NULL;
static char *endpoint_id = NULL;
static char *compute_mode = NULL;
static char *shared_memory_path = NULL;
static int	max_cache_mb = 0;

static const struct config_enum_entry compare_modes[] = {
	{"none", ARGON_COMPARE_NONE, false},
	{"prefetch", ARGON_COMPARE_PREFETCH, false},
	{"lfc", ARGON_COMPARE_LFC, false},
	{"all", ARGON_COMPARE_ALL, false},
	{NULL, 0, false}
};

static shmem_request_hook_type previous_shmem_request_hook = NULL;
static shmem_startup_hook_type previous_shmem_startup_hook = NULL;
static LWLockPadded *locks = NULL;

/* Of the shared file; inherited by all children. */
static int	shared_fd = -1;

LWLock *
argon_map_lock(void)
{
	return &locks[0].lock;
}

LWLock *
argon_image_lock(void)
{
	return &locks[1].lock;
}

/* The row of this process. */
uint32
argon_row(void)
{
	return MyProc == NULL ? 0 : MyProc->pgprocno % argon->process_rows;
}

/* The counters of a row. */
uint64 *
argon_counters_of(uint32 row)
{
	return (uint64 *) ARGON_AT(argon->rows_offset) + row * ARGON_PROC_COUNTERS;
}

/* Counts in the row of this process. */
void
argon_count_here(int counter, int64 amount)
{
	pg_atomic_fetch_add_u64(ARGON_ATOMIC64(argon_counters_of(argon_row())[counter]),
							amount);
}

/*
 * Makes room for a part of the shared file before it is touched for the first
 * time: the kernel could only answer a full disk with SIGBUS then.
 */
bool
argon_reserve(uint64 offset, uint64 size)
{
	int			result;

	do
	{
		result = fallocate(shared_fd, 0, offset, size);
	} while (result != 0 && errno == EINTR);
	/* a file system that cannot reserve has to do without */
	return result == 0 || (errno != ENOSPC && errno != EDQUOT);
}

static void
label(const char *name, const char *description, char **variable)
{
	DefineCustomStringVariable(name, description, NULL, variable, "",
							   PGC_POSTMASTER, 0, NULL, NULL, NULL);
}

static void
define_settings(void)
{
	label("neon.tenant_id", "Tenant that this server belongs to.", &tenant_id);
	label("neon.timeline_id", "Timeline that this server writes.", &timeline_id);
	label("neon.project_id", "Project, for logs and metrics.", &project_id);
	label("neon.branch_id", "Branch, for logs and metrics.", &branch_id);
	label("neon.endpoint_id", "Endpoint, for logs and metrics.", &endpoint_id);
	label("neon.compute_mode", "Kind of compute: primary, static or replica.", &compute_mode);
	label("neon.shared_memory_path",
		  "File shared with the compute process; empty: plain local storage.",
		  &shared_memory_path);
	label("neon.control_socket",
		  "Unix socket of the compute process; its end ends this server.",
		  &argon_control_socket);
	DefineCustomIntVariable("neon.proposer_pid",
							"Process that may be the synchronous standby; 0 means none.",
							NULL, &argon_proposer_pid, 0, 0, INT_MAX,
							PGC_POSTMASTER, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomIntVariable("neon.file_cache_size_limit",
							"How much of the relation files is kept locally; -1 means all.",
							NULL, &argon_cache_limit_mb, -1, -1, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MB, NULL, NULL, NULL);
	DefineCustomIntVariable("neon.max_cluster_size",
							"How large all databases together may grow; 0 and -1 mean no limit.",
							NULL, &argon_cluster_size_limit_mb, -1, -1, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MB, NULL, NULL, NULL);
	DefineCustomIntVariable("neon.max_file_cache_size",
							"Accepted for compatibility; the map grows with the data.",
							NULL, &max_cache_mb, 0, 0, INT_MAX,
							PGC_POSTMASTER, GUC_UNIT_MB, NULL, NULL, NULL);
	DefineCustomIntVariable("neon.readahead_buffer_size",
							"Most blocks that a sequential reader asks for ahead.",
							NULL, &argon_readahead_max, 128, 0, 1024,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("neon.debug_compare_local",
							 "Which local pages are compared with the pageserver's.",
							 NULL, &argon_compare_mode, ARGON_COMPARE_NONE,
							 compare_modes, PGC_POSTMASTER, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("neon");
}

/* Maps the shared file; children inherit the mapping. */
static void
map_shared_file(void)
{
	int			fd;
	struct stat st;
	void	   *address;

	fd = open(shared_memory_path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		ereport(FATAL,
				(errcode_for_file_access(),
				 errmsg("could not open shared file \"%s\": %m",
						shared_memory_path)));
	if (st.st_size < (off_t) sizeof(ArgonHeader))
		ereport(FATAL,
				(errmsg("shared file \"%s\" is too short", shared_memory_path)));
	address = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (address == MAP_FAILED)
		ereport(FATAL,
				(errmsg("could not map shared file \"%s\": %m",
						shared_memory_path)));
	shared_fd = fd;
	argon = address;
	if (argon->magic != ARGON_MAGIC ||
		argon->layout_version != ARGON_LAYOUT_VERSION ||
		argon->file_size != (uint64) st.st_size)
		ereport(FATAL,
				(errmsg("shared file \"%s\" has another layout: version %u, expected %u",
						shared_memory_path, argon->layout_version,
						ARGON_LAYOUT_VERSION)));
	if (argon->server_version_num != 0)
		ereport(FATAL,
				(errmsg("shared file \"%s\" was used by an earlier start",
						shared_memory_path)));
}

static void
request_shared_memory(void)
{
	if (previous_shmem_request_hook)
		previous_shmem_request_hook();
	RequestNamedLWLockTranche(LWLOCK_TRANCHE, 2);
}

static void
startup_shared_memory(void)
{
	if (previous_shmem_startup_hook)
		previous_shmem_startup_hook();
	locks = GetNamedLWLockTranche(LWLOCK_TRANCHE);
	argon->compare_mode = argon_compare_mode;
	argon->server_version_num = PG_VERSION_NUM;
}

void
_PG_init(void)
{
	const char *running = GetConfigOption("server_version_num", false, false);

	if (!process_shared_preload_libraries_in_progress)
		ereport(ERROR,
				(errmsg("\"neon\" must be loaded through shared_preload_libraries")));
	define_settings();
	if (shared_memory_path[0] == '\0')
		return;
	if (!IsPostmasterEnvironment || IsBootstrapProcessingMode())
		ereport(FATAL,
				(errmsg("a server on Argon storage cannot run in single-user mode")));
	if (atoi(running) != BUILT_FOR_VERSION)
		ereport(FATAL,
				(errmsg("\"neon\" was built for server version %d, this is %s",
						BUILT_FOR_VERSION, running),
				 errhint("Build the extension again.")));
	if (IsUnderPostmaster)
		return;

	map_shared_file();
	argon_patch_smgr_table();
	previous_shmem_request_hook = shmem_request_hook;
	shmem_request_hook = request_shared_memory;
	previous_shmem_startup_hook = shmem_startup_hook;
	shmem_startup_hook = startup_shared_memory;
	argon_commit_init();
	argon_standby_init();
	argon_backup_init();
	argon_utility_init();
	argon_extension_init();
	argon_worker_register();
}
