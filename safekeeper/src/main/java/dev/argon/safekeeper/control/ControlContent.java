package dev.argon.safekeeper.control;

import dev.argon.identity.NodeId;
import dev.argon.quorum.ControlState;
import dev.argon.safekeeper.TimelineKey;

/// What stands in a control file.
public record ControlContent(
    NodeId node, TimelineKey key, ControlState state, ArchiveState archive) {}
