package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.page.Page;
import dev.argon.postgres.page.PageChecksum;
import dev.argon.waltools.JsonLine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// A page for people to read: header, line pointers, tuples, what the access method keeps. Any 8192
/// bytes have a text; what does not fit is said in it, and the bytes follow in hexadecimal.
///
/// Pages that differ are best shown side by side: [#sideBySide].
public final class PageText {

  private static final String[] HEADER_FLAGS = {"HAS_FREE_LINES", "PAGE_FULL", "ALL_VISIBLE"};
  private static final int SIZE_MASK = 0xFF00;
  private static final int HEX_LINE = 16;
  private static final int COLUMN_MAX = 100;

  private final byte[] page;
  private final long block;
  private final PageKind kind;
  private final PageReport report = new PageReport();

  private PageText(byte[] page, long block, PageKind kind) {
    this.page = page.clone();
    this.block = block;
    this.kind = kind;
    describe();
  }

  /// A page that says itself of what kind it is.
  ///
  /// @param page 8192 bytes, copied
  /// @param block counted from the relation's beginning, which the checksum depends on
  public static PageText of(byte[] page, long block) {
    return new PageText(page, block, PageKind.recognise(page));
  }

  /// A page that is to be read as one of this kind.
  public static PageText of(byte[] page, long block, PageKind kind) {
    return new PageText(page, block, kind);
  }

  public PageKind kind() {
    return kind;
  }

  /// What does not fit; empty if nothing was found wrong.
  public List<String> problems() {
    return report.problems();
  }

  private void describe() {
    PageBytes bytes = new PageBytes(page);
    describeHeader();
    report.attempt(kind.title() + " page", () -> describeContents(bytes));
  }

  private void describeHeader() {
    int sizeAndVersion = Page.OFFSET_SIZE_VERSION;
    int packed = (page[sizeAndVersion] & 0xFF) | (page[sizeAndVersion + 1] & 0xFF) << 8;
    PageReport.Row row = report.fields("header").add("kind", kind.title()).add("block", block);
    row.add("lsn", Lsn.toString(Page.lsn(page))).add("checksum", checksum());
    row.add("flags", FlagNames.of(Page.flags(page), HEADER_FLAGS));
    row.add("lower", Page.lower(page)).add("upper", Page.upper(page));
    row.add("special", Page.special(page)).add("size", packed & SIZE_MASK);
    row.add("version", packed & ~SIZE_MASK);
    row.add("prune_xid", Page.pruneXid(page) & 0xFFFF_FFFFL);
    if (kind != PageKind.NEW) {
      report.attempt("header", () -> Page.checkHeader(page));
    } else if (!isZero()) {
      report.problem("header: the page is not initialised and not zero");
    }
  }

  private boolean isZero() {
    return Arrays.equals(page, new byte[Page.SIZE]);
  }

  private String checksum() {
    int stored = Page.checksum(page);
    if (stored == 0) {
      return "none";
    }
    int right = PageChecksum.compute(page, (int) block);
    if (stored != right) {
      report.problem("header: the checksum is %d, it should be %d".formatted(stored, right));
    }
    return stored + (stored == right ? " (right)" : " (wrong, should be " + right + ")");
  }

  private void describeContents(PageBytes bytes) throws CorruptDataException {
    switch (kind) {
      case NEW -> {
        // There is nothing behind the header.
      }
      case HEAP -> new HeapDescription().describe(bytes, block, report);
      case SEQUENCE -> new SequenceDescription().describe(bytes, block, report);
      case BTREE -> new BtreeDescription().describe(bytes, block, report);
      case HASH -> new HashDescription().describe(bytes, block, report);
      case GIN -> new GinDescription().describe(bytes, block, report);
      case GIST -> new GistDescription().describe(bytes, block, report);
      case SPGIST -> new SpgistDescription().describe(bytes, block, report);
      case BRIN -> new BrinDescription().describe(bytes, block, report);
      case VISIBILITY_MAP -> new VisibilityMapDescription().describe(bytes, block, report);
      case FREE_SPACE_MAP -> new FreeSpaceMapDescription().describe(bytes, block, report);
      case UNKNOWN -> {
        PageItems.describe(
            bytes, report, (_, at, length, row) -> row.add("data", bytes.hex(at, length)));
        throw new CorruptDataException("the special space is of no kind that is known");
      }
    }
  }

  /// The text; hexadecimal only if something does not fit.
  public List<String> lines() {
    return lines(!problems().isEmpty());
  }

  /// The text.
  ///
  /// @param hexadecimal whether the page's bytes follow
  public List<String> lines(boolean hexadecimal) {
    List<String> lines = report.lines();
    if (hexadecimal) {
      lines.add("bytes");
      hexadecimal(page).forEach(line -> lines.add("  " + line));
    }
    return lines;
  }

  /// The same facts as one JSON object on one line: `header`, sections by kind of page, `items`,
  /// `problems`, and the bytes if something does not fit.
  public String json() {
    JsonLine json = new JsonLine().beginObject();
    report.addTo(json);
    if (!problems().isEmpty()) {
      json.field("bytes", HexFormat.of().formatHex(page));
    }
    return json.endObject().toString();
  }

  /// Bytes in lines of 16, with characters; lines of zeros are left out.
  static List<String> hexadecimal(byte[] bytes) {
    HexFormat hex = HexFormat.ofDelimiter(" ");
    List<String> lines = new ArrayList<>();
    boolean gap = false;
    for (int offset = 0; offset < bytes.length; offset += HEX_LINE) {
      int end = Math.min(offset + HEX_LINE, bytes.length);
      StringBuilder text = new StringBuilder();
      boolean zeros = true;
      for (int i = offset; i < end; i++) {
        zeros &= bytes[i] == 0;
        text.append(bytes[i] >= ' ' && bytes[i] <= '~' ? (char) bytes[i] : '.');
      }
      if (!zeros) {
        lines.add("%04x  %s  %s".formatted(offset, hex.formatHex(bytes, offset, end), text));
      } else if (!gap) {
        lines.add("*");
      }
      gap = zeros;
    }
    return lines;
  }

  /// Two pages in two columns, with `|` between lines that differ and the first differing byte
  /// above. Lines are matched by their place in the page: an item beside the item of the same
  /// number.
  ///
  /// @param titles what stands above the columns
  /// @param onlyDifferences whether equal lines are left out
  public static List<String> sideBySide(
      PageText left, PageText right, List<String> titles, boolean onlyDifferences) {
    List<String> lines = new ArrayList<>();
    int first = Arrays.mismatch(left.page, right.page);
    lines.add(first < 0 ? "the pages are equal" : "first difference at byte " + first);
    List<String[]> pairs = LinePairs.of(left.report.lines(), right.report.lines());
    int width = titles.getFirst().length();
    for (String[] pair : pairs) {
      width = Math.max(width, Math.min(pair[0].length(), COLUMN_MAX));
    }
    lines.add(pad(titles.getFirst(), width) + "   " + titles.getLast());
    for (String[] pair : pairs) {
      boolean equal = pair[0].equals(pair[1]);
      if (!equal || !onlyDifferences) {
        lines.add(pad(pair[0], width) + (equal ? "   " : " | ") + pair[1]);
      }
    }
    if (first >= 0) {
      lines.add("bytes that differ");
      List<String[]> bytes = LinePairs.ofBytes(left.page, right.page);
      bytes.forEach(pair -> lines.add(pair[0] + " | " + pair[1]));
    }
    return lines;
  }

  private static String pad(String text, int width) {
    return text.length() >= width ? text : text + " ".repeat(width - text.length());
  }
}
