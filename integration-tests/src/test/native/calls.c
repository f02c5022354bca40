/*
 * The calls that are intercepted.
 *
 * Real calls are made with syscall(2), so that the library never depends on the order
 * in which the dynamic linker finds symbols. Calls that libc makes inside itself
 * (stdio) are not seen; neither the JVM nor SQLite writes its files with stdio.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "powerloss.h"

static int
opened(int fd, int flags)
{
	if (fd >= 0)
	{
		powerloss_forget(fd);
		if (flags & O_TRUNC)
			powerloss_changed(fd);
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
	powerloss_forget(fd);
	return (int) syscall(SYS_close, fd);
}

int
dup2(int from, int to)
{
	int			result = from == to
		? (fcntl(from, F_GETFD) < 0 ? -1 : to)
		: (int) syscall(SYS_dup3, from, to, 0);

	if (from != to)
		powerloss_forget(to);
	return result;
}

int
dup3(int from, int to, int flags)
{
	int			result = (int) syscall(SYS_dup3, from, to, flags);

	powerloss_forget(to);
	return result;
}

ssize_t
write(int fd, const void *buffer, size_t count)
{
	ssize_t		written = syscall(SYS_write, fd, buffer, count);

	powerloss_wrote(fd, -1, written);
	return written;
}

ssize_t
pwrite(int fd, const void *buffer, size_t count, off_t offset)
{
	ssize_t		written = syscall(SYS_pwrite64, fd, buffer, count, offset);

	powerloss_wrote(fd, offset, written);
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

	powerloss_wrote(fd, -1, written);
	return written;
}

ssize_t
pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
	ssize_t		written = syscall(SYS_pwritev, fd, parts, count, offset, 0);

	powerloss_wrote(fd, offset, written);
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

	powerloss_wrote(fd, offset, written);
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

	powerloss_changed(fd);
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

	powerloss_changed(fd);
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

	powerloss_changed(fd);
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

	powerloss_changed(to);
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

	powerloss_changed(to);
	return moved;
}

int
fsync(int fd)
{
	return powerloss_make_durable(fd, SYS_fsync);
}

int
fdatasync(int fd)
{
	return powerloss_make_durable(fd, SYS_fdatasync);
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
		powerloss_mapped(result, length, fd, offset);
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
	powerloss_unmapped(address);
	return (int) syscall(SYS_munmap, address, length);
}

int
msync(void *address, size_t length, int flags)
{
	int			result = (int) syscall(SYS_msync, address, length, flags);

	if (result == 0 && (flags & MS_SYNC))
		powerloss_mapping_synced(address, length);
	return result;
}
