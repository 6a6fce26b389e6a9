"""What tests of writing to the sandbox have in common."""

import json

from tests.sandbox.api import SCOPES, Api

COLLECTION = "application/vnd.akeneo.collection+json"
WRITING = SCOPES | {"write_products", "write_attribute_options", "write_catalog_structure"}
NOW = "2025-06-15T15:06:40+00:00"  # by the clock that stands still


class Writer(Api):
    """An app that may write."""

    def __init__(self, products=60, scopes=None):
        super().__init__(products, WRITING if scopes is None else scopes)

    def lines(self, path, *resources, **options):
        """The answers to a PATCH of these: objects, or lines as they are."""
        answer = self.call(
            "PATCH",
            path,
            data="\n".join(r if isinstance(r, str) else json.dumps(r) for r in resources),
            headers={"Content-Type": COLLECTION},
            **options,
        )
        assert (answer.status_code, answer.mimetype) == (200, COLLECTION), answer.text
        return [json.loads(line) for line in answer.text.split("\n")] if answer.text else []

    def patch(self, path, **body):
        return self.call("PATCH", path, json=body)

    def post(self, path, **body):
        return self.call("POST", path, json=body)

    def product(self, uuid):
        return self.get(f"/products-uuid/{uuid}").json

    def model(self, code):
        return self.get(f"/product-models/{code}").json

    def simple(self):
        """A product without a parent."""
        return next(p for p in self.pim.assortment.products_after() if p.parent is None)

    def variant(self, levels=1):
        """A variant below so many models."""
        assortment = self.pim.assortment
        return next(
            product
            for product in assortment.products_after()
            if len(list(assortment.parents(product))) == levels
        )


def value(data, locale=None, scope=None):
    return [{"locale": locale, "scope": scope, "data": data}]


def messages(answer):
    """What is said against a resource, in all of the places where it may be."""
    errors = answer.get("errors", ())
    return [error["message"] for error in errors] or [answer["message"]]
