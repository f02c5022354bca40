/// Tokens: who holds one may do what its scope says. A token is a compact JWT (RFC 7519) signed
/// with Ed25519 (RFC 8037, `"alg":"EdDSA"`); its claims are `scope`, `tenant_id` (32 hexadecimal
/// digits, for the scopes that are about one tenant), `timeline_id` (the same; optional: the token
/// is good for this timeline only), and `exp` (seconds since 1970, optional). Other claims are
/// ignored. It travels as `Authorization: Bearer` in HTTP and as the password in the PostgreSQL
/// protocol.
///
/// Keys are PEM files: `BEGIN PUBLIC KEY` for who checks (one file, or a directory of them, each
/// tried in turn, so that a key can be replaced), `BEGIN PRIVATE KEY` for who signs.
///
/// What must never break: the algorithm is ours, never the token's choice; a token that is not
/// understood in full is not valid; no token and no key is ever logged.
///
/// The JDK's own Ed25519 is used, without a library: with one algorithm and one form of token all
/// that is left are three parts between two dots.
@NullMarked
package dev.argon.node.token;

import org.jspecify.annotations.NullMarked;
