package dev.argon.waltools.replay;

import dev.argon.postgres.RelFileNode;
import java.nio.file.Path;
import java.util.Arrays;

/// One fork of a relation: how long it is and where each of its blocks is. The dispatcher's.
///
/// A block is, in this order: in the frame that [#frame] names; in the overlay's file, if that is
/// [#IN_OVERLAY]; in the base's file, if it is below `baseBlocks`; a page of zeros.
final class ForkFile {

  /// Not in memory, and never written by replay.
  static final int IN_BASE = 0;

  /// Not in memory; replay wrote it out before.
  static final int IN_OVERLAY = -1;

  private static final int LEAF_BITS = 10;
  private static final int LEAF_SIZE = 1 << LEAF_BITS;
  private static final int LEAF_MASK = LEAF_SIZE - 1;
  private static final int[] NO_LEAF = {};

  /// Blocks are numbered up to here, so that counts are positive.
  static final int BLOCKS_MAX = Integer.MAX_VALUE - 1;

  final int spcNode;
  final int dbNode;
  final int relNode;
  final int fork;

  /// Scatters forks over owners and tables.
  final int hash;

  /// Of the first segment; further ones have `.1`, `.2`, ... behind it.
  final Path basePath;

  final Path overlayPath;

  boolean exists;

  /// The fork's length now.
  int blocks;

  /// How many blocks at the front may still be as in the base.
  int baseBlocks;

  /// Whether anything at all was changed: if not, the base's file is the result.
  boolean changed;

  // Frame numbers from 1, or one of the constants, by block.
  private int[][] leaves = {};

  ForkFile(int spcNode, int dbNode, int relNode, int fork, Path basePath, Path overlayPath) {
    this.spcNode = spcNode;
    this.dbNode = dbNode;
    this.relNode = relNode;
    this.fork = fork;
    this.basePath = basePath;
    this.overlayPath = overlayPath;
    hash = hash(spcNode, dbNode, relNode, fork);
  }

  static int hash(int spcNode, int dbNode, int relNode, int fork) {
    int mixed = ((relNode * 31 + dbNode) * 31 + spcNode) * 31 + fork;
    mixed *= 0x9E37_79B1;
    return mixed ^ (mixed >>> 15);
  }

  boolean is(int otherSpcNode, int otherDbNode, int otherRelNode, int otherFork) {
    return relNode == otherRelNode
        && fork == otherFork
        && dbNode == otherDbNode
        && spcNode == otherSpcNode;
  }

  RelFileNode relation() {
    return new RelFileNode(spcNode, dbNode, relNode);
  }

  int frame(int block) {
    int leaf = block >>> LEAF_BITS;
    if (leaf >= leaves.length || leaves[leaf].length == 0) {
      return IN_BASE;
    }
    return leaves[leaf][block & LEAF_MASK];
  }

  void setFrame(int block, int frame) {
    int leaf = block >>> LEAF_BITS;
    if (leaf >= leaves.length) {
      int old = leaves.length;
      leaves = Arrays.copyOf(leaves, Math.max(leaf + 1, old * 2));
      Arrays.fill(leaves, old, leaves.length, NO_LEAF);
    }
    if (leaves[leaf].length == 0) {
      leaves[leaf] = new int[LEAF_SIZE];
    }
    leaves[leaf][block & LEAF_MASK] = frame;
  }

  @Override
  public String toString() {
    return relation() + " fork " + fork;
  }
}
