"""Addresses of files in a document: found and replaced, and nothing else touched."""

import io
import json

import pytest

from channels.base import ChannelProduct
from channels.media import body_with_addresses, texts_in
from channels.surroundings import MediaFile

PIM = "https://pim.example.com/api/rest/v1/media-files/a/front.png/download"
OURS = "https://ferry.example.com/media/s/d/front.png"


class Picture(MediaFile):
    def __init__(self, address=OURS):
        self.digest, self.name, self.mime_type, self.size = "d" * 64, "front.png", "image/png", 3
        self.address = address

    def open(self):
        return io.BytesIO(b"png")


def replaced(body, **surroundings):
    surroundings = surroundings or {"media": {PIM: Picture()}}
    return body_with_addresses(ChannelProduct("p", body, **surroundings))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f'{{"image":"{PIM}"}}', f'{{"image":"{OURS}"}}'),
        (f'{{"images":["{PIM}", "{PIM}" ]}}', f'{{"images":["{OURS}", "{OURS}" ]}}'),
        (f'{{"a":{{"b":[{{"value":"{PIM}"}}]}}}}', f'{{"a":{{"b":[{{"value":"{OURS}"}}]}}}}'),
        ('{"image":"' + PIM.replace("/", "\\/") + '"}', f'{{"image":"{OURS}"}}'),
        (f'["{PIM}"]', f'["{OURS}"]'),
        (f'"{PIM}"', f'"{OURS}"'),
    ],
)
def test_an_address_is_replaced_wherever_it_is_a_whole_value(before, after):
    assert replaced(before) == after


@pytest.mark.parametrize(
    "body",
    [
        '{"price":19.900, "weight":1E400,"n":123456789012345678901234567890, "image":"other"}',
        f'{{"text":"see {PIM}"}}',
        f'{{"text":"{PIM} "}}',
        f'{{"{PIM}":"a name"}}',
        f'{{"{PIM}" \n : "a name"}}',
        '{"half":"\\ud83d","image":"\\"' + PIM + '\\""}',
        '{"deep":' + "[" * 5000 + "]" * 5000 + "}",
    ],
)
def test_everything_else_stays_to_the_letter(body):
    assert replaced(body) == body


def test_what_the_pim_does_not_have_becomes_null():
    body = f'{{"image":"{PIM}","images":["{PIM}"],"price":1.10}}'

    assert replaced(body, lacking=frozenset({PIM})) == '{"image":null,"images":[null],"price":1.10}'


def test_without_an_address_of_this_app_the_one_of_the_pim_stays():
    body = f'{{"image":"{PIM}"}}'

    assert replaced(body, media={PIM: Picture(address="")}) == body


def test_a_text_with_quotes_and_other_signs_is_found_as_it_reads():
    odd = 'media-files/"ü\\ \u2028'
    body = json.dumps({"a": odd, odd: "no", "b": [odd, "media-file"]})

    assert list(texts_in(body, "media-files")) == [odd, odd]


def test_a_long_document_is_walked_in_no_time():
    body = json.dumps({"text": '\\"' * 500_000, "image": PIM})

    assert replaced(body).endswith(f'"image": "{OURS}"}}')
