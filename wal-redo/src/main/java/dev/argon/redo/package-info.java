/// One page and one WAL record give the next page: PostgreSQL's redo functions, in Java. The
/// pageserver calls this for every page it rebuilds.
///
/// Redo is total: for any bytes it returns a page or a typed error; it never loops, never reads
/// outside its inputs and touches nothing but the page it was given. A record whose resource
/// manager or info is not supported is an error that names both, never a wrong page.
@NullMarked
package dev.argon.redo;

import org.jspecify.annotations.NullMarked;
