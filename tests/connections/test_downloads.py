import gc

import pytest
from django.http import StreamingHttpResponse

from connections.downloads import MOST, Busy, Place, csv_lines


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM", "\t=1", "\r=1", "\n=1+1", " =1", "＝1+1", "＠x"]
)
def test_no_cell_is_a_formula_to_a_spreadsheet(cell):
    [_, line] = csv_lines(["value"], [[cell]])

    assert line.strip().lstrip('"').startswith("'")


def test_an_ordinary_cell_stays_as_it_is():
    assert list(csv_lines(["a", "b"], [["x y", "1,5"]])) == ["a,b\r\n", 'x y,"1,5"\r\n']


def test_one_pim_downloads_one_file_at_a_time_and_others_are_none_the_worse():
    first = Place("acme")

    with pytest.raises(Busy, match="Wait until that has ended"):
        Place("acme")
    Place("other").close()
    first.close()
    Place("acme").close()


def test_threads_are_left_for_pages_whoever_downloads():
    places = [Place(f"pim {number}") for number in range(MOST)]

    with pytest.raises(Busy):
        Place("one more")
    for place in places:
        place.close()
    Place("one more").close()


def test_a_place_is_free_again_however_its_response_ends():
    closed_twice = Place("acme")
    closed_twice.close()
    closed_twice.close()
    never_sent = Place("acme").give_to(StreamingHttpResponse(["a", "b"]))
    with pytest.raises(Busy):
        Place("acme")
    del never_sent
    gc.collect()

    Place("acme").close()
