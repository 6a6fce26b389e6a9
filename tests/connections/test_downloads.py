import pytest

from connections.downloads import csv_lines


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM", "\t=1", "\r=1", "\n=1+1", " =1", "＝1+1", "＠x"]
)
def test_no_cell_is_a_formula_to_a_spreadsheet(cell):
    [_, line] = csv_lines(["value"], [[cell]])

    assert line.strip().lstrip('"').startswith("'")


def test_an_ordinary_cell_stays_as_it_is():
    assert list(csv_lines(["a", "b"], [["x y", "1,5"]])) == ["a,b\r\n", 'x y,"1,5"\r\n']
