/*-------------------------------------------------------------------------
 *
 * neon_table.c
 *	  Puts the shim's functions into the server's storage manager table.
 *
 * smgr.c calls through a static array with one element, md's functions.  The
 * functions themselves are exported, so the array is the one place that holds
 * their addresses in the order of f_smgr.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <sys/mman.h>
#include <unistd.h>

#include "neon_search.h"

/* Writes to what the loader has made read-only. */
void
argon_overwrite(const void *target, const void *source, Size size)
{
	uintptr_t	page_size = sysconf(_SC_PAGESIZE);
	uintptr_t	start = (uintptr_t) target & ~(page_size - 1);
	size_t		length = (uintptr_t) target + size - start;

	if (mprotect((void *) start, length, PROT_READ | PROT_WRITE) != 0)
		ereport(FATAL,
				(errmsg("could not make a table of the server writable: %m")));
	memcpy((void *) target, source, size);
	if (mprotect((void *) start, length, PROT_READ) != 0)
		ereport(FATAL,
				(errmsg("could not make a table of the server read-only: %m")));
}

void
argon_patch_smgr_table(void)
{
	int			matches;
	void	  **found = argon_find_table(argon_md_table, argon_smgr_entries,
										 &matches);

	if (found == NULL)
		ereport(FATAL,
				(errmsg("found the storage manager table of this server %d times, expected once",
						matches),
				 errhint("This server was built in a way that \"neon\" does not know, or another library replaced the table.")));

	argon_overwrite(found, argon_smgr_table,
					argon_smgr_entries * sizeof(void *));
}
