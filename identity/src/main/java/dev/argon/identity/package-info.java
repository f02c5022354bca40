/// The names of things: tenants, timelines, nodes. Every module that talks about a timeline to
/// another one uses these types; they know nothing but their own text and binary forms.
///
/// A tenant is what users call a project, a timeline is what they call a branch. Both are 16 random
/// bytes, written as 32 lower-case hexadecimal digits (Neon's form, so that tools carry over).
@NullMarked
package dev.argon.identity;

import org.jspecify.annotations.NullMarked;
