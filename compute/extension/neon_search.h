/*-------------------------------------------------------------------------
 *
 * neon_search.h
 *	  Finds a table of pointers in the running program.
 *
 * Needs nothing of PostgreSQL, so that it can be tried on other programs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NEON_SEARCH_H
#define NEON_SEARCH_H

extern void **argon_find_table(const void *const *table, int entries,
							   int *matches);

#endif							/* NEON_SEARCH_H */
