package dev.argon.pageserver.service;

import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.PageResponse;
import dev.argon.postgres.RelFileNode;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// For tests of what finds wrong pages: a pageserver that is started with
/// `ARGON_DAMAGE_PAGE=TABLESPACE/DATABASE/RELATION/FORK/BLOCK:OFFSET` in its environment gives that
/// page with one bit of that byte flipped. Nothing but the environment can bring this about, and
/// without the variable it costs a look at a constant.
///
/// @param offset of the byte
record PageDamage(RelFileNode relation, int fork, int block, int offset) {

  private static final String VARIABLE = "ARGON_DAMAGE_PAGE";

  private static final Pattern FORM = Pattern.compile("(\\d+)/(\\d+)/(\\d+)/([0-3])/(\\d+):(\\d+)");

  private static final byte FLIPPED = 0x10;

  private static final Optional<PageDamage> PLANNED =
      Optional.ofNullable(System.getenv(VARIABLE)).map(PageDamage::parse);

  /// @throws IllegalArgumentException if the text has another form
  static PageDamage parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches() || number(matcher, 6) >= PageResponse.PAGE_SIZE) {
      throw new IllegalArgumentException(
          "%s must be TABLESPACE/DATABASE/RELATION/FORK/BLOCK:OFFSET, not %s"
              .formatted(VARIABLE, text));
    }
    return new PageDamage(
        new RelFileNode(number(matcher, 1), number(matcher, 2), number(matcher, 3)),
        number(matcher, 4),
        number(matcher, 5),
        number(matcher, 6));
  }

  private static int number(Matcher matcher, int group) {
    return Integer.parseUnsignedInt(matcher.group(group));
  }

  /// Damages the answer to a request if that is planned.
  ///
  /// @param page a copy of the page, 8192 bytes at index 0
  static void apply(PageRequest.Page request, ByteBuffer page) {
    if (PLANNED.isPresent()) {
      PLANNED.get().damage(request, page);
    }
  }

  void damage(PageRequest.Page request, ByteBuffer page) {
    if (request.block() == block && request.fork() == fork && request.relation().equals(relation)) {
      page.put(offset, (byte) (page.get(offset) ^ FLIPPED));
    }
  }
}
