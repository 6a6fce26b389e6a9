"""Texts of a PIM in another language: out to translators or a service, and back as proposals."""
