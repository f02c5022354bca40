/// PostgreSQL's own test suites on an Argon endpoint, compared with the same on a stock server.
@NullMarked
package dev.argon.it.suites;

import org.jspecify.annotations.NullMarked;
