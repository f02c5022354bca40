/*-------------------------------------------------------------------------
 *
 * neon_backup.c
 *	  Base backups are refused.
 *
 * BASE_BACKUP reads relation files as they are, and what is not here reads as
 * zeros: a backup would be taken without an error and be worthless.  No hook
 * lies on its way but that of the log, which is told of each replication
 * command before it runs, if such commands are logged.  So walsenders log them.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

/*
 * The connection's structure has the same layout without them, and their
 * headers may not be installed.
 */
#undef ENABLE_GSS
#undef USE_OPENSSL
#include "libpq/auth.h"
#include "replication/walsender.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"

#define COMMAND_MESSAGE	"received replication command: %s"
#define BASE_BACKUP		"BASE_BACKUP"

static emit_log_hook_type previous_log = NULL;
static ClientAuthentication_hook_type previous_authentication = NULL;

/* The grammar knows keywords in capitals only. */
static bool
is_base_backup(const char *command)
{
	return command != NULL &&
		strncmp(command + strspn(command, " \t\n\r\f\v"), BASE_BACKUP,
				strlen(BASE_BACKUP)) == 0;
}

static void
look_at_message(ErrorData *edata)
{
	if (previous_log)
		previous_log(edata);
	if (am_walsender && edata->message_id != NULL &&
		strcmp(edata->message_id, COMMAND_MESSAGE) == 0 &&
		is_base_backup(debug_query_string))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("base backups are not supported on Argon storage"),
				 errdetail("The data directory of this server is a cache with holes."),
				 errhint("Use a branch, or pg_dump.")));
}

/* Before the settings of role and database, which this is stronger than. */
static void
have_commands_logged(Port *port, int status)
{
	if (previous_authentication)
		previous_authentication(port, status);
	if (am_walsender)
		SetConfigOption("log_replication_commands", "on", PGC_POSTMASTER,
						PGC_S_OVERRIDE);
}

void
argon_backup_init(void)
{
	previous_log = emit_log_hook;
	emit_log_hook = look_at_message;
	previous_authentication = ClientAuthentication_hook;
	ClientAuthentication_hook = have_commands_logged;
}
