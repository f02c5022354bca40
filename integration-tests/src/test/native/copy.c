/*
 * Bytes from a file to its shadow. Called under the lock of shadow.c.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "powerloss.h"

#define COPY_BYTES (1 << 20)

void
powerloss_copy_range(int from, int to, off_t start, off_t end)
{
	static char *buffer;		/* guarded by lock */

	if (!buffer && !(buffer = malloc(COPY_BYTES)))
		powerloss_die("memory");
	while (start < end)
	{
		size_t		wanted = end - start > COPY_BYTES ? COPY_BYTES : (size_t) (end - start);
		ssize_t		got = syscall(SYS_pread64, from, buffer, wanted, start);
		ssize_t		put;

		if (got < 0)
			powerloss_die("reading a file for its shadow");
		if (got == 0)
			return;				/* beyond the end: the size is set afterwards */
		put = syscall(SYS_pwrite64, to, buffer, (size_t) got, start);
		if (put != got)
			powerloss_die("writing a shadow");
		start += got;
	}
}

/*
 * In place and never emptied first: a process killed half way leaves a mixture of
 * old and new bytes, as a disk may.
 */
void
powerloss_copy_whole(int from, int to, off_t size)
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
		powerloss_copy_range(from, to, data, hole);
		position = hole;
	}
}
