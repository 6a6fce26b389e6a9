"""What belongs to product models of the whole PIM: the model above, the variants below."""

from collections.abc import Sequence

import msgspec

from pim.calls import SAFE_LIMIT
from pim.client import PimClient
from pim.errors import ValidationFailed
from pim.finding import models_by_code


def roots_of_models(client: PimClient, codes: Sequence[str]) -> set[str]:
    """Return the codes of the uppermost models above these, themselves included; a PIM has two
    levels of models at most. What is no model any more is left out. A call for 100 codes or fewer.
    """
    roots: set[str] = set()
    for start in range(0, len(codes), SAFE_LIMIT):
        found = models_by_code(client, codes[start : start + SAFE_LIMIT], attributes=())
        roots |= {model.parent or model.code for model in found.values()}
    return roots


def variants_of_models(client: PimClient, codes: Sequence[str], *, most: int) -> set[str]:
    """Return the uuids of the products below these models, over all levels; some calls a model.

    No more than `most` are looked for. What is no model any more has none.
    """
    uuids: set[str] = set()
    for code in codes:
        search = {"parent": [{"operator": "=", "value": code}]}
        items = client.items(
            "products-uuid",
            search=msgspec.json.encode(search).decode(),
            pagination_type="search_after",
            limit=SAFE_LIMIT,
        )
        try:
            for item in items:
                uuids.add(str(item.get("uuid", "")).lower())
                if len(uuids) >= most:
                    return uuids
        except ValidationFailed:  # so the PIM says that there is no such model
            continue
    return uuids - {""}
