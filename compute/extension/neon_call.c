/*-------------------------------------------------------------------------
 *
 * neon_call.c
 *	  Asks the JVM something on behalf of a SQL function.
 *
 * One connection for each call, over the socket that also holds the life line.
 * Closing it, as an error or a cancel does, takes the call back.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/memutils.h"

#define BUSY_PAUSE_MICROS	1000L

/* Returns -1 with errno set. */
int
argon_connect_jvm(bool nonblocking)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int			fd;

	if (strlcpy(address.sun_path, argon_control_socket,
				sizeof(address.sun_path)) >= sizeof(address.sun_path))
	{
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if ((nonblocking && fcntl(fd, F_SETFL, O_NONBLOCK) != 0) ||
		connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0)
	{
		int			save_errno = errno;

		close(fd);
		errno = save_errno;
		return -1;
	}
	return fd;
}

static void
fail(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONNECTION_FAILURE),
			 errmsg("could not %s the compute process: %m", what)));
}

static int
connect_patiently(void)
{
	for (;;)
	{
		int			fd = argon_connect_jvm(true);

		if (fd >= 0)
			return fd;
		/* so many others wait to be accepted */
		if (errno != EAGAIN)
			fail("connect to");
		pg_usleep(BUSY_PAUSE_MICROS);
		CHECK_FOR_INTERRUPTS();
	}
}

static void
wait_for(int fd, int event)
{
	int			events = WaitLatchOrSocket(MyLatch,
										   event | WL_LATCH_SET | WL_EXIT_ON_PM_DEATH,
										   fd, -1, PG_WAIT_EXTENSION);

	if (events & WL_LATCH_SET)
	{
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

static void
send_all(int fd, const char *bytes, size_t length)
{
	while (length > 0)
	{
		ssize_t		sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent >= 0)
		{
			bytes += sent;
			length -= sent;
		}
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			wait_for(fd, WL_SOCKET_WRITEABLE);
		else if (errno != EINTR)
			fail("send to");
	}
}

static void
receive_all(int fd, char *bytes, size_t length)
{
	while (length > 0)
	{
		ssize_t		got = recv(fd, bytes, length, 0);

		if (got > 0)
		{
			bytes += got;
			length -= got;
		}
		else if (got == 0)
			ereport(ERROR,
					(errcode(ERRCODE_CONNECTION_FAILURE),
					 errmsg("the compute process gave no answer")));
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			wait_for(fd, WL_SOCKET_READABLE);
		else if (errno != EINTR)
			fail("receive from");
	}
}

static bytea *
exchange(int fd, uint32 kind, int32 argument, const char *payload, uint32 length)
{
	uint32		request[] = {kind, (uint32) argument, length};
	uint32		answer[2];
	bytea	   *result;

	send_all(fd, (char *) request, sizeof(request));
	send_all(fd, payload, length);
	receive_all(fd, (char *) answer, sizeof(answer));
	if (answer[1] > MaxAllocSize - VARHDRSZ - 1)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the answer of the compute process is too long: %u bytes",
						answer[1])));
	result = palloc(VARHDRSZ + answer[1] + 1);
	SET_VARSIZE(result, VARHDRSZ + answer[1]);
	receive_all(fd, VARDATA(result), answer[1]);
	if (answer[0] != ARGON_ANSWER_DONE)
	{
		VARDATA(result)[answer[1]] = '\0';
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s", pg_any_to_server(VARDATA(result), answer[1], PG_UTF8))));
	}
	return result;
}

bytea *
argon_call(uint32 kind, int32 argument, const char *payload, uint32 length)
{
	bytea	   *result = NULL;
	volatile int fd = -1;

	if (argon == NULL || argon_control_socket[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this server does not run on Argon storage")));
	if (!AcquireExternalFD())
		fail("open a socket to");
	PG_TRY();
	{
		fd = connect_patiently();
		result = exchange(fd, kind, argument, payload, length);
	}
	PG_FINALLY();
	{
		if (fd >= 0)
			close(fd);
		ReleaseExternalFD();
	}
	PG_END_TRY();
	return result;
}
