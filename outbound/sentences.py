"""Sentences that whoever shows them can say in another language."""

from typing import Self


class Title(str):
    """What an adapter calls a setting or a choice, as a value in a Sentence."""

    __slots__ = ()


class Sentence(str):
    """A text in English for people, which knows what it was made of.

    It is stored, logged and printed as any text is. `template` has a name in percent format for
    each of `values`; a page translates it, and puts the values into what came of that.
    """

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        sentence = super().__new__(cls, template % values)
        sentence.template, sentence.values = template, values
        return sentence

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:  # to copy and pickle it
        return (self.template,), self.values
