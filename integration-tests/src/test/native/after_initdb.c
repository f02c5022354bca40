/*
 * For LD_PRELOAD: when initdb has made a cluster, $AFTER_INITDB is run with the
 * data directory as its argument.  initdb fails if that does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *data_directory;

static void
run_script(int status, void *unused)
{
	const char *script = getenv("AFTER_INITDB");
	char		command[4096];

	(void) unused;
	if (status != 0 || script == NULL || data_directory == NULL)
		return;
	fflush(NULL);
	snprintf(command, sizeof(command), "LD_PRELOAD= sh '%s' '%s'", script, data_directory);
	if (system(command) != 0)
		_exit(1);
}

__attribute__((constructor))
static void
look_at_program(int count, char **words)
{
	if (strcmp(program_invocation_short_name, "initdb") != 0)
		return;
	for (int i = 1; i + 1 < count; i++)
		if (strcmp(words[i], "-D") == 0)
			data_directory = words[i + 1];
	on_exit(run_script, NULL);
}
