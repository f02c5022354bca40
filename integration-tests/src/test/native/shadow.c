/*
 * A file layer that can lose power.
 *
 * Loaded with LD_PRELOAD into every process of a stack, it keeps beside a data
 * directory a shadow of what a disk would still hold if the power failed now:
 *
 *   - of a file, the bytes it had when it was last fsynced (fdatasync, msync and
 *     writes through a descriptor opened with O_SYNC or O_DSYNC count as well);
 *   - of a directory, the names it had when the directory itself was last fsynced.
 *
 * A file that was written and fsynced but whose directory was not has no name in
 * the shadow and is gone; a file whose name is durable but whose bytes were never
 * fsynced is there and empty; a rename counts from the fsync of its directory. That
 * is what POSIX promises and no more; real file systems are often kinder.
 *
 * The shadow:
 *
 *   SHADOW/f/ID         durable bytes of the file ID
 *   SHADOW/d/ID/NAME    durable names of the directory ID: a hard link to the
 *                       shadow of a file, or a symbolic link "d:ID" for a directory
 *
 * ID is a random number in the extended attribute user.powerloss of the real file or
 * directory and of a file's shadow, because inode numbers are used again. Nothing but
 * data writes and fsyncs is intercepted: names are read from the directory at the moment
 * of its fsync.
 *
 * The real fsync is left out: it would cost time, and the shadow takes its place.
 *
 * POWERLOSS_ROOT    the data directory
 * POWERLOSS_SHADOW  the shadow, outside the root, on the same kind of file system
 * POWERLOSS_SKIP    names directly below the root that are not watched, with colons
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "powerloss.h"

#define ATTRIBUTE "user.powerloss"
#define DESCRIPTORS 65536
#define BUCKETS 4096
#define RANGES_MAX 4096
#define MAPPINGS_MAX 1024

typedef struct Range
{
	off_t		start;
	off_t		end;
} Range;

typedef struct Node
{
	uint64_t	id;
	bool		directory;
	bool		whole;			/* next fsync copies everything */
	bool		mapped;			/* written through memory: always copied whole */
	int			range_count;
	int			range_room;
	Range	   *ranges;
	struct Node *next;
} Node;

/* What a descriptor is known to be. The flag O_DSYNC is in the lowest bit of the node. */
#define UNKNOWN ((uintptr_t) 0)
#define UNWATCHED ((uintptr_t) 2)
#define DURABLE_AT_ONCE ((uintptr_t) 1)

typedef struct Mapping
{
	char	   *address;
	size_t		length;
	off_t		offset;
	Node	   *node;
} Mapping;

