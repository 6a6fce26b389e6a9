"""Services that translate texts, behind one small contract (`base.TranslationService`)."""
