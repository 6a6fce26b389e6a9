"""The PIM's own screens: log-in, home, connected apps, consent, catalogs."""

from flask import Blueprint

from sandbox.state import Pim


def blueprint(pim: Pim) -> Blueprint:
    """The pages that a PIM user sees."""
    return Blueprint("screens", __name__)