static char root[4096];
static size_t root_length;
static char shadow[4096];
static char skip[4096];
static atomic_int state;		/* 0 not begun, 1 off, 2 on */
static _Atomic(uintptr_t) descriptors[DESCRIPTORS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* nodes, mappings, the shadow */
static Node *buckets[BUCKETS];
static Mapping mappings[MAPPINGS_MAX];
static int	mapping_count;

void
powerloss_die(const char *what)
{
	char		line[512];
	int			length = snprintf(line, sizeof line, "powerloss: %s: %s\n", what, strerror(errno));

	syscall(SYS_write, 2, line, (size_t) length);
	abort();
}

static bool
active(void)
{
	int			now = atomic_load_explicit(&state, memory_order_acquire);

	if (now == 0)
	{
		const char *r = getenv("POWERLOSS_ROOT");
		const char *s = getenv("POWERLOSS_SHADOW");
		const char *k = getenv("POWERLOSS_SKIP");

		now = 1;
		if (r && s && strlen(r) < sizeof root - 1 && strlen(s) < sizeof shadow - 64)
		{
			strcpy(root, r);
			root_length = strlen(r);
			strcpy(shadow, s);
			snprintf(skip, sizeof skip, ":%s:", k ? k : "");
			now = 2;
		}
		atomic_store_explicit(&state, now, memory_order_release);
	}
	return now == 2;
}

/* Is this path the root or below it, and not below a name that is left out? */
static bool
watched(const char *path)
{
	const char *name;
	const char *end;
	char		wanted[300];

	if (strncmp(path, root, root_length) != 0)
		return false;
	if (path[root_length] == 0)
		return true;
	if (path[root_length] != '/')
		return false;
	name = path + root_length + 1;
	end = strchrnul(name, '/');
	if (end - name > 250)
		return true;
	snprintf(wanted, sizeof wanted, ":%.*s:", (int) (end - name), name);
	return strstr(skip, wanted) == NULL;
}

static void
shadow_path(char *buffer, size_t size, char kind, uint64_t id)
{
	snprintf(buffer, size, "%s/%c/%016llx", shadow, kind, (unsigned long long) id);
}

static uint64_t
new_id(void)
{
	uint64_t	id = 0;

	while (id == 0)
		if (getrandom(&id, sizeof id, 0) != sizeof id)
			powerloss_die("getrandom");
	return id;
}

/* The number of an open file or directory, given to it now if it has none. */
static uint64_t
id_of(int fd)
{
	uint64_t	id;

	for (;;)
	{
		if (fgetxattr(fd, ATTRIBUTE, &id, sizeof id) == sizeof id)
			return id;
		id = new_id();
		if (fsetxattr(fd, ATTRIBUTE, &id, sizeof id, XATTR_CREATE) == 0)
			return id;
		if (errno != EEXIST)
			powerloss_die("extended attribute");
	}
}

static Node *
node_of(uint64_t id, bool directory)
{
	Node	  **bucket = &buckets[id % BUCKETS];
	Node	   *node;

	for (node = *bucket; node; node = node->next)
		if (node->id == id)
			return node;
	node = calloc(1, sizeof *node);
	if (!node)
		powerloss_die("memory");
	node->id = id;
	node->directory = directory;
	/* what an earlier process wrote and did not sync becomes durable with our fsync */
	node->whole = true;
	node->next = *bucket;
	*bucket = node;
	return node;
}

/* What this descriptor is; called with a descriptor that libc accepted. */
static uintptr_t
resolve(int fd)
{
	struct stat st;
	char		link[64];
	char		path[4200];
	ssize_t		length;
	uintptr_t	found = UNWATCHED;

	if (fd < 0 || fd >= DESCRIPTORS || !active())
		return UNWATCHED;
	found = atomic_load_explicit(&descriptors[fd], memory_order_acquire);
	if (found != UNKNOWN)
		return found;
	found = UNWATCHED;
	if (fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
	{
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		length = readlink(link, path, sizeof path - 1);
		if (length > 0)
		{
			path[length] = 0;
			if (watched(path))
			{
				int			flags = fcntl(fd, F_GETFL);
				uint64_t	id = id_of(fd);

				pthread_mutex_lock(&lock);
				found = (uintptr_t) node_of(id, S_ISDIR(st.st_mode));
				pthread_mutex_unlock(&lock);
				if (flags & O_DSYNC)	/* O_SYNC contains it */
					found |= DURABLE_AT_ONCE;
			}
		}
	}
	atomic_store_explicit(&descriptors[fd], found, memory_order_release);
	return found;
}

static Node *
node_in(uintptr_t value)
{
	return value == UNWATCHED || value == UNKNOWN ? NULL : (Node *) (value & ~DURABLE_AT_ONCE);
}

void
powerloss_forget(int fd)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		atomic_store_explicit(&descriptors[fd], UNKNOWN, memory_order_release);
}

/* ---- the shadow of a file ---- */

/* Opens, and makes if need be, the shadow of a file; anyone of the stack may write it. */
static int
open_shadow(uint64_t id)
{
	char		path[4200];
	int			fd;

	shadow_path(path, sizeof path, 'f', id);
	fd = (int) syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = (int) syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0)
	{
		fchmod(fd, 0666);
		/* so that whoever puts the shadow in place knows which file this is */
		fsetxattr(fd, ATTRIBUTE, &id, sizeof id, 0);
	}
	return fd;
}

