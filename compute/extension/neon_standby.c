/*-------------------------------------------------------------------------
 *
 * neon_standby.c
 *	  Only the compute's own process may be the synchronous standby.
 *
 * PostgreSQL takes every walsender whose application_name stands in
 * synchronous_standby_names for that standby, and acknowledges commits by what
 * it reports.  Anybody with the REPLICATION attribute could so (a subscription
 * of that name is enough) acknowledge what no quorum has.  Here the name is
 * refused to a walsender unless its client is the process that the compute
 * named when it started the server, which the kernel vouches for on a Unix
 * socket.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <sys/socket.h>

/*
 * The connection's structure has the same layout without them, and their
 * headers may not be installed.
 */
#undef ENABLE_GSS
#undef USE_OPENSSL
#include "libpq/libpq-be.h"
#include "miscadmin.h"
#include "replication/walsender.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"

#define STANDBY_NAME	"walproposer"

int			argon_proposer_pid = 0;

static GucStringCheckHook previous_check = NULL;

static bool
is_proposer(void)
{
	struct ucred peer;
	socklen_t	size = sizeof(peer);

	return argon_proposer_pid != 0 &&
		MyProcPort != NULL &&
		MyProcPort->raddr.addr.ss_family == AF_UNIX &&
		getsockopt(MyProcPort->sock, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
		peer.pid == argon_proposer_pid;
}

/* Called for whatever sets it: startup packet, role, database, SET. */
static bool
check_application_name(char **newval, void **extra, GucSource source)
{
	if (previous_check && !previous_check(newval, extra, source))
		return false;
	if (am_walsender && *newval != NULL &&
		pg_strcasecmp(*newval, STANDBY_NAME) == 0 && !is_proposer())
	{
		GUC_check_errdetail("The name \"%s\" is reserved for the compute of this endpoint.",
							STANDBY_NAME);
		return false;
	}
	return true;
}

void
argon_standby_init(void)
{
	struct config_generic **variables = get_guc_variables();
	int			count = GetNumConfigOptions();

	for (int i = 0; i < count; i++)
	{
		if (strcmp(variables[i]->name, "application_name") == 0 &&
			variables[i]->vartype == PGC_STRING)
		{
			struct config_string *name = (struct config_string *) variables[i];

			previous_check = name->check_hook;
			name->check_hook = check_application_name;
			return;
		}
	}
	ereport(FATAL,
			(errmsg("this server has no setting \"application_name\"")));
}
