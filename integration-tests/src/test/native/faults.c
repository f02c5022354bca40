/*
 * A file layer that fails when it is told to.
 *
 * Loaded with LD_PRELOAD. What fails is said by rules in a file that is mapped by every
 * process and may change at any time; what a rule has done so far is counted there, so
 * that a test can see that its fault has really happened.
 *
 * Real calls are made with syscall(2), as in calls.c.
 *
 * DISKFAULT_CONTROL   the file: RULES rules, each of RULE_BYTES
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define RULES 16
#define RULE_BYTES 256
#define PATH_BYTES 200

enum
{
	WRITING = 1,
	SYNCING = 2,
	READING = 3,
	ASKING_FOR_ROOM = 4
};

/* Mirrored by FaultLayer.java. */
typedef struct Rule
{
	char		path[PATH_BYTES];	/* part of the file's path */
	_Atomic uint32_t active;	/* one of the kinds above; 0 is off */
	uint32_t	error;			/* errno; 0 makes the call do half of what it was asked */
	_Atomic uint32_t skip;		/* so many calls are left alone first */
	_Atomic uint32_t hits;		/* calls that were made to fail */
	char		padding[RULE_BYTES - PATH_BYTES - 16];
} Rule;

_Static_assert(sizeof(Rule) == RULE_BYTES, "layout");

static _Atomic(Rule *) rules;
static atomic_int begun;

static Rule *
find_rules(void)
{
	Rule	   *found = atomic_load(&rules);
	const char *path;
	int			fd;

	if (found || atomic_load(&begun))
		return found;
	path = getenv("DISKFAULT_CONTROL");
	if (path)
	{
		fd = (int) syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
		if (fd >= 0)
		{
			found = mmap(NULL, RULES * RULE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			if (found == MAP_FAILED)
				found = NULL;
			syscall(SYS_close, fd);
		}
		if (!found)
		{
			static const char line[] = "diskfault: cannot map the rules\n";

			syscall(SYS_write, 2, line, sizeof line - 1);
			abort();
		}
	}
	atomic_store(&rules, found);
	atomic_store(&begun, 1);
	return found;
}

/* The rule that applies to this call, which counts as one of its calls. */
static Rule *
rule_for_path(const char *path, uint32_t kind)
{
	Rule	   *all = find_rules();

	for (int i = 0; all && i < RULES; i++)
	{
		Rule	   *rule = &all[i];

		if (atomic_load(&rule->active) != kind || !strstr(path, rule->path))
			continue;
		if (atomic_load(&rule->skip) > 0)
		{
			atomic_fetch_sub(&rule->skip, 1);
			continue;
		}
		atomic_fetch_add(&rule->hits, 1);
		return rule;
	}
	return NULL;
}

static Rule *
rule_for(int fd, uint32_t kind)
{
	Rule	   *all = find_rules();
	char		link[64];
	char		path[4200];
	ssize_t		length;
	bool		any = false;

	for (int i = 0; all && i < RULES; i++)
		any |= atomic_load_explicit(&all[i].active, memory_order_relaxed) == kind;
	if (!any)
		return NULL;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof path - 1);
	if (length <= 0)
		return NULL;
	path[length] = 0;
	return rule_for_path(path, kind);
}

/* Sets errno if the call is to fail; else says how much of it is to be done. */
static bool
fails(int fd, uint32_t kind, size_t *count)
{
	int			saved = errno;
	Rule	   *rule = rule_for(fd, kind);

	errno = saved;
	if (!rule)
		return false;
	if (rule->error)
	{
		errno = (int) rule->error;
		return true;
	}
	if (*count > 1)
		*count = (*count + 1) / 2;
	return false;
}

ssize_t
write(int fd, const void *buffer, size_t count)
{
	return fails(fd, WRITING, &count) ? -1 : syscall(SYS_write, fd, buffer, count);
}

ssize_t
pwrite(int fd, const void *buffer, size_t count, off_t offset)
{
	return fails(fd, WRITING, &count) ? -1 : syscall(SYS_pwrite64, fd, buffer, count, offset);
}

ssize_t
pwrite64(int fd, const void *buffer, size_t count, off_t offset)
{
	return pwrite(fd, buffer, count, offset);
}

ssize_t
writev(int fd, const struct iovec *parts, int count)
{
	size_t		used = (size_t) count;

	return fails(fd, WRITING, &used) ? -1 : syscall(SYS_writev, fd, parts, (int) used);
}

ssize_t
pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
	size_t		used = (size_t) count;

	return fails(fd, WRITING, &used) ? -1 : syscall(SYS_pwritev, fd, parts, (int) used, offset, 0);
}

ssize_t
pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
{
	return pwritev(fd, parts, count, offset);
}

ssize_t
read(int fd, void *buffer, size_t count)
{
	return fails(fd, READING, &count) ? -1 : syscall(SYS_read, fd, buffer, count);
}

ssize_t
pread(int fd, void *buffer, size_t count, off_t offset)
{
	return fails(fd, READING, &count) ? -1 : syscall(SYS_pread64, fd, buffer, count, offset);
}

ssize_t
pread64(int fd, void *buffer, size_t count, off_t offset)
{
	return pread(fd, buffer, count, offset);
}

ssize_t
sendfile(int to, int from, off_t *offset, size_t count)
{
	return fails(from, READING, &count) ? -1 : syscall(SYS_sendfile, to, from, offset, count);
}

ssize_t
sendfile64(int to, int from, off_t *offset, size_t count)
{
	return sendfile(to, from, offset, count);
}

int
fsync(int fd)
{
	size_t		whole = 1;

	return fails(fd, SYNCING, &whole) ? -1 : (int) syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	size_t		whole = 1;

	return fails(fd, SYNCING, &whole) ? -1 : (int) syscall(SYS_fdatasync, fd);
}

int
statvfs64(const char *path, struct statvfs64 *result)
{
	int			(*real) (const char *, struct statvfs64 *);
	int			outcome;

	*(void **) &real = dlsym(RTLD_NEXT, "statvfs64");
	outcome = real(path, result);
	if (outcome == 0 && rule_for_path(path, ASKING_FOR_ROOM))
		result->f_bfree = result->f_bavail = 0;
	return outcome;
}
