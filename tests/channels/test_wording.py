"""What channels say, as people are shown it."""

import signal

import pytest

from channels.wording import plain_text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("  No \n brand.\x07 ", "No brand."),
        ("price < 5 > 3", "price < 5 > 3"),
        ("<h1>Bad &amp; gone</h1><p>Try <b>later</b>", "Bad & gone Try later"),
        ("<style>p {}</style><SCRIPT type='x'>evil()</Script>Bad", "Bad"),
        ("<!-- <p>hidden</p> --><p>Bad</p>", "Bad"),
        ("<p>Bad<script>never closed", "Bad"),
        ("<p>Bad<never closed", "Bad"),
        ("<p>tell-nobody</p>", "•••"),
    ],
)
def test_it_is_one_line_of_what_a_browser_would_show(said, shown):
    assert plain_text(said, 100, secret="tell-nobody") == shown


@pytest.mark.parametrize("piece", ["<a ", "<!", "<!--", "</", "<script", "<script>", "&", "<a b='"])
def test_a_long_answer_made_to_be_slow_is_not(piece):
    def too_slow(*_):
        raise AssertionError("it takes longer with every further piece")

    before = signal.signal(signal.SIGALRM, too_slow)
    signal.alarm(5)
    try:
        assert len(plain_text("<p>Bad</p>" + piece * 100_000, 20)) <= 20
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
