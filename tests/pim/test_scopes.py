import pytest

from pim.scopes import expand, join, missing


@pytest.mark.parametrize(
    ("scopes", "expanded"),
    [
        ([], set()),
        (["read_products"], {"read_products"}),
        (["write_products"], {"read_products", "write_products"}),
        (["delete_products"], {"read_products", "write_products", "delete_products"}),
        (["delete_catalogs"], {"read_catalogs", "write_catalogs", "delete_catalogs"}),
        (["write_catalog_structure"], {"read_catalog_structure", "write_catalog_structure"}),
        (["write_channel_settings"], {"read_channel_settings", "write_channel_settings"}),
        (["read_channel_localization"], {"read_channel_localization"}),
        (["delete_assets"], {"read_assets", "write_assets", "delete_assets"}),
        (["openid", "profile"], {"openid", "profile"}),
        (["write_workflow_tasks"], {"write_workflow_tasks"}),
        (["something_new"], {"something_new"}),
    ],
)
def test_it_knows_what_a_scope_implies(scopes, expanded):
    assert expand(scopes) == expanded


def test_a_granted_write_covers_a_needed_read():
    needed = ["read_products", "read_catalogs", "openid"]

    assert missing(needed, ["write_products", "openid"]) == {"read_catalogs"}


def test_it_joins_sorted_and_without_doubles():
    assert join(["write_products", "openid", "openid"]) == "openid write_products"


def test_it_refuses_more_than_the_pim_takes():
    with pytest.raises(ValueError, match="1000"):
        join(f"scope_number_{n}" for n in range(100))
