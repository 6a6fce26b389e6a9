"""The stand-in's products: found, set as a whole, and changed a little."""

import copy
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.channels.shopify import metafields
from tests.channels.shopify.making import (
    DEFAULT_OPTION,
    new_product,
    new_variant,
    option,
    selected,
)
from tests.channels.shopify.state import Node, Shop, connection, error, resolves


@resolves("QueryRoot", "nodes")
def _nodes(shop: Shop, _: Node, args: Node) -> list[Node | None]:
    return [shop.nodes.get(id_) for id_ in args["ids"]]


@resolves("QueryRoot", "product")
def _product(shop: Shop, _: Node, args: Node) -> Node | None:
    return shop.nodes.get(args["id"])


@resolves("QueryRoot", "productByIdentifier")
def _by_identifier(shop: Shop, _: Node, args: Node) -> Node | None:
    return find(shop, "Product", args["identifier"])


@resolves("QueryRoot", "productVariants")
def _variants_by_sku(shop: Shop, _: Node, args: Node) -> Node:
    """Like Shopify's search: without regard to case, and by the beginnings of words."""
    wanted = [
        term.strip().removeprefix("sku:").strip('"').lower() for term in args["query"].split(" OR ")
    ]
    found = [
        {**variant, "product": product}
        for product in shop.products
        for variant in product["variants"]
        if any((variant["sku"] or "").lower().startswith(one) for one in wanted)
    ]
    return connection(found, args)


@resolves("Product", "variants")
def _variants(shop: Shop, product: Node, args: Node) -> Node:
    return connection(product["variants"], args)


@resolves("Product", "media")
def _media(shop: Shop, product: Node, args: Node) -> Node:
    return connection([shop.nodes[id_] for id_ in product["media"]], args)


@resolves("ProductVariant", "media")
def _variant_media(shop: Shop, variant: Node, args: Node) -> Node:
    return connection([shop.nodes[id_] for id_ in variant["media"]], args)


def find(shop: Shop, kind: str, identifier: Node) -> Node | None:
    told = {name: value for name, value in identifier.items() if value is not None}
    if len(told) != 1:
        raise ValueError("exactly one identifier must be given")
    if "id" in told:
        return shop.nodes.get(told["id"])
    if "handle" in told:
        return next((one for one in shop.all(kind) if one["handle"] == told["handle"]), None)
    custom = told["customId"]
    namespace, key = custom["namespace"], custom["key"]
    definition = shop.definition(metafields.OWNERS[kind], namespace, key)
    if definition is None or definition["type"]["name"] != "id":
        raise ValueError(f"Metafield definition of type 'id' is required: {namespace}.{key}")
    for one in shop.all(kind):
        if one["metafields"].get((namespace, key)) == custom["value"]:
            return one
    return None


class Refused(Exception):
    """Something is wrong with the input; nothing of it is done."""

    def __init__(self, path: list[Any], message: str, code: str = "INVALID_PRODUCT") -> None:
        self.told = error(["input", *path], message, code)
        super().__init__(message)


@resolves("Mutation", "productSet")
def _set(shop: Shop, _: Node, args: Node) -> Node:
    try:
        product = _Setting(shop, args).product()
    except Refused as refused:
        return {"product": None, "userErrors": [refused.told]}
    return {"product": product, "userErrors": []}


