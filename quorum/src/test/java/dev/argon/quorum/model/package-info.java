/// The consensus as a small model, searched exhaustively: three acceptors, three terms, three
/// entries, every order of events. What an acceptor and a proposer do is asked of the real
/// [AcceptorState] and [ProposerState]; the model adds disks, messages on their way and crashes,
/// and checks in every state what must hold.
///
/// `ModelSearch` walks through the states, `ModelSteps` knows which step can follow,
/// `ModelAcceptor` and `ModelProposer` drive the rules, `ModelChecks` says what must hold.
/// `QuorumModelTest` runs it in each build, `ModelRun` with other bounds.
@NullMarked
package dev.argon.quorum.model;

import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ProposerState;
import org.jspecify.annotations.NullMarked;
