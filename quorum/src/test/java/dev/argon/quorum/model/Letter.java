package dev.argon.quorum.model;

import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.Term;
import java.util.Optional;

/// A message to an acceptor.
///
/// @param entry what an append brings
record Letter(ProposerMessage message, Optional<Term> entry) {

  static Letter of(ProposerMessage message) {
    return new Letter(message, Optional.empty());
  }
}