static void
sync_file(Node *node, int fd)
{
	char		link[64];
	int			from;
	int			to;
	struct stat st;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	from = (int) syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC, 0);
	if (from < 0)
		powerloss_die("opening a file for its shadow");
	pthread_mutex_lock(&lock);
	to = open_shadow(node->id);
	if (to < 0)
		powerloss_die("opening a shadow");
	if (fstat(from, &st) != 0)
		powerloss_die("fstat");
	if (node->whole || node->mapped)
		powerloss_copy_whole(from, to, st.st_size);
	else
		for (int i = 0; i < node->range_count; i++)
			powerloss_copy_range(from, to, node->ranges[i].start, node->ranges[i].end);
	if (syscall(SYS_ftruncate, to, st.st_size) != 0)
		powerloss_die("size of a shadow");
	node->whole = false;
	node->range_count = 0;
	pthread_mutex_unlock(&lock);
	syscall(SYS_close, to);
	syscall(SYS_close, from);
}

/* ---- the shadow of a directory ---- */

static void
shadow_name(const char *directory, const char *name, const char *real_parent)
{
	char		real[4600];
	char		entry[4600];
	char		fresh[4600];
	char		source[4200];
	char		target[64];
	char		present[64];
	struct stat st;
	struct stat linked;
	uint64_t	id;
	int			fd;
	ssize_t		length;

	snprintf(real, sizeof real, "%s/%s", real_parent, name);
	if (lstat(real, &st) != 0)
		return;					/* gone meanwhile */
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return;					/* sockets and links are nothing to keep here */
	fd = (int) syscall(SYS_openat, AT_FDCWD, real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0)
		return;
	id = id_of(fd);
	syscall(SYS_close, fd);
	snprintf(entry, sizeof entry, "%s/%s", directory, name);
	snprintf(fresh, sizeof fresh, "%s/.new.%016llx", directory, (unsigned long long) new_id());
	if (S_ISDIR(st.st_mode))
	{
		snprintf(target, sizeof target, "d:%016llx", (unsigned long long) id);
		length = readlink(entry, present, sizeof present - 1);
		if (length > 0)
		{
			present[length] = 0;
			if (strcmp(present, target) == 0)
				return;
		}
		if (symlink(target, fresh) != 0)
			powerloss_die("name of a directory in the shadow");
	}
	else
	{
		fd = open_shadow(id);
		if (fd < 0)
			powerloss_die("opening a shadow");
		fstat(fd, &st);
		syscall(SYS_close, fd);
		if (lstat(entry, &linked) == 0 && linked.st_ino == st.st_ino)
			return;
		shadow_path(source, sizeof source, 'f', id);
		if (linkat(AT_FDCWD, source, AT_FDCWD, fresh, 0) != 0)
			powerloss_die("name of a file in the shadow");
	}
	if (rename(fresh, entry) != 0)
		powerloss_die("name in the shadow");
	unlink(fresh);				/* rename of two links to one file leaves both */
}

static void
sync_directory(Node *node, int fd)
{
	char		link[64];
	char		real[4200];
	char		directory[4200];
	char		path[4600];
	struct stat st;
	struct dirent *entry;
	ssize_t		length;
	DIR		   *dir;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = readlink(link, real, sizeof real - 1);
	if (length <= 0)
		return;
	real[length] = 0;
	pthread_mutex_lock(&lock);
	shadow_path(directory, sizeof directory, 'd', node->id);
	if (mkdir(directory, 0777) == 0)
		chmod(directory, 0777);
	else if (errno != EEXIST)
		powerloss_die("directory in the shadow");
	dir = opendir(real);
	if (dir)
	{
		while ((entry = readdir(dir)) != NULL)
			if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			{
				snprintf(path, sizeof path, "%s/%s", real, entry->d_name);
				if (watched(path))
					shadow_name(directory, entry->d_name, real);
			}
		closedir(dir);
	}
	dir = opendir(directory);
	if (!dir)
		powerloss_die("directory in the shadow");
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0
			&& strncmp(entry->d_name, ".new.", 5) != 0)
		{
			snprintf(path, sizeof path, "%s/%s", real, entry->d_name);
			if (lstat(path, &st) != 0 && errno == ENOENT)
			{
				snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
				unlink(path);
			}
		}
	closedir(dir);
	pthread_mutex_unlock(&lock);
}

