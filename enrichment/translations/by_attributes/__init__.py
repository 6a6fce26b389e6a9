"""Translations that people ask for in the PIM itself, by attributes of products and models.

One says that something is to be translated, one into which languages, one how far it is.
"""
