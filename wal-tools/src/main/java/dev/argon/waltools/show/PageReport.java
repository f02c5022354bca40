package dev.argon.waltools.show;

import dev.argon.postgres.CorruptDataException;
import dev.argon.waltools.JsonLine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What was found out about a page, in sections: fields of one thing, or rows of many. The text and
/// the JSON are made of the same facts.
final class PageReport {

  /// Named values in their order: numbers, texts, truth values, lists of texts.
  static final class Row {
    private final Map<String, Object> fields = new LinkedHashMap<>();

    Row add(String name, long value) {
      fields.put(name, value);
      return this;
    }

    Row add(String name, double value) {
      fields.put(name, value);
      return this;
    }

    Row add(String name, boolean value) {
      fields.put(name, value);
      return this;
    }

    Row add(String name, String value) {
      fields.put(name, value);
      return this;
    }

    Row add(String name, List<String> values) {
      fields.put(name, List.copyOf(values));
      return this;
    }
  }

  private record Section(String name, boolean many, List<Row> rows) {}

  /// Something that may find that the bytes do not fit.
  @FunctionalInterface
  interface Step {
    void run() throws CorruptDataException;
  }

  private final List<Section> sections = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  /// A section of one thing.
  Row fields(String name) {
    Row row = new Row();
    sections.add(new Section(name, false, List.of(row)));
    return row;
  }

  /// A new row of a section of many; the section begins with its first.
  Row row(String name) {
    Section last = sections.isEmpty() ? null : sections.getLast();
    if (last == null || !last.name.equals(name)) {
      last = new Section(name, true, new ArrayList<>());
      sections.add(last);
    }
    Row row = new Row();
    last.rows.add(row);
    return row;
  }

  void problem(String what) {
    problems.add(what);
  }

  /// Does a step and notes where the bytes do not fit; what comes next goes on.
  void attempt(String where, Step step) {
    try {
      step.run();
    } catch (CorruptDataException e) {
      problems.add(where + ": " + e.getMessage());
    }
  }

  List<String> problems() {
    return List.copyOf(problems);
  }

  /// Lines: a section of one thing has a line for each field, one of many a line for each row.
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Section section : sections) {
      lines.add(section.name);
      for (Row row : section.rows) {
        if (section.many) {
          StringBuilder line = new StringBuilder(" ");
          row.fields.forEach((name, value) -> line.append(' ').append(pair(name, value)));
          lines.add(line.toString());
        } else {
          row.fields.forEach((name, value) -> lines.add("  " + name + ": " + plain(value)));
        }
      }
    }
    if (!problems.isEmpty()) {
      lines.add("does not fit");
      problems.forEach(problem -> lines.add("  " + problem));
    }
    return lines;
  }

  private static String pair(String name, Object value) {
    String text = plain(value);
    return name + "=" + (text.isEmpty() ? "-" : text);
  }

  private static String plain(Object value) {
    if (value instanceof List<?> list) {
      return list.isEmpty() ? "-" : String.join("|", list.stream().map(Object::toString).toList());
    }
    return value.toString();
  }

  /// Adds the sections to an object that is open.
  void addTo(JsonLine json) {
    for (Section section : sections) {
      json.name(section.name.replace(' ', '_'));
      if (section.many) {
        json.beginArray();
        section.rows.forEach(row -> addObject(json, row));
        json.endArray();
      } else {
        addObject(json, section.rows.getFirst());
      }
    }
    json.name("problems").beginArray();
    problems.forEach(json::text);
    json.endArray();
  }

  private static void addObject(JsonLine json, Row row) {
    json.beginObject();
    row.fields.forEach((name, value) -> {
      json.name(name);
      switch (value) {
        case Long number -> json.number(number);
        case Double number -> json.number(number);
        case Boolean truth -> json.bool(truth);
        case List<?> list -> {
          json.beginArray();
          list.forEach(element -> json.text(element.toString()));
          json.endArray();
        }
        default -> json.text(value.toString());
      }
    });
    json.endObject();
  }
}
