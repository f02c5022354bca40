/*
 * Between the calls that are intercepted (calls.c) and the shadow they keep (shadow.c).
 * None of these changes errno where the call it follows has set it.
 */
#ifndef POWERLOSS_H
#define POWERLOSS_H

#include <sys/types.h>

#pragma GCC visibility push(hidden)

/* Prints a line with errno's text and ends the process: the layer itself does not work. */
extern void powerloss_die(const char *what) __attribute__((noreturn));

extern void powerloss_copy_range(int from, int to, off_t start, off_t end);
extern void powerloss_copy_whole(int from, int to, off_t size);

/* The descriptor may mean something else from now on. Takes no lock: a child may call it. */
extern void powerloss_forget(int fd);

/* Bytes were written; start is -1 if they end at the descriptor's position. */
extern void powerloss_wrote(int fd, off_t start, ssize_t count);

/* Bytes changed in a way that is not followed: the next fsync copies the whole file. */
extern void powerloss_changed(int fd);

/* fsync or fdatasync, whose number is for descriptors that are not watched. */
extern int	powerloss_make_durable(int fd, long number);

extern void powerloss_mapped(void *address, size_t length, int fd, off_t offset);
extern void powerloss_unmapped(void *address);
extern void powerloss_mapping_synced(void *address, size_t length);

#pragma GCC visibility pop

#endif
