"""What must come back as it was: tags, placeholders, white space."""

import pytest

from enrichment.translations.services.intact import NotIntact, intact


@pytest.mark.parametrize(
    ("source", "answer", "text"),
    [
        ("Lamp", "Lampe", "Lampe"),
        (" Lamp\n", "Lampe", " Lampe\n"),
        ("One\r\nTwo", "Un\nDeux", "Un\r\nDeux"),
        ("Red<br/>blue", "Rouge<br>bleu", "Rouge<br/>bleu"),
        ("<P CLASS=x>A</P>", '<p class="x">B</p>', "<P CLASS=x>B</P>"),
        ("<b>big</b> <i>red</i>", "<i>rouge</i> <b>grand</b>", "<i>rouge</i> <b>grand</b>"),
        ('<a title="a&amp;b" href="/x">A</a>', '<a href="/x" title="a&b">B</a>', None),
        ("Hi {name}, %s of %1$s", "{name}, %1$s sur %s", "{name}, %1$s sur %s"),
        ("<b><i>A</b></i>", "<b><i>B</i></b>", "<b><i>B</i></b>"),
        ("<p>A<p>B", "<p>C<p>D", "<p>C<p>D"),
        ("50% sale", "50 % de remise", "50 % de remise"),
        ("3 < 4 <!-- x -->", "3 < 4 <!-- x -->", "3 < 4 <!-- x -->"),
    ],
)
def test_what_is_whole_is_taken_with_tags_as_the_source_writes_them(source, answer, text):
    wanted = '<a title="a&amp;b" href="/x">B</a>' if text is None else text

    assert intact(source, answer) == wanted


@pytest.mark.parametrize(
    ("source", "answer", "what"),
    [
        ("Lamp", "  ", "no text back"),
        ("<b>A</b>", "A", "“<b>” is not in"),
        ("<b>A</b>", "<b>A", "“</b>” is not in"),
        ("A", "<i>A</i>", "“<i>” is none of"),
        ('<a href="/x">A</a>', '<a href="/y">A</a>', "none of"),
        ("<br>A<br>", "<br>A", "“<br>” is not in"),
        ("<b>A</b> lamp", "</b>A<b> lampe", "“<b>” does not stand before"),
        ("<p><b>A</b></p>", "<b><p>A</b></p>", "“<p>” does not stand before"),
        ("Hi {name}", "Salut {nom}", "“{name}” is not in"),
        ("{{ price }}", "{{ prix }}", "price"),
        ("Hi", "Salut %s", "“%s” is none of"),
    ],
)
def test_what_is_lost_or_added_is_said(source, answer, what):
    with pytest.raises(NotIntact, match=what.replace("{", r"\{")):
        intact(source, answer)
