import pytest

from channels.settings import Setting, clean_value

URL = Setting("endpoint", "Endpoint", "Where.", required=True, kind="url")
NUMBER = Setting(
    "batch_size", "Batch size", "How many.", default="100", kind="integer", minimum=1, maximum=1000
)
CHOICE = Setting(
    "format", "Format", "Which.", default="a", kind="choice", choices=(("a", "A"), ("b", "B"))
)
SECRET = Setting("secret", "Secret", "Hidden.", secret=True)
TEXT = Setting("name", "Name", "Any.", required=True)


@pytest.mark.parametrize(
    ("setting", "entered", "cleaned"),
    [
        (URL, " https://shop.example.com/in?x=1 ", "https://shop.example.com/in?x=1"),
        (URL, "http://10.0.0.5:8080/in", "http://10.0.0.5:8080/in"),
        (NUMBER, "", "100"),
        (NUMBER, "0050", "50"),
        (NUMBER, "1000", "1000"),
        (CHOICE, "", "a"),
        (CHOICE, "b", "b"),
        (SECRET, "", ""),
        (SECRET, " kept as it is ", " kept as it is "),
        (SECRET, "   ", ""),
        (TEXT, "  Corner shop\n", "Corner shop"),
    ],
)
def test_a_value_is_put_in_order(setting, entered, cleaned):
    assert clean_value(setting, entered) == cleaned


@pytest.mark.parametrize(
    ("setting", "entered", "told"),
    [
        (URL, "", "“Endpoint” (endpoint) is missing."),
        (URL, "shop.example.com", "complete web address"),
        (URL, "ftp://shop.example.com/", "complete web address"),
        (URL, "https:///in", "complete web address"),
        (URL, "https://[half/in", "complete web address"),
        (URL, "https://shop.example.com:99999/", "complete web address"),
        (URL, "https://shop.example.com/a b", "complete web address"),
        (URL, "https://shop.example.com\\@evil.example/", "complete web address"),
        (URL, "https://user:hunter2@shop.example.com/", "must not contain a user name"),
        (URL, "http://0x7f000001/", "unusual spelling of an IP address"),
        (URL, "https://shop.example.com/#in", "must not contain “#”"),
        (NUMBER, "0", "a whole number from 1 to 1000"),
        (NUMBER, "1001", "a whole number from 1 to 1000"),
        (NUMBER, "ten", "a whole number from 1 to 1000"),
        (NUMBER, "1e2", "a whole number from 1 to 1000"),
        (NUMBER, "٣", "a whole number from 1 to 1000"),
        (NUMBER, "9" * 5000, "a whole number from 1 to 1000"),
        (CHOICE, "c", "cannot be “c”. Choose one of: a, b."),
        (SECRET, "two\nlines", "one line without control characters"),
        (TEXT, "nul\x00", "one line without control characters"),
    ],
)
def test_a_wrong_value_is_refused_in_words(setting, entered, told):
    with pytest.raises(ValueError, match="“") as caught:
        clean_value(setting, entered)

    assert told in str(caught.value)
    assert "hunter2" not in str(caught.value)
