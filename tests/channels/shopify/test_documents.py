import pytest
from graphql import FieldNode, OperationDefinitionNode, parse, validate
from graphql.validation import NoDeprecatedCustomRule

from channels.shopify import documents
from channels.shopify.shop import SCOPES
from tests.channels.shopify.schema import admin_schema, scopes_of


def name_of(document):
    return document.split("(")[0].split("{")[0].split()[-1]


@pytest.mark.parametrize("document", documents.ALL, ids=name_of)
def test_every_document_is_valid_by_shopifys_own_schema(document):
    assert [one.message for one in validate(admin_schema(), parse(document))] == []


@pytest.mark.parametrize("document", documents.ALL, ids=name_of)
def test_no_document_uses_what_shopify_is_about_to_take_away(document):
    rules = [NoDeprecatedCustomRule]

    assert [one.message for one in validate(admin_schema(), parse(document), rules)] == []


def test_no_document_is_left_out_of_the_list():
    written = {
        text
        for name, text in vars(documents).items()
        if name.isupper() and not name.startswith("_") and isinstance(text, str)
    }

    assert written <= set(documents.ALL)


@pytest.mark.parametrize("document", documents.ALL, ids=name_of)
def test_the_scopes_that_the_check_asks_for_admit_every_document(document):
    [operation] = [
        one for one in parse(document).definitions if isinstance(one, OperationDefinitionNode)
    ]
    owner = "Mutation" if document.startswith("mutation") else "QueryRoot"
    ours = {*SCOPES, *(one.replace("write_", "read_") for one in SCOPES)}

    for field in operation.selection_set.selections:
        assert isinstance(field, FieldNode)
        needed = scopes_of(owner, field.name.value)
        assert not needed or needed & ours
