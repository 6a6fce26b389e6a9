"""Files with values, read row by row: which cells from which line, and what is no such file."""

import io
import json
import zipfile
from datetime import UTC, datetime

import openpyxl
import pytest
import xlsxwriter

from enrichment.tables import Unreadable, open_table


def rows(content, name="values.csv"):
    file = content if isinstance(content, io.BytesIO) else io.BytesIO(content)
    return list(open_table(file, name))


def cells(content, name="values.csv"):
    return [(row.line, list(row.cells)) for row in rows(content, name)]


def workbook(*lines, formulas=()):
    """A workbook as Excel writes one; `formulas` are (row, column, formula, result)."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, line in enumerate(lines):
        sheet.write_row(number, 0, line)
    for row, column, formula, result in formulas:
        sheet.write_formula(row, column, formula, None, result)
    book.close()
    stream.seek(0)
    return stream


@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_is_read_with_any_ends_of_lines_and_either_separator(separator, end, mark):
    lines = ["sku,name", 'mug-1,"a ""b"""', 'mug-2,"Größe"']
    text = mark + end.join(lines).replace(",", separator)

    assert cells(text.encode()) == [(2, ["mug-1", 'a "b"']), (3, ["mug-2", "Größe"])]


def test_a_separator_within_quotes_counts_for_nothing():
    assert cells(b'sku,name\nmug-1,"a,b;c"\n') == [(2, ["mug-1", "a,b;c"])]


def test_a_row_starts_where_its_first_line_stands():
    text = b'sku;a\n"x";"1\n2\r\n3"\n\n;\ny;"4"\n'

    assert [line for line, _ in cells(text)] == [2, 7]


def test_a_cell_of_a_megabyte_is_a_cell():
    [(_, [_, cell])] = cells(b"sku;a\nx;" + b"a" * 1_000_000 + b"\n")

    assert len(cell) == 1_000_000


def test_a_row_that_never_ends_costs_what_follows_it():
    text = b'sku;a\nx;1\ny;"' + b"a\n" * 10_000_000

    [first, last] = rows(text)

    assert (first.line, first.problem) == (2, "")
    assert last.line == 3
    assert "never closed" in last.problem


def test_types_of_json_are_kept_and_numbers_are_exact():
    line = (
        '{"sku": 12, "a": 9007199254740993.10, "b": true, "c": null, "d": ["x", 1], '
        '"e": {"amount": 1e2, "unit": "GRAM"}, "f": -0.5}'
    )

    [row] = rows(line.encode(), "values.jsonl")

    assert dict(zip(row.columns, row.cells, strict=True)) == {
        "sku": "12",
        "a": "9007199254740993.10",
        "b": True,
        "c": None,
        "d": ["x", "1"],
        "e": {"amount": "100", "unit": "GRAM"},
        "f": "-0.5",
    }


@pytest.mark.parametrize(
    "line",
    [
        b'["sku"]',
        b"no json",
        b'{"sku": "x", ',
        b'{"sku": NaN}',
        b'{"sku": 1, "sku": 2}',
        b"[" * 100_000,
        b'{"sku": ' + b"9" * 10_000 + b"}",
        b'{"a": "' + b"a" * 17_000_000 + b'"}',
    ],
    ids=["list", "text", "cut", "nan", "twice", "deep", "digits", "endless"],
)
def test_a_line_that_is_no_object_costs_itself_alone(line):
    text = b'{"sku": "a", "x": 1}\n\n' + line + b'\n{"sku": "b", "x": 1}\n'

    first, bad, last = rows(text, "values.jsonl")

    assert [row.line for row in (first, bad, last)] == [1, 3, 4]
    assert "Nothing of it is written." in bad.problem
    assert not first.problem
    assert not last.problem


def test_an_exponent_is_not_written_out_for_ever():
    [row] = rows(b'{"sku": "x", "a": 1e999999}', "values.jsonl")

    assert row.cells == ["x", "1E+999999"]


def test_a_workbook_has_values_typed_as_excel_has_them():
    day = datetime(2026, 11, 29, tzinfo=UTC).replace(tzinfo=None)
    book = workbook(
        ["sku", "a", "b", "c"],
        ["x", 4006381333931, 0.1 + 0.2, day],
        [],
        [12, True, "1,5", None],
        formulas=[(3, 3, "=1+1", 2)],
    )

    assert cells(book, "values.xlsx") == [
        (2, ["x", "4006381333931", "0.3", "2026-11-29"]),
        (4, ["12", True, "1,5", "2"]),
    ]


@pytest.mark.parametrize("text", ["One\r\ntwo\r", "a\x0bb\x1fc", "table_x1200_mm"])
def test_characters_that_excel_writes_as_their_codes_are_read_as_they_are(text):
    [row] = rows(workbook(["sku", "a"], ["x", text]), "values.xlsx")

    assert row.cells == ["x", text]


def test_what_only_looks_like_the_code_of_a_character_stays():
    stream = io.BytesIO()
    book = openpyxl.Workbook()  # which writes no codes
    for line in (["sku", "a"], ["x", "table_x1200_mm"]):
        book.worksheets[0].append(line)
    book.save(stream)
    stream.seek(0)

    [row] = rows(stream, "values.xlsx")

    assert row.cells == ["x", "table_x1200_mm"]


@pytest.mark.parametrize("value", ["=1+1", "#N/A"])
def test_a_formula_without_a_result_is_no_empty_cell(value):
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in (["sku", "a"], ["x", value], ["y", 1]):
        sheet.append(line)
    book.save(stream)
    stream.seek(0)

    bad, good = rows(stream, "values.xlsx")

    assert (bad.line, good.line, good.problem) == (2, 3, "")
    assert "the formula in “a” has no result" in bad.problem


