"""The PIM's side of connecting an app (pim-contract.md 1.2)."""

from flask import Blueprint

from sandbox.state import Pim


def blueprint(pim: Pim) -> Blueprint:
    """Everything under /connect/apps/v1."""
    return Blueprint("connect", __name__, url_prefix="/connect/apps/v1")
