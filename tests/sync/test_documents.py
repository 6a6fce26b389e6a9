import pytest

from sync.documents import digest_of, read_document, seen_digest

SHIRT = b'{"uuid":"u","name":"Shirt","price":12.5,"updated":"2026-01-01T00:00:00+00:00"}'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"values": {}, "updated": "then"}, {"values": {}, "updated": "now"}),
        ({"values": [], "_links": {"self": 1}}, {"values": []}),
        ({"values": {}, "quality_scores": []}, {"values": {}}),
        ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}),
    ],
)
def test_documents_that_say_the_same_have_one_digest(one, other):
    assert digest_of(one) == digest_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 12.5}, {"a": "12.5"}),
        ({"a": 1}, {"a": True}),
        ({"a": ""}, {}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"values": {"updated": 1}}, {"values": {"updated": 2}}),  # a raw product's own alone is
        ({"a": 1, "updated": "then"}, {"a": 1, "updated": "now"}),  # volatile, not a target
        ({"a": "é"}, {"a": "e"}),
        ({"a": 12345678901234567890}, {"a": 12345678901234567891}),
    ],
)
def test_documents_that_differ_have_two_digests(one, other):
    assert digest_of(one) != digest_of(other)


NINES = b"9" * 5000  # more digits than Python makes a number of


@pytest.mark.parametrize(
    "body",
    [
        b'{ "uuid": "u", "price": 12.50, "slash": "a\\/b", "accent": "\\u00e9" }',
        b'{"a":1e400,"b":-0.0,"c":1E+2,"d":' + NINES + b',"e":0.' + NINES + b"}",
        b'{"a":"\\ud800 \\u0000 \\ud83d\\ude00","a":2}',
        '{"a":"é \u2028 😀"}'.encode(),
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_a_document_is_kept_to_the_letter(body):
    document = read_document("u", body)

    assert document.body == body.decode()
    assert document.seen_digest == seen_digest(body)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"1e400", b"1e401"),
        (b"0.1", b"0.10000000000000000555"),
        (b"12.5", b"12.50"),
        (b"0.0", b"-0.0"),
        (b"1", b"1.0"),
        (NINES, NINES + b"9"),
        (b"12.5", b'"12.5"'),
        (b"[" * 5000 + b"]" * 5000, b"[" * 5001 + b"]" * 5001),
    ],
)
def test_numbers_that_are_written_differently_are_a_change(one, other):
    assert (
        read_document("u", b'{"a":%s}' % one).digest
        != read_document("u", b'{"a":%s}' % other).digest
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (rb'{"a":"\u00e9","b":1}', '{ "b": 1, "a": "é" }'.encode()),
        (rb'{"a":"x\/y"}', b'{"a":"x/y"}'),
        (b'{"values":[1.50],"updated":"then"}', b'{"values":[1.50],"updated":"now"}'),
    ],
)
def test_bytes_that_differ_may_say_the_same(one, other):
    assert read_document("u", one).digest == read_document("u", other).digest


@pytest.mark.parametrize(
    ("body", "identifier", "label"),
    [
        (SHIRT, "", "Shirt"),
        (b'{"uuid":"u","sku":"S-1","title":"Hat"}', "S-1", "Hat"),
        (b'{"uuid":"u","values":{"sku":[{"data":"S-2"}],"name":[{"data":"Cap"}]}}', "S-2", "Cap"),
        (
            b'{"uuid":"u","values":{"ean":[{"data":"9","attribute_type":'
            b'"pim_catalog_identifier"}],"sku":[{"data":"S-3"}]}}',
            "9",
            "",
        ),
        (b'{"uuid":"u","values":[]}', "", ""),
        (
            b'{"uuid":"u","sku":1234567890123456789012,"name":12.50}',
            "1234567890123456789012",
            "12.50",
        ),
        (b'{"uuid":"u","values":{"name":[],"sku":[null]}}', "", ""),
        (b'{"uuid":"u","name":{"locale":"en_US"}}', "", ""),
        (b'{"uuid":"u","name":"a\\u0000b\\ud800"}', "", "ab?"),
    ],
)
def test_a_document_says_what_people_call_the_product(body, identifier, label):
    document = read_document("u", body)

    assert (document.identifier, document.label) == (identifier, label)