def test_a_workbook_may_have_cells_right_of_its_header():
    [row] = rows(workbook(["sku", "a"], ["x", 1, None, "note"]), "values.xlsx")

    assert "This row has 4 cells where the header has 2 columns" in row.problem


def with_part(book, name, content):
    """The workbook with another part in place of one, or beside the others."""
    stream = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    stream.seek(0)
    return stream


ENTITIES = b"""<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">
<c r="A1" t="inlineStr"><is><t>sku &b; &f;</t></is></c></row></sheetData></worksheet>"""
SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (SHEET, ENTITIES),
        (SHEET, b"<worksheet"),
        (SHEET, b""),
        ("xl/sharedStrings.xml", ENTITIES),
        ("xl/workbook.xml", b"<a/>"),
        ("xl/styles.xml", b"<styleSheet"),
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/sharedStrings.xml", b" " * 70_000_000),
        ("xl/styles.xml", b" " * 20_000_000),
    ],
    ids=[
        *("entities", "cut", "empty", "entities in texts", "no sheets", "cut styles", "no parts"),
        *("bomb", "bomb of styles"),
    ],
)
def test_a_workbook_that_is_damaged_or_does_damage_is_refused(part, content):
    book = with_part(workbook(["sku", "a"], ["x", 1]), part, content)

    with pytest.raises(Unreadable) as refused:
        rows(book, "values.xlsx")

    assert "CSV UTF-8" in refused.value.message or "no sheet" in refused.value.message


def test_a_workbook_that_is_cut_off_is_refused():
    content = workbook(["sku", "a"], *[[f"x{n}", n] for n in range(100)]).getvalue()

    with pytest.raises(Unreadable):
        rows(content[: len(content) // 2], "values.xlsx")


def test_a_row_far_below_is_no_million_of_rows_in_memory():
    sheet = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
    <sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c></row>
    <row r="999999999"><c r="A999999999" t="inlineStr"><is><t>x</t></is></c></row>
    </sheetData></worksheet>"""

    assert rows(with_part(workbook(["sku"]), SHEET, sheet), "values.xlsx") == []


def test_the_first_bytes_tell_what_a_name_does_not():
    line = json.dumps({"sku": "x", "a": "1"}).encode()

    assert cells(line, "values") == [(1, ["x", "1"])]
    assert cells(workbook(["sku", "a"], ["x", 1]), "values.csv") == [(2, ["x", "1"])]


def test_thousands_of_columns_are_refused():
    with pytest.raises(Unreadable, match="6000 columns"):
        rows(";".join(f"c{n}" for n in range(6000)).encode())


@pytest.mark.parametrize(
    "line",
    [
        b'{"sku": "mug-1", "x": 1e9999999999999999999999}',
        b'{"sku": "mug-1", "x": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"sku": "mug-1", "x": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
    ],
    ids=["exponent", "lists", "objects"],
)
def test_a_line_that_nobody_could_hold_costs_itself_alone(line):
    found = rows(line + b'\n{"sku": "mug-2", "x": 1}\n', "values.jsonl")

    assert [(row.line, bool(row.problem)) for row in found] == [(1, True), (2, False)]


def test_a_column_named_twice_is_told_in_characters_that_can_be_stored():
    [row] = rows(b'{"a\\u0000\\ud800": 1, "a\\u0000\\ud800": 2}\n', "values.jsonl")

    assert "stands twice" in row.problem
    assert row.problem.isprintable()


def test_a_row_of_texts_that_are_told_once_and_used_often_is_too_long():
    """A workbook has each text once, however many cells show it."""
    text = "a" * 30_000
    book = workbook(["sku", *range(700)], ["mug-1", *[text] * 700], ["mug-2"])
    found = rows(book, "values.xlsx")

    assert [(row.line, bool(row.problem)) for row in found] == [(2, True), (3, False)]


@pytest.mark.parametrize(
    "part", ["xl/worksheets/texts.xml", "xl/media/texts.xml", "xl/worksheets/_rels/texts.xml"]
)
def test_texts_may_be_no_larger_for_being_kept_elsewhere(part):
    """Where a part is, the workbook says itself; how large it may be depends on what it is."""
    book = workbook(["sku", "x"], ["mug-1", "y"])
    types = zipfile.ZipFile(book).read("[Content_Types].xml").decode()
    book = with_part(book, "[Content_Types].xml", types.replace("xl/sharedStrings.xml", part))
    book = with_part(book, part, b" " * 70_000_000)

    with pytest.raises(Unreadable, match="too large"):
        rows(book, "values.xlsx")


def test_a_row_that_would_fill_the_memory_is_refused_before_it_is_read():
    """Unpacked, in a sheet that may be as large: its rows are read one by one."""
    head = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
    <sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c></row>"""
    cell = b'<c t="inlineStr"><is><t>' + b"a" * 1000 + b"</t></is></c>"
    one, two = (
        head + b'<row r="2">' + end.join([cell * 20_000] * 2) + b"</row></sheetData></worksheet>"
        for end in (b"", b'</row><row r="3">')
    )

    with pytest.raises(Unreadable, match="row"):
        rows(with_part(workbook(["sku"]), SHEET, one), "values.xlsx")
    assert len(rows(with_part(workbook(["sku"]), SHEET, two), "values.xlsx")) == 2
