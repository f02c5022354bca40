/// What every Argon process is made of: log lines, the HTTP surface and its client, JSON, the
/// configuration file, the lock on a directory, start and stop. Every process and the command line
/// use it; it knows nothing of tenants, WAL or pages.
///
/// A process starts through [MainExit], takes a [DirectoryLock], starts a [ManagementServer],
/// writes its [ProcessFile] last (who finds the file finds a process that answers), and ends when
/// [Shutdown] says so.
///
/// What must never break: a second process on one directory ends before it touches anything; an
/// error a user can act on is one line, not a stack trace; a request has a deadline and a bounded
/// body.
@NullMarked
package dev.argon.node;

import org.jspecify.annotations.NullMarked;
