/// The command line's side of the control plane's API: one client, and finding things by the names
/// that people use.
@NullMarked
package dev.argon.cli.api;

import org.jspecify.annotations.NullMarked;
