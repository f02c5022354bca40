/*-------------------------------------------------------------------------
 *
 * neon_table.c
 *	  Puts the shim's functions into the server's storage manager table.
 *
 * smgr.c calls through a static array with one element, md's functions.  It
 * lies in the part of the binary that the dynamic loader makes read-only after
 * relocation.  The functions themselves are exported, so the array is the one
 * place that holds their addresses in the order of f_smgr.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct Search
{
	void	  **found;
	int			matches;
} Search;

static void
search_range(uintptr_t start, uintptr_t end, Search *search)
{
	size_t		size = argon_smgr_entries * sizeof(void *);
	uintptr_t	at = TYPEALIGN(sizeof(void *), start);

	for (; at + size <= end; at += sizeof(void *))
	{
		if (memcmp((void *) at, argon_md_table, size) == 0)
		{
			search->found = (void **) at;
			search->matches++;
		}
	}
}

/* Looks at the main program only, which comes first. */
static int
search_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	for (int i = 0; i < info->dlpi_phnum; i++)
	{
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type == PT_GNU_RELRO)
			search_range(info->dlpi_addr + header->p_vaddr,
						 info->dlpi_addr + header->p_vaddr + header->p_memsz,
						 arg);
	}
	return 1;
}

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
	Search		search = {NULL, 0};

	dl_iterate_phdr(search_program, &search);
	if (search.matches != 1)
		ereport(FATAL,
				(errmsg("found the storage manager table of this server %d times, expected once",
						search.matches),
				 errhint("This server was built in a way that \"neon\" does not know, or another library replaced the table.")));

	argon_overwrite(search.found, argon_smgr_table,
					argon_smgr_entries * sizeof(void *));
}
