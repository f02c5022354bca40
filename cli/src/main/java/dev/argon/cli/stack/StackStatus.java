package dev.argon.cli.stack;

import dev.argon.controlplane.api.MembershipDocument;
import io.avaje.jsonb.Json;
import java.util.List;

/// What `argon status` says.
///
/// @param data the data directory
/// @param postgresql the installed server, by its own word
/// @param memberships which safekeepers keep which timeline; empty if the control plane does not
///   answer
/// @param remarks what everybody should know about this stack
@Json(naming = Json.Naming.LowerUnderscore)
public record StackStatus(
    String data,
    int formatVersion,
    String postgresql,
    List<String> remarks,
    List<MembershipDocument> memberships,
    List<ProcessReport> processes) {}
