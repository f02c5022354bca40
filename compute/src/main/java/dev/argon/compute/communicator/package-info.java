/// Answers page faults: takes the requests of PostgreSQL's processes from shared memory, asks the
/// pageserver, writes the pages into the relation files and wakes who waits.
///
/// Created and closed by whoever supervises PostgreSQL: started before it and closed after it. What
/// must never break: a page is installed only while its block still waits for exactly this fetch,
/// and only within the file's present size; a slot that was taken is completed.
@NullMarked
package dev.argon.compute.communicator;

import org.jspecify.annotations.NullMarked;