int
powerloss_make_durable(int fd, long number)
{
	uintptr_t	value = resolve(fd);
	Node	   *node = node_in(value);

	if (!node)
		return (int) syscall(number, fd);
	if (node->directory)
		sync_directory(node, fd);
	else
		sync_file(node, fd);
	return 0;
}

/* ---- what was written ---- */

static void
add_range(Node *node, off_t start, off_t end)
{
	pthread_mutex_lock(&lock);
	if (!node->whole)
	{
		Range	   *last = node->range_count ? &node->ranges[node->range_count - 1] : NULL;

		if (last && start <= last->end && start >= last->start)
		{
			if (end > last->end)
				last->end = end;
		}
		else if (node->range_count == RANGES_MAX)
			node->whole = true;
		else
		{
			if (node->range_count == node->range_room)
			{
				node->range_room = node->range_room ? node->range_room * 2 : 16;
				node->ranges = realloc(node->ranges, (size_t) node->range_room * sizeof(Range));
				if (!node->ranges)
					powerloss_die("memory");
			}
			node->ranges[node->range_count].start = start;
			node->ranges[node->range_count].end = end;
			node->range_count++;
		}
	}
	pthread_mutex_unlock(&lock);
}

void
powerloss_wrote(int fd, off_t start, ssize_t count)
{
	int			saved = errno;
	uintptr_t	value = resolve(fd);
	Node	   *node = node_in(value);

	if (node && count > 0)
	{
		if (start < 0)
			start = lseek(fd, 0, SEEK_CUR) - count;
		add_range(node, start, start + count);
		if (value & DURABLE_AT_ONCE)
			sync_file(node, fd);
	}
	errno = saved;
}

void
powerloss_changed(int fd)
{
	int			saved = errno;
	Node	   *node = node_in(resolve(fd));

	if (node && !node->directory)
	{
		pthread_mutex_lock(&lock);
		node->whole = true;
		pthread_mutex_unlock(&lock);
	}
	errno = saved;
}

/* ---- shared mappings ---- */

void
powerloss_mapped(void *address, size_t length, int fd, off_t offset)
{
	int			saved = errno;
	Node	   *node = node_in(resolve(fd));

	if (node)
	{
		pthread_mutex_lock(&lock);
		node->mapped = true;
		if (mapping_count == MAPPINGS_MAX)
			powerloss_die("too many shared mappings");
		mappings[mapping_count++] = (Mapping)
		{
			address, length, offset, node
		};
		pthread_mutex_unlock(&lock);
	}
	errno = saved;
}

void
powerloss_unmapped(void *address)
{
	if (mapping_count == 0)
		return;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < mapping_count; i++)
		if (mappings[i].address == (char *) address)
			mappings[i--] = mappings[--mapping_count];
	pthread_mutex_unlock(&lock);
}

void
powerloss_mapping_synced(void *address, size_t length)
{
	pthread_mutex_lock(&lock);
	for (int i = 0; i < mapping_count; i++)
	{
		Mapping    *m = &mappings[i];
		char	   *start = (char *) address > m->address ? (char *) address : m->address;
		char	   *end = (char *) address + length < m->address + m->length
			? (char *) address + length : m->address + m->length;

		if (start < end)
		{
			int			to = open_shadow(m->node->id);

			if (to < 0 || syscall(SYS_pwrite64, to, start, (size_t) (end - start),
								  m->offset + (start - m->address)) < 0)
				powerloss_die("shadow of a mapping");
			syscall(SYS_close, to);
		}
	}
	pthread_mutex_unlock(&lock);
}
