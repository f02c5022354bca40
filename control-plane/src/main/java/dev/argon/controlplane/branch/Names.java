package dev.argon.controlplane.branch;

import dev.argon.controlplane.metadata.MetadataException;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import java.util.regex.Pattern;

/// The names that users give to things.
public final class Names {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,62}");

  private Names() {}

  /// @throws ApiProblem if it is no name
  public static void check(String what, String name) throws ApiProblem {
    if (!NAME.matcher(name).matches()) {
      throw new ApiProblem(
          ProblemCode.BAD_REQUEST,
          "\""
              + name
              + "\" is no name for a "
              + what
              + ": up to 63 letters, digits and . _ / -,"
              + " beginning with a letter or digit");
    }
  }

  /// What a refused insert means.
  public static ApiProblem duplicate(String what, String name, MetadataException e) {
    if (e.isDuplicate()) {
      return new ApiProblem(
          ProblemCode.CONFLICT, "there is a " + what + " \"" + name + "\" already", e);
    }
    throw e;
  }
}
