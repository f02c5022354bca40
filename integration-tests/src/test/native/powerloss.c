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
 * directory and of a file's shadow, because inode numbers are used again. Nothing but data writes and fsyncs
 * is intercepted: names are read from the directory at the moment of its fsync.
 *
 * The real fsync is left out: it would cost time, and the shadow takes its place.
 *
 * POWERLOSS_ROOT    the data directory
 * POWERLOSS_SHADOW  the shadow, outside the root, on the same kind of file system
 * POWERLOSS_SKIP    names directly below the root that are not watched, with colons
 *
 * Real calls are made with syscall(2), so that the library never depends on the order
 * in which the dynamic linker finds symbols. Calls that libc makes inside itself
 * (stdio) are not seen; neither the JVM nor SQLite writes its files with stdio.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ATTRIBUTE "user.powerloss"
#define DESCRIPTORS 65536
#define BUCKETS 4096
#define RANGES_MAX 4096
#define MAPPINGS_MAX 1024
#define COPY_BYTES (1 << 20)

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

static void
die(const char *what)
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
			die("getrandom");
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
			die("extended attribute");
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
		die("memory");
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

static void
forget(int fd)
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
copy_range_between(int from, int to, off_t start, off_t end)
{
	static char *buffer;		/* guarded by lock */

	if (!buffer && !(buffer = malloc(COPY_BYTES)))
		die("memory");
	while (start < end)
	{
		size_t		wanted = end - start > COPY_BYTES ? COPY_BYTES : (size_t) (end - start);
		ssize_t		got = syscall(SYS_pread64, from, buffer, wanted, start);
		ssize_t		put;

		if (got < 0)
			die("reading a file for its shadow");
		if (got == 0)
			return;				/* beyond the end: the size is set afterwards */
		put = syscall(SYS_pwrite64, to, buffer, (size_t) got, start);
		if (put != got)
			die("writing a shadow");
		start += got;
	}
}

/*
 * In place and never emptied first: a process killed half way leaves a mixture of
 * old and new bytes, as a disk may.
 */
static void
copy_whole(int from, int to, off_t size)
{
	off_t		position = 0;

	while (position < size)
	{
		off_t		data = lseek(from, position, SEEK_DATA);
		off_t		hole;

		if (data < 0)
			data = size;
		if (data > position)
			fallocate(to, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, position, data - position);
		if (data >= size)
			break;
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		copy_range_between(from, to, data, hole);
		position = hole;
	}
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
		die("opening a file for its shadow");
	pthread_mutex_lock(&lock);
	to = open_shadow(node->id);
	if (to < 0)
		die("opening a shadow");
	if (fstat(from, &st) != 0)
		die("fstat");
	if (node->whole || node->mapped)
		copy_whole(from, to, st.st_size);
	else
		for (int i = 0; i < node->range_count; i++)
			copy_range_between(from, to, node->ranges[i].start, node->ranges[i].end);
	if (syscall(SYS_ftruncate, to, st.st_size) != 0)
		die("size of a shadow");
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
			die("name of a directory in the shadow");
	}
	else
	{
		fd = open_shadow(id);
		if (fd < 0)
			die("opening a shadow");
		fstat(fd, &st);
		syscall(SYS_close, fd);
		if (lstat(entry, &linked) == 0 && linked.st_ino == st.st_ino)
			return;
		shadow_path(source, sizeof source, 'f', id);
		if (linkat(AT_FDCWD, source, AT_FDCWD, fresh, 0) != 0)
			die("name of a file in the shadow");
	}
	if (rename(fresh, entry) != 0)
		die("name in the shadow");
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
		die("directory in the shadow");
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
		die("directory in the shadow");
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

static int
make_durable(int fd, long number)
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
					die("memory");
			}
			node->ranges[node->range_count].start = start;
			node->ranges[node->range_count].end = end;
			node->range_count++;
		}
	}
	pthread_mutex_unlock(&lock);
}

static void
wrote(int fd, off_t start, ssize_t count)
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

static void
changed_whole(int fd)
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

/* ---- the intercepted calls ---- */

static int
opened(int fd, int flags)
{
	if (fd >= 0)
	{
		forget(fd);
		if (flags & O_TRUNC)
			changed_whole(fd);
	}
	return fd;
}

#define MODE_ARGUMENT(flags, last) \
	mode_t mode = 0; \
	if ((flags) & (O_CREAT | __O_TMPFILE)) \
	{ \
		va_list arguments; \
		va_start(arguments, last); \
		mode = va_arg(arguments, mode_t); \
		va_end(arguments); \
	}

int
open(const char *path, int flags, ...)
{
	MODE_ARGUMENT(flags, flags);
	return opened((int) syscall(SYS_openat, AT_FDCWD, path, flags, mode), flags);
}

int
open64(const char *path, int flags, ...)
{
	MODE_ARGUMENT(flags, flags);
	return opened((int) syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode), flags);
}

int
openat(int directory, const char *path, int flags, ...)
{
	MODE_ARGUMENT(flags, flags);
	return opened((int) syscall(SYS_openat, directory, path, flags, mode), flags);
}

int
openat64(int directory, const char *path, int flags, ...)
{
	MODE_ARGUMENT(flags, flags);
	return opened((int) syscall(SYS_openat, directory, path, flags | O_LARGEFILE, mode), flags);
}

int
creat(const char *path, mode_t mode)
{
	int			flags = O_CREAT | O_WRONLY | O_TRUNC;

	return opened((int) syscall(SYS_openat, AT_FDCWD, path, flags, mode), flags);
}

int
creat64(const char *path, mode_t mode)
{
	return creat(path, mode);
}

