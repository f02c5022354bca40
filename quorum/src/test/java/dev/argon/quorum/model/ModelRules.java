package dev.argon.quorum.model;

import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ProposerOutput;
import dev.argon.quorum.ProposerState;
import java.util.List;

/// Where the model asks the rules of the consensus: for the real ones, or for ones that a test has
/// spoilt.
interface ModelRules {

  ModelRules REAL = new ModelRules() {};

  default AcceptorState.Step on(AcceptorState acceptor, ProposerMessage message) {
    return acceptor.on(message);
  }

  default AcceptorState.Step flush(AcceptorState acceptor) {
    return acceptor.flush();
  }

  default List<ProposerOutput> received(
      ProposerState proposer, int acceptor, AcceptorMessage message) {
    return proposer.received(acceptor, message);
  }
}
