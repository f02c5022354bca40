/*-------------------------------------------------------------------------
 *
 * neon_utility.c
 *	  Commands that cannot work on disposable files are refused; some others
 *	  need care before or after.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include "access/xact.h"
#include "commands/defrem.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/ipc.h"
#include "tcop/utility.h"

static ProcessUtility_hook_type previous_utility = NULL;
static ExecutorRun_hook_type previous_run = NULL;

static void
refuse_tablespace(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("tablespaces are not supported on Argon storage"),
			 errdetail("The data directory of this server is a cache that may be deleted at any time.")));
}

static void
check_create_database(CreatedbStmt *stmt)
{
	ListCell   *cell;

	foreach(cell, stmt->options)
	{
		DefElem    *option = lfirst_node(DefElem, cell);

		if (strcmp(option->defname, "strategy") == 0 && option->arg != NULL &&
			pg_strcasecmp(defGetString(option), "file_copy") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("CREATE DATABASE with strategy \"file_copy\" is not supported on Argon storage"),
					 errhint("Leave the strategy out, or use \"wal_log\".")));
	}
}

static void
check_alter_database(AlterDatabaseStmt *stmt)
{
	ListCell   *cell;

	foreach(cell, stmt->options)
	{
		if (strcmp(lfirst_node(DefElem, cell)->defname, "tablespace") == 0)
			refuse_tablespace();
	}
}

static void
refuse_alter_system(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("ALTER SYSTEM is not supported on Argon storage"),
			 errdetail("The settings of an endpoint are kept by the control plane; the data directory is disposable."),
			 errhint("Use: argon endpoint set NAME key=value")));
}

/* Images of a database that is being dropped would bring back its buffers. */
static void
pause_images(void)
{
	LWLockAcquire(argon_image_lock(), LW_EXCLUSIVE);
	argon->images_paused++;
	LWLockRelease(argon_image_lock());
}

static void
resume_images(int code, Datum arg)
{
	LWLockAcquire(argon_image_lock(), LW_EXCLUSIVE);
	argon->images_paused--;
	LWLockRelease(argon_image_lock());
}

static void
run(PlannedStmt *pstmt, const char *queryString, bool readOnlyTree,
	ProcessUtilityContext context, ParamListInfo params,
	QueryEnvironment *queryEnv, DestReceiver *dest, QueryCompletion *qc)
{
	if (previous_utility)
		previous_utility(pstmt, queryString, readOnlyTree, context, params,
						 queryEnv, dest, qc);
	else
		standard_ProcessUtility(pstmt, queryString, readOnlyTree, context,
								params, queryEnv, dest, qc);
}

/*
 * The files of the extension "neon" are not among the server's.  What an event
 * trigger does meanwhile finds the server's own.
 */
static void
run_led(bool own, PlannedStmt *pstmt, const char *queryString,
		bool readOnlyTree, ProcessUtilityContext context, ParamListInfo params,
		QueryEnvironment *queryEnv, DestReceiver *dest, QueryCompletion *qc)
{
	bool		before = argon_lead_to_own_files(own);

	PG_TRY();
	{
		run(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest,
			qc);
	}
	PG_FINALLY();
	{
		(void) argon_lead_to_own_files(before);
	}
	PG_END_TRY();
}

/* Databases come and go without a call for each of their relations. */
static void
run_database_command(PlannedStmt *pstmt, const char *queryString,
					 bool readOnlyTree, ProcessUtilityContext context,
					 ParamListInfo params, QueryEnvironment *queryEnv,
					 DestReceiver *dest, QueryCompletion *qc)
{
	pause_images();
	PG_ENSURE_ERROR_CLEANUP(resume_images, (Datum) 0);
	{
		PG_TRY();
		{
			run(pstmt, queryString, readOnlyTree, context, params, queryEnv,
				dest, qc);
		}
		PG_FINALLY();
		{
			argon_forget_dropped_databases();
		}
		PG_END_TRY();
	}
	PG_END_ENSURE_ERROR_CLEANUP(resume_images, (Datum) 0);
	resume_images(0, (Datum) 0);
}

/* These wait for the quorum outside of a transaction's own commit. */
static void
run_prepared_end(PlannedStmt *pstmt, const char *queryString,
				 bool readOnlyTree, ProcessUtilityContext context,
				 ParamListInfo params, QueryEnvironment *queryEnv,
				 DestReceiver *dest, QueryCompletion *qc)
{
	PG_TRY();
	{
		argon_hold_cancels();
		run(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest,
			qc);
	}
	PG_FINALLY();
	{
		argon_release_cancels(true);
	}
	PG_END_TRY();
}

static void
neon_utility(PlannedStmt *pstmt, const char *queryString, bool readOnlyTree,
			 ProcessUtilityContext context, ParamListInfo params,
			 QueryEnvironment *queryEnv, DestReceiver *dest,
			 QueryCompletion *qc)
{
	Node	   *parsetree = pstmt->utilityStmt;

	switch (nodeTag(parsetree))
	{
		case T_CreateTableSpaceStmt:
			refuse_tablespace();
			break;
		case T_AlterSystemStmt:
			refuse_alter_system();
			break;
		case T_AlterDatabaseStmt:
			check_alter_database((AlterDatabaseStmt *) parsetree);
			break;
		case T_CreatedbStmt:
			check_create_database((CreatedbStmt *) parsetree);
			argon_throttle_statement();
			run_database_command(pstmt, queryString, readOnlyTree, context,
								 params, queryEnv, dest, qc);
			return;
		case T_DropdbStmt:
			run_database_command(pstmt, queryString, readOnlyTree, context,
								 params, queryEnv, dest, qc);
			return;
		case T_CreateExtensionStmt:
		case T_AlterExtensionStmt:
			argon_throttle_statement();
			run_led(argon_is_own_extension(parsetree), pstmt, queryString,
					readOnlyTree, context, params, queryEnv, dest, qc);
			return;
		case T_TransactionStmt:
			{
				TransactionStmtKind kind = ((TransactionStmt *) parsetree)->kind;

				if (kind == TRANS_STMT_COMMIT_PREPARED ||
					kind == TRANS_STMT_ROLLBACK_PREPARED)
				{
					run_prepared_end(pstmt, queryString, readOnlyTree, context,
									 params, queryEnv, dest, qc);
					return;
				}
			}
			break;
		case T_VariableSetStmt:
		case T_VariableShowStmt:
		case T_FetchStmt:
		case T_ExplainStmt:
			break;
		default:
			argon_throttle_statement();
			break;
	}
	run(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest, qc);
}

static void
neon_executor_run(QueryDesc *queryDesc, ScanDirection direction, uint64 count,
				  bool execute_once)
{
	if (queryDesc->operation != CMD_SELECT ||
		TransactionIdIsValid(GetTopTransactionIdIfAny()))
		argon_throttle_statement();
	if (previous_run)
		previous_run(queryDesc, direction, count, execute_once);
	else
		standard_ExecutorRun(queryDesc, direction, count, execute_once);
}

void
argon_utility_init(void)
{
	previous_utility = ProcessUtility_hook;
	ProcessUtility_hook = neon_utility;
	previous_run = ExecutorRun_hook;
	ExecutorRun_hook = neon_executor_run;
}
