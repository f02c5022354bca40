/// A stock PostgreSQL server for tests: what this module reads is compared with what it wrote.
@NullMarked
package dev.argon.postgres.server;

import org.jspecify.annotations.NullMarked;
