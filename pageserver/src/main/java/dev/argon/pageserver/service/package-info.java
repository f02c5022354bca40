/// The pageserver's two surfaces: pages and boot files over the PostgreSQL protocol, management
/// over HTTP. Nothing here changes a layer.
///
/// What must never break: a page request gets the page as of its LSN or an error, never another
/// version; a compute whose term is over gets no "newest" page.
@NullMarked
package dev.argon.pageserver.service;

import org.jspecify.annotations.NullMarked;
