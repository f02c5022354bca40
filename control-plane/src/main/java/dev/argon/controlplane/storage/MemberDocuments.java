package dev.argon.controlplane.storage;

import dev.argon.controlplane.metadata.StorageNode;
import java.util.List;

/// A membership configuration's members as documents.
public final class MemberDocuments {

  private MemberDocuments() {}

  public static List<MemberDocument> of(List<StorageNode> members) {
    return members.stream().map(MemberDocument::of).toList();
  }
}
