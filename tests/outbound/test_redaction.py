import pytest

from outbound.redaction import redact


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ("the token abc123 is wrong", ["abc123"], "the token ••• is wrong"),
        ("?key=a%2Fb+c and a/b c", ["a/b c"], "?key=••• and •••"),
        ("abcdef abc", ["abc", "abcdef"], "••• •••"),
        ("nothing here", ["", "xyz"], "nothing here"),
        ("no\0thing", [], "nothing"),
    ],
)
def test_it_takes_secrets_out_of_text(text, secrets, shown):
    assert redact(text, secrets) == shown
