"""What the name of a file says: of which product it is, and for which value."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrichment.media.files import BadFile
from enrichment.wording import shown

DEFAULT = "{sku}__{attribute}[__{locale}][__{scope}].{ext}"

_TOKENS = re.compile(r"\{(?P<field>\w*)\}|(?P<bracket>[\[\]])|(?P<text>[^{}\[\]]+|.)", re.DOTALL)
_OWNERS = ("sku", "code")
_FIELDS = (*_OWNERS, "attribute", "locale", "scope", "ext")
_ENDING = "[A-Za-z0-9]{1,10}"
_OWNER = dict.fromkeys(_OWNERS, ".+")
# Of what the PIM does not have: without “__” and in few parts, or some names take seconds to read.
_CODE = "[A-Za-z0-9]+(?:_[A-Za-z0-9]+){0,9}"
_ANY = dict.fromkeys(("attribute", "locale", "scope"), _CODE)
_NO_LEVEL = rf"(?!(?:LEVELS)(?![A-Za-z0-9])){_CODE}"


_BRACKETS = _("Each “[” needs its “]”, and none stands within another.")


class BadPattern(Exception):
    """A pattern that names no value; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a name says. `is_model`: `owner` can only be a model's code, otherwise a sku as well.

    `levels` are the locale and the scope as far as they stand there, in this order.
    """

    owner: str
    is_model: bool
    attribute: str
    levels: tuple[str, ...]


@dataclass(slots=True)
class _Segment:
    """A part of a pattern: fields with "", and "" with the text that stands there."""

    is_optional: bool
    pieces: list[tuple[str, str]] = field(default_factory=list)

    def fields(self) -> list[str]:
        return [name for name, _ in self.pieces if name]

    def expression(self, known: dict[str, str]) -> str:
        found = "".join(
            f"(?P<{name}>{known[name]})" if name else re.escape(text) for name, text in self.pieces
        )
        return f"(?:{found})?" if self.is_optional else found

    def example(self, fields: dict[str, str]) -> str:
        """With these fields in it; nothing if it may be left out and one of its fields lacks."""
        if self.is_optional and not set(self.fields()) <= fields.keys():
            return ""
        return "".join(fields.get(name, name) if name else text for name, text in self.pieces)


class NamePattern:
    """A pattern for names: fields in braces; what stands in brackets may be left out."""

    def __init__(self, text: str = DEFAULT) -> None:
        """Raises BadPattern."""
        self.text = text
        self._segments = _segments(text)
        fields = [name for each in self._segments for name in each.fields()]
        _check(fields)
        _check_between(self._segments)
        self._is_model = "code" in fields
        self._readings = [self._compiled(_ANY)]

    def know(
        self,
        attributes: Collection[str],
        others: Collection[str],
        locales: Collection[str],
        scopes: Collection[str],
    ) -> None:
        """Tell it the PIM's codes: a sku may itself have what separates it from the next field.

        `attributes` are those that hold files, `others` the rest. Whatever is wrong with a name is
        to be told of the right part: so it is read by what is known of it, the most likely first.
        """
        levels = {"locale": _one_of(locales), "scope": _one_of(scopes)}
        no_level = _NO_LEVEL.replace("LEVELS", _one_of([*locales, *scopes]))
        self._readings = [
            self._compiled({"attribute": _one_of(attributes), **levels}),
            self._compiled({**_ANY, "attribute": _one_of(attributes)}),
            self._compiled({"attribute": _one_of(others), **levels}),
            self._compiled({"attribute": no_level, **levels}),
            self._compiled(_ANY),
        ]

    def read(self, name: str) -> Said:
        """Raises BadFile for a name of another form."""
        found = next(filter(None, (each.fullmatch(name) for each in self._readings)), None)
        if found is None:
            raise BadFile(f"Its name does not have the form {self.text}.")
        fields = found.groupdict()
        levels = tuple(filter(None, (fields.get("locale"), fields.get("scope"))))
        owner = fields["code"] if self._is_model else fields["sku"]
        return Said(owner, self._is_model, fields["attribute"], levels)

    def example(self, **fields: str) -> str:
        """The name of a file with these fields."""
        return "".join(each.example(fields) for each in self._segments)

    def _compiled(self, expressions: dict[str, str]) -> re.Pattern[str]:
        known = {**_OWNER, **expressions, "ext": _ENDING}
        return re.compile("".join(each.expression(known) for each in self._segments), re.DOTALL)


def _segments(text: str) -> list[_Segment]:
    segments = [_Segment(is_optional=False)]
    for token in _TOKENS.finditer(text):
        last = segments[-1]
        if (name := token["field"]) is not None:
            _check_field(name, last)
            last.pieces.append((name, ""))
        elif bracket := token["bracket"]:
            if last.is_optional == (bracket == "["):
                raise BadPattern(_BRACKETS)
            segments.append(_Segment(is_optional=bracket == "["))
        elif not {"{", "}", "/", "\\"}.isdisjoint(token["text"]):
            said = gettext("“%(text)s” cannot be part of a name.")
            raise BadPattern(said % {"text": shown(token["text"])})
        else:
            last.pieces.append(("", token["text"]))
    if segments[-1].is_optional:
        raise BadPattern(_BRACKETS)
    return segments


def _check_field(name: str, segment: _Segment) -> None:
    if name not in _FIELDS:
        known = ", ".join(f"{{{each}}}" for each in _FIELDS)
        said = gettext("“{%(name)s}” is no field of a name. There are %(known)s.")
        raise BadPattern(said % {"name": shown(name), "known": known})
    if segment.is_optional and name not in ("locale", "scope"):
        said = gettext("“{%(name)s}” cannot be left out: take away the brackets.")
        raise BadPattern(said % {"name": name})


def _check(fields: list[str]) -> None:
    doubled = next((each for each in fields if fields.count(each) > 1), None)
    if doubled:
        raise BadPattern(gettext("“{%(name)s}” stands more than once.") % {"name": doubled})
    if sum(each in _OWNERS for each in fields) != 1:
        raise BadPattern(gettext("Which product a file is of, one of {sku} and {code} must tell."))
    for needed in ("attribute", "ext"):
        if needed not in fields:
            raise BadPattern(gettext("“{%(name)s}” must be in it.") % {"name": needed})


def _check_between(segments: Iterable[_Segment]) -> None:
    """Nobody could tell where one ends, and looking for it in hostile names takes for ever."""
    first, between = "", ""
    for name, text in (piece for each in segments for piece in each.pieces):
        between += text
        if not name:
            continue
        if first and (not between or between.isalnum()):
            raise BadPattern(
                gettext(
                    "Between “{%(first)s}” and “{%(second)s}” something must stand that is no "
                    "letter and no digit, such as “-”."
                )
                % {"first": first, "second": name}
            )
        first, between = name, ""


def _one_of(codes: Collection[str]) -> str:
    """The codes as alternatives, long ones first; none fits nothing."""
    return "|".join(re.escape(each) for each in sorted(codes, key=len, reverse=True)) or r"(?!)"