class _Setting:
    """Works on a copy, so that what is refused changes nothing."""

    def __init__(self, shop: Shop, args: Node) -> None:
        self._shop = shop
        self._input = args["input"]
        self._identifier = {k: v for k, v in (args.get("identifier") or {}).items() if v}
        there = find(shop, "Product", self._identifier) if self._identifier else None
        if there is None and "id" in self._identifier:
            raise Refused(["id"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
        self._is_new = there is None
        self._product = (
            copy.deepcopy(there) if there else new_product(shop, self._input.get("title", ""))
        )

    def product(self) -> Node:
        self._raise_for_identity()
        self._set_fields()
        self._set_files()
        self._set_variants()
        if "metafields" in self._input:
            self._set_metafields(self._product, ["metafields"], self._input["metafields"])
        self._shop.nodes[self._product["id"]] = self._product
        for variant in self._product["variants"]:
            self._shop.nodes[variant["id"]] = variant
        return self._product

    def _raise_for_identity(self) -> None:
        custom = self._identifier.get("customId")
        if custom is None:
            return
        told = {(m["namespace"], m["key"]): m["value"] for m in self._input.get("metafields", [])}
        if not told and self._is_new:
            raise Refused(["metafields"], "is required", "MISSING_FIELD_REQUIRED")
        if told and told.get((custom["namespace"], custom["key"])) != custom["value"]:
            raise Refused(["metafields"], "must have the custom id", "METAFIELD_MISMATCH")

    def _set_fields(self) -> None:
        product, given = self._product, self._input
        title = given.get("title", product["title"])
        if not title.strip():
            raise Refused(["title"], "Title can't be blank")
        if len(title) > 255:
            raise Refused(["title"], "Title is too long (maximum is 255 characters)")
        if title in self._shop.refuses:
            raise Refused(["vendor"], self._shop.refuses[title])
        handle = given.get("handle")
        if handle and any(
            one["handle"] == handle and one["id"] != product["id"] for one in self._shop.products
        ):
            raise Refused(["handle"], f"Handle '{handle}' already in use.", "HANDLE_NOT_UNIQUE")
        for name in ("title", "descriptionHtml", "handle", "vendor", "productType", "status"):
            if given.get(name) is not None:
                product[name] = given[name]
        product["seo"] |= {k: v or None for k, v in (given.get("seo") or {}).items()}
        if given.get("category"):
            product["category"] = {"id": given["category"]}
        if given.get("tags") is not None:
            product["tags"] = sorted(given["tags"])

        if given.get("redirectNewHandle"):
            self._shop.redirects.append(product["handle"])

    def _set_files(self) -> None:
        if "files" not in self._input:
            return
        media = []
        for index, file in enumerate(self._input["files"]):
            there = self._shop.nodes.get(file.get("id", ""))
            if there is None or there["fileStatus"] != "READY":
                raise Refused(["files", index, "id"], "File does not exist or is not ready")
            if "alt" in file:
                there["alt"] = file["alt"]
            media.append(there["id"])
        self._product["media"] = media
        for variant in self._product["variants"]:  # shows pictures of its product only
            variant["media"] = [id_ for id_ in variant["media"] if id_ in media]

    def _set_variants(self) -> None:
        given = self._input
        if ("variants" in given) != ("productOptions" in given):
            raise Refused(["variants"], "options and variants go together", "INVALID_INPUT")
        if "variants" not in given:
            if self._is_new:
                name, value = DEFAULT_OPTION
                self._product["variants"] = [new_variant(self._shop, {name: value})]
            return
        options = self._options(given["productOptions"])
        if len(given["variants"]) > 2048:
            raise Refused(["variants"], "Number of variants exceeds 2048", "VARIANTS_OVER_LIMIT")
        there = {one["id"]: one for one in self._product["variants"]}
        variants, points = [], set()
        for index, wanted in enumerate(given["variants"]):
            path = ["variants", index]
            point = self._point(path, wanted["optionValues"], options)
            if tuple(point.values()) in points:
                raise Refused(
                    path,
                    f"The variant '{' / '.join(point.values())}' already exists.",
                    "INVALID_VARIANT",
                )
            points.add(tuple(point.values()))
            if wanted.get("id") and wanted["id"] not in there:
                raise Refused(
                    [*path, "id"],
                    "Product variant does not exist",
                    "PRODUCT_VARIANT_DOES_NOT_EXIST",
                )
            variant = there[wanted["id"]] if wanted.get("id") else new_variant(self._shop, point)
            self._set_variant(path, variant, wanted, point)
            variants.append(variant)
        for gone in there.keys() - {one["id"] for one in variants}:
            self._shop.nodes.pop(gone)
        self._product["variants"] = variants

    def _options(self, wanted: list[Node]) -> dict[str, list[str]]:
        if len(wanted) > 3:
            raise Refused(["productOptions"], "Can only have 3 options", "OPTIONS_OVER_LIMIT")
        options: dict[str, list[str]] = {}
        for index, one in enumerate(wanted):
            values = [value["name"] for value in one["values"]]
            if one["name"].lower() in (name.lower() for name in options):
                raise Refused(["productOptions", index], "Duplicated", "DUPLICATED_OPTION_NAME")
            if not values:
                raise Refused(["productOptions", index], "No values", "OPTION_VALUES_MISSING")
            if len({value.lower() for value in values}) < len(values):
                raise Refused(["productOptions", index], "Twice", "DUPLICATED_OPTION_VALUE")
            options[one["name"]] = values
        told = [
            (one["name"], [v["name"] for v in one["optionValues"]])
            for one in self._product["options"]
        ]
        if told != list(options.items()):
            self._product["options"] = [
                option(self._shop, name, values) for name, values in options.items()
            ]
        return options

    def _point(
        self, path: list[Any], values: list[Node], options: dict[str, list[str]]
    ) -> dict[str, str]:
        point = {one["optionName"]: one["name"] for one in values}
        if list(point) != list(options):
            raise Refused([*path, "optionValues"], "Option does not exist", "OPTION_DOES_NOT_EXIST")
        for name, value in point.items():
            if value not in options[name]:
                raise Refused(
                    [*path, "optionValues"],
                    f"'{value}' does not exist",
                    "OPTION_VALUE_DOES_NOT_EXIST",
                )
        return point

    def _set_variant(self, path: list[Any], variant: Node, wanted: Node, point: Node) -> None:
        variant["selectedOptions"] = selected(point)
        for name in ("price", "compareAtPrice"):
            if name in wanted:
                variant[name] = self._money([*path, name], wanted[name])
        for name in ("sku", "barcode", "taxable", "inventoryPolicy"):
            if name in wanted:
                variant[name] = wanted[name]
        item = dict(wanted.get("inventoryItem") or {})
        if "cost" in item:
            cost = self._money([*path, "inventoryItem", "cost"], item.pop("cost"))
            item["unitCost"] = cost and {"amount": cost}
        variant["inventoryItem"] = {**variant["inventoryItem"], **item}
        if "file" in wanted:
            id_ = wanted["file"]["id"]
            if id_ not in [file["id"] for file in self._input.get("files", [])]:
                raise Refused([*path, "file"], "must be among the files of the product")
            variant["media"] = [id_]
        if "metafields" in wanted:
            self._set_metafields(variant, [*path, "metafields"], wanted["metafields"])

    def _money(self, path: list[Any], value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueError(f"money is text, and {value!r} is not")
        try:
            amount = Decimal(value)
        except InvalidOperation:
            raise Refused(path, "is not a number") from None
        if amount < 0:
            raise Refused(path, "must be greater than or equal to 0", "INVALID_VARIANT")
        return f"{amount:.2f}"

    def _set_metafields(self, owner: Node, path: list[Any], wanted: list[Node]) -> None:
        """The list replaces all that is there."""
        for index, one in enumerate(wanted):
            problem = metafields.wrong_with(self._shop, owner, one)
            if problem:
                raise Refused([*path, index, "value"], problem[1], "INVALID_METAFIELD")
        owner["metafields"] = {(one["namespace"], one["key"]): one["value"] for one in wanted}


@resolves("Mutation", "productVariantDetachMedia")
def _detach(shop: Shop, _: Node, args: Node) -> Node:
    there = {one["id"]: one for one in shop.nodes[args["productId"]]["variants"]}
    for index, pair in enumerate(args["variantMedia"]):
        [id_] = pair["mediaIds"]
        if id_ not in there[pair["variantId"]]["media"]:
            told = "The specified media is not attached to the specified variant."
            path = ["variantMedia", str(index), "mediaIds"]
            return {"userErrors": [error(path, told, "MEDIA_IS_NOT_ATTACHED_TO_VARIANT")]}
        there[pair["variantId"]]["media"].remove(id_)
    return {"userErrors": []}


@resolves("Mutation", "productUpdate")
def _update(shop: Shop, _: Node, args: Node) -> Node:
    """Unlike `productSet` it leaves metafields alone that it does not name."""
    wanted = args["product"]
    product = shop.nodes.get(wanted["id"])
    if product is None:
        return {"product": None, "userErrors": [error(["id"], "Product does not exist")]}
    if wanted.keys() - {"id", "status", "metafields", "deleteConflictingConstrainedMetafields"}:
        raise ValueError(f"the stand-in does not update {sorted(wanted)}")
    product["status"] = wanted.get("status", product["status"])
    for one in wanted.get("metafields", ()):
        metafields.put(shop, product, one)
    return {"product": product, "userErrors": []}
