"""OAuth scopes that a PIM knows, and which of them include others (pim-contract.md 1.6)."""

from collections.abc import Iterable

AUTHENTICATION = frozenset({"openid", "profile", "email"})

# Scope -> what its wizard says the app may do.
AUTHORIZATIONS = {
    "read_products": "View products",
    "write_products": "Edit products",
    "delete_products": "Remove products",
    "read_catalog_structure": "View attributes, attribute groups, families and family variants",
    "write_catalog_structure": "Edit attributes, attribute groups, families and family variants",
    "read_attribute_options": "View attribute options",
    "write_attribute_options": "Edit attribute options",
    "read_categories": "View categories",
    "write_categories": "Edit categories",
    "read_channel_localization": "View locales and currencies",
    "read_channel_settings": "View channels",
    "write_channel_settings": "Edit channels",
    "read_association_types": "View association types",
    "write_association_types": "Edit association types",
    "read_catalogs": "View the app's own catalogs",
    "write_catalogs": "Create and edit the app's own catalogs",
    "delete_catalogs": "Remove the app's own catalogs",
    "read_asset_families": "View asset families",
    "write_asset_families": "Edit asset families",
    "read_assets": "View assets",
    "write_assets": "Edit assets",
    "delete_assets": "Remove assets",
    "read_reference_entities": "View reference entities",
    "write_reference_entities": "Edit reference entities",
    "read_reference_entity_records": "View reference entity records",
    "write_reference_entity_records": "Edit reference entity records",
    "read_workflows": "View workflows",
    "read_workflow_step_assignees": "View the assignees of workflow steps",
    "read_workflow_tasks": "View workflow tasks",
    "write_workflow_tasks": "Edit workflow tasks",
    "create_suggestions": "Create suggestions",
    "read_suggestions": "View suggestions",
    "manage_suggestions": "Manage suggestions",
}

AUTHENTICATIONS = {
    "profile": "Your first and last name",
    "email": "Your email address",
}


def known(requested: Iterable[str]) -> frozenset[str]:
    """The authorization scopes among the requested ones; the rest vanishes without a word."""
    return frozenset(requested) & AUTHORIZATIONS.keys()


def expand(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes together with those that they include: write includes read, delete both."""
    return frozenset(included for scope in scopes for included in _included(scope))


def _included(scope: str) -> set[str]:
    verb, _, thing = scope.partition("_")
    verbs = {"delete": ("delete", "write", "read"), "write": ("write", "read")}
    lesser = {f"{included}_{thing}" for included in verbs.get(verb, ())}
    return {scope} | (lesser & AUTHORIZATIONS.keys())
