/*-------------------------------------------------------------------------
 *
 * neon_search.c
 *	  Finds a table of pointers in the running program.
 *
 * A constant table of addresses lies in the part of the binary that the
 * dynamic loader makes read-only after relocation.
 *
 *-------------------------------------------------------------------------
 */
#include "neon_search.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Search
{
	const void *const *table;
	size_t		size;
	void	  **found;
	int			matches;
} Search;

static void
search_range(uintptr_t start, uintptr_t end, Search *search)
{
	uintptr_t	alignment = sizeof(void *);
	uintptr_t	at = (start + alignment - 1) & ~(alignment - 1);

	for (; at + search->size <= end; at += alignment)
	{
		if (memcmp((void *) at, search->table, search->size) == 0)
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
	(void) size;
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

/*
 * Where the program has a table with these entries; NULL unless it is there
 * exactly once.  *matches becomes how often it is there.
 */
void **
argon_find_table(const void *const *table, int entries, int *matches)
{
	Search		search = {table, entries * sizeof(void *), NULL, 0};

	dl_iterate_phdr(search_program, &search);
	*matches = search.matches;
	return search.matches == 1 ? search.found : NULL;
}
