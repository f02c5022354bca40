/*
 * A program that has a table of functions PLANTED times where the dynamic
 * loader makes it read-only, and others that are nearly the same.  Says how
 * often the shim's search finds it, and whether it took the first one.
 */
#include "neon_search.h"

#include <stdio.h>
#include <string.h>

static void a(void) {}
static void b(void) {}
static void c(void) {}

typedef void (*Function) (void);

#define KEPT	__attribute__((used))

/* A constant with addresses: the linker puts it where a server's table is. */
#if PLANTED >= 1
static const Function first[] KEPT = {a, NULL, b, c};
#endif
static const Function other_end[] KEPT = {a, NULL, b, b};
static const Function other_order[] KEPT = {b, NULL, a, c};
static const Function too_short[] KEPT = {a, NULL, b};
#if PLANTED >= 2
static const Function second[] KEPT = {a, NULL, b, c};
#endif

/* The same in memory that can be written: not a table that a server calls through. */
static Function writable[] KEPT = {a, NULL, b, c};

int
main(void)
{
	const void *wanted[4];
	int			matches = -1;
	void	  **found;

	memcpy(wanted, writable, sizeof(wanted));
	found = argon_find_table(wanted, 4, &matches);
#if PLANTED >= 1
	printf("%d %s\n", matches,
		   found == NULL ? "none" : (const void *) found == first ? "first" : "other");
#else
	printf("%d %s\n", matches, found == NULL ? "none" : "other");
#endif
	return 0;
}