int
close(int fd)
{
	forget(fd);
	return (int) syscall(SYS_close, fd);
}

int
dup2(int from, int to)
{
	int			result = from == to
		? (fcntl(from, F_GETFD) < 0 ? -1 : to)
		: (int) syscall(SYS_dup3, from, to, 0);

	if (from != to)
		forget(to);
	return result;
}

int
dup3(int from, int to, int flags)
{
	int			result = (int) syscall(SYS_dup3, from, to, flags);

	forget(to);
	return result;
}

ssize_t
write(int fd, const void *buffer, size_t count)
{
	ssize_t		written = syscall(SYS_write, fd, buffer, count);

	wrote(fd, -1, written);
	return written;
}

ssize_t
pwrite(int fd, const void *buffer, size_t count, off_t offset)
{
	ssize_t		written = syscall(SYS_pwrite64, fd, buffer, count, offset);

	wrote(fd, offset, written);
	return written;
}

ssize_t
pwrite64(int fd, const void *buffer, size_t count, off_t offset)
{
	return pwrite(fd, buffer, count, offset);
}

ssize_t
writev(int fd, const struct iovec *parts, int count)
{
	ssize_t		written = syscall(SYS_writev, fd, parts, count);

	wrote(fd, -1, written);
	return written;
}

ssize_t
pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
	ssize_t		written = syscall(SYS_pwritev, fd, parts, count, offset, 0);

	wrote(fd, offset, written);
	return written;
}

ssize_t
pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
{
	return pwritev(fd, parts, count, offset);
}

ssize_t
pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	ssize_t		written = syscall(SYS_pwritev2, fd, parts, count, offset, 0, flags);

	wrote(fd, offset, written);
	return written;
}

ssize_t
pwritev64v2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	return pwritev2(fd, parts, count, offset, flags);
}

int
ftruncate(int fd, off_t length)
{
	int			result = (int) syscall(SYS_ftruncate, fd, length);

	changed_whole(fd);
	return result;
}

int
ftruncate64(int fd, off_t length)
{
	return ftruncate(fd, length);
}

int
truncate(const char *path, off_t length)
{
	int			fd = open(path, O_WRONLY | O_CLOEXEC);
	int			result;

	if (fd < 0)
		return -1;
	result = ftruncate(fd, length);
	close(fd);
	return result;
}

int
truncate64(const char *path, off_t length)
{
	return truncate(path, length);
}

int
fallocate(int fd, int mode, off_t offset, off_t length)
{
	int			result = (int) syscall(SYS_fallocate, fd, mode, offset, length);

	changed_whole(fd);
	return result;
}

int
fallocate64(int fd, int mode, off_t offset, off_t length)
{
	return fallocate(fd, mode, offset, length);
}

int
posix_fallocate(int fd, off_t offset, off_t length)
{
	int			result = (int) syscall(SYS_fallocate, fd, 0, offset, length);

	changed_whole(fd);
	return result == 0 ? 0 : errno;
}

int
posix_fallocate64(int fd, off_t offset, off_t length)
{
	return posix_fallocate(fd, offset, length);
}

ssize_t
sendfile(int to, int from, off_t *offset, size_t count)
{
	ssize_t		moved = syscall(SYS_sendfile, to, from, offset, count);

	changed_whole(to);
	return moved;
}

ssize_t
sendfile64(int to, int from, off_t *offset, size_t count)
{
	return sendfile(to, from, offset, count);
}

ssize_t
copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset, size_t count, unsigned flags)
{
	ssize_t		moved = syscall(SYS_copy_file_range, from, from_offset, to, to_offset, count, flags);

	changed_whole(to);
	return moved;
}

int
fsync(int fd)
{
	return make_durable(fd, SYS_fsync);
}

int
fdatasync(int fd)
{
	return make_durable(fd, SYS_fdatasync);
}

/* Starts writing and promises nothing: the shadow does not change. */
int
sync_file_range(int fd, off_t offset, off_t count, unsigned flags)
{
	return (int) syscall(SYS_sync_file_range, fd, offset, count, flags);
}

void *
mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	void	   *result = (void *) syscall(SYS_mmap, address, length, protection, flags, fd, offset);

	if (fd >= 0 && result != MAP_FAILED && (protection & PROT_WRITE)
		&& (flags & MAP_TYPE) != MAP_PRIVATE)
	{
		int			saved = errno;
		Node	   *node = node_in(resolve(fd));

		if (node)
		{
			pthread_mutex_lock(&lock);
			node->mapped = true;
			if (mapping_count == MAPPINGS_MAX)
				die("too many shared mappings");
			mappings[mapping_count++] = (Mapping)
			{
				result, length, offset, node
			};
			pthread_mutex_unlock(&lock);
		}
		errno = saved;
	}
	return result;
}

void *
mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return mmap(address, length, protection, flags, fd, offset);
}

int
munmap(void *address, size_t length)
{
	if (mapping_count > 0)
	{
		pthread_mutex_lock(&lock);
		for (int i = 0; i < mapping_count; i++)
			if (mappings[i].address == (char *) address)
				mappings[i--] = mappings[--mapping_count];
		pthread_mutex_unlock(&lock);
	}
	return (int) syscall(SYS_munmap, address, length);
}

int
msync(void *address, size_t length, int flags)
{
	int			result = (int) syscall(SYS_msync, address, length, flags);

	if (result == 0 && (flags & MS_SYNC))
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
					die("shadow of a mapping");
				syscall(SYS_close, to);
			}
		}
		pthread_mutex_unlock(&lock);
	}
	return result;
}
