"""How rows are found by the beginning of a name, without case, by an index of either database."""

from typing import Any

from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import GreaterThanOrEqual, LessThan

_LAST = "\U0010ffff"  # sorts behind every character that a name has
LONGEST = 255


class InByteOrder(Func):
    """A text in the order of its bytes: what begins alike stands together, in every language."""

    template = '%(expressions)s COLLATE "%(function)s"'
    function = "C"
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, function="BINARY", **context)


def folded(name: str) -> InByteOrder:
    """The column as it is indexed and searched. SQLite folds no letters but those of English."""
    return InByteOrder(Lower(name))


def begins_with(name: str, text: str) -> Q:
    """Those whose column of this name begins with the text, whatever characters it has."""
    # Folded by the database as the column is, so that they always agree.
    first, last = Lower(Value(text)), Lower(Value(text + _LAST))
    return Q(GreaterThanOrEqual(folded(name), first), LessThan(folded(name), last))


class _Beside(Func):
    """Whether a row stands behind, or before, a word and an id, in the order of an index of both.

    As a comparison of rows a database begins there; with "or" it would begin at the word, and go
    through all that are called alike.
    """

    arity = 4
    output_field = BooleanField()

    def as_sql(  # type: ignore[override]  # no template: there is one way to write it
        self, compiler: Any, connection: Any, **context: Any
    ) -> Any:
        parts = [compiler.compile(one) for one in self.get_source_expressions()]
        word, pk, other_word, other_pk = (sql for sql, _ in parts)
        sql = f"(({word}, {pk}) {self.extra['sign']} ({other_word}, {other_pk}))"
        return sql, [value for _, params in parts for value in params]


def after_row(name: str, word: str, pk: int) -> _Beside:
    """Those behind a row with this folded word in the column of this name, and this id."""
    return _Beside(folded(name), F("pk"), Value(word), Value(pk), sign=">")


def before_row(name: str, word: str, pk: int) -> _Beside:
    """Those before a row with this folded word in the column of this name, and this id."""
    return _Beside(folded(name), F("pk"), Value(word), Value(pk), sign="<")


def searchable(text: str) -> str:
    """Return what can be a name of a product, or nothing."""
    cleaned = text.replace("\0", "").encode(errors="ignore").decode().strip()
    return cleaned if len(cleaned) <= LONGEST else ""
