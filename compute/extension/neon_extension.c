/*-------------------------------------------------------------------------
 *
 * neon_extension.c
 *	  Lets CREATE EXTENSION neon find its files, which lie beside this library.
 *
 * Version 15 looks for control and script files in one directory only, which it
 * derives from the path of its own program (get_share_path).  That path is a
 * variable; while a command works on the extension "neon" it points to a
 * program that would have to lie in a tree of ours.  No program is there, only
 * the directory that is derived from its path:
 *
 *	  <library's directory>/lib/postgresql/15/bin/postgres
 *	  <library's directory>/share/postgresql/15/extension/neon.control
 *
 * The functions behind pg_available_extensions and its siblings are called
 * through a table as well: there the same is done, so that "neon" is listed.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <dlfcn.h>

#include "commands/extension.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrtab.h"
#include "utils/tuplestore.h"

#define OWN_NAME	"neon"

static char server_program[MAXPGPATH];
static char own_program[MAXPGPATH];
static bool leads_to_own = false;

/*
 * From now on the server looks for extensions' files in our tree, or in its
 * own.  Returns where it looked before.
 */
bool
argon_lead_to_own_files(bool own)
{
	bool		before = leads_to_own;

	leads_to_own = own;
	strlcpy(my_exec_path, own ? own_program : server_program, MAXPGPATH);
	return before;
}

bool
argon_is_own_extension(Node *statement)
{
	const char *name = IsA(statement, CreateExtensionStmt) ?
	((CreateExtensionStmt *) statement)->extname :
	((AlterExtensionStmt *) statement)->extname;

	return own_program[0] != '\0' && strcmp(name, OWN_NAME) == 0;
}

static Datum
call_led(FunctionCallInfo fcinfo, PGFunction function, bool own)
{
	Datum		result = (Datum) 0;
	bool		before = argon_lead_to_own_files(own);

	PG_TRY();
	{
		result = function(fcinfo);
	}
	PG_FINALLY();
	{
		(void) argon_lead_to_own_files(before);
	}
	PG_END_TRY();
	return result;
}

/* The rows for both directories; the function puts them into a tuplestore. */
static Datum
list_both(FunctionCallInfo fcinfo, PGFunction function)
{
	ReturnSetInfo *info = (ReturnSetInfo *) fcinfo->resultinfo;
	Tuplestorestate *own;
	TupleTableSlot *slot;

	call_led(fcinfo, function, true);
	own = info->setResult;
	call_led(fcinfo, function, false);

	slot = MakeSingleTupleTableSlot(info->setDesc, &TTSOpsMinimalTuple);
	while (tuplestore_gettupleslot(own, true, false, slot))
		tuplestore_puttupleslot(info->setResult, slot);
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(own);
	return (Datum) 0;
}

static Datum
available_extensions(PG_FUNCTION_ARGS)
{
	return list_both(fcinfo, pg_available_extensions);
}

static Datum
available_extension_versions(PG_FUNCTION_ARGS)
{
	return list_both(fcinfo, pg_available_extension_versions);
}

static Datum
extension_update_paths(PG_FUNCTION_ARGS)
{
	bool		own = strcmp(NameStr(*PG_GETARG_NAME(0)), OWN_NAME) == 0;

	return call_led(fcinfo, pg_extension_update_paths, own);
}

static void
replace_function(Oid oid, PGFunction expected, PGFunction function)
{
	const FmgrBuiltin *entry = &fmgr_builtins[fmgr_builtin_oid_index[oid]];

	if (entry->foid != oid || entry->func != expected)
		ereport(FATAL,
				(errmsg("function %u of this server is not what was expected", oid)));
	argon_overwrite(&entry->func, &function, sizeof(function));
}

/* Once, in the postmaster. */
void
argon_extension_init(void)
{
	Dl_info		info;
	char		directory[MAXPGPATH];
	char		expected[MAXPGPATH + 64];
	char		share[MAXPGPATH];

	strlcpy(server_program, my_exec_path, MAXPGPATH);
	if (dladdr((void *) argon_extension_init, &info) == 0)
		return;
	strlcpy(directory, info.dli_fname, MAXPGPATH);
	get_parent_directory(directory);
	snprintf(own_program, MAXPGPATH, "%s/lib/postgresql/%s/bin/postgres",
			 directory, PG_MAJORVERSION);
	snprintf(expected, sizeof(expected), "%s/share/postgresql/%s", directory,
			 PG_MAJORVERSION);
	get_share_path(own_program, share);
	if (directory[0] != '/' || strcmp(share, expected) != 0)
	{
		ereport(LOG,
				(errmsg("the extension \"%s\" is not offered: this server would look for it in \"%s\"",
						OWN_NAME, share)));
		own_program[0] = '\0';
		return;
	}
	replace_function(F_PG_AVAILABLE_EXTENSIONS, pg_available_extensions,
					 available_extensions);
	replace_function(F_PG_AVAILABLE_EXTENSION_VERSIONS,
					 pg_available_extension_versions,
					 available_extension_versions);
	replace_function(F_PG_EXTENSION_UPDATE_PATHS, pg_extension_update_paths,
					 extension_update_paths);
}
