"""Which section of the help page explains what a page shows."""

from django.http import HttpRequest
from django.urls import reverse

# Name of the page's address to the id of the section in templates/pages/help.html.
SECTIONS = {
    "home": "start",
    "choose_kind": "start",
    "new_channel": "start",
    "new_catalog": "start",
    "notices": "stops",
    "alerts": "alerts",
    "confirm_address": "alerts",
    "stop_alerts": "alerts",
    "alert_webhook": "alerts",
    "connection": "roles",
    "events": "events",
    "events_off": "events",
    "disconnect": "again",
    "credentials": "again",
    "new_secret": "again",  # nosec B105  # a section of help
    "invitation": "again",
    "take_up": "again",
    "products": "product",
    "product": "product",
    "product_link": "product",
    "send_earlier": "undo",
    "preview": "how",
    "channel": "several",
    "another_channel": "several",
    "edit_channel": "stops",
    "fields": "fields",
    "field": "fields",
    "refresh_fields": "fields",
    "catalog": "how",
    "catalog_settings": "when",
    "catalog_content": "carrying",
    "catalog_feedback": "feedback",
    "feed": "feeds",
    "enrichment": "enrichment",
    "enrichment_off": "enrichment",
    "offer": "enrichment",
    "requests": "requests",
    "requests_settings": "requests",
    "requests_attributes": "requests",
    "new_source": "enrichment",
    "new_files_source": "enrichment",
    "source": "enrichment",
    "remove_source": "enrichment",
    "decide_offer": "enrichment",
    "undo_offer": "enrichment",
    "translations": "translations",
    "texts_for_translators": "translations",
    "texts_for_service": "translations",
    "texts": "translations",
    "difference": "trial",
    "held": "held",
    "run": "stops",
    "stop_run": "stops",
    "undo": "undo",
    "pause": "when",
    "pause_channel": "when",
    "timetable": "when",
    "remove_from_timetable": "when",
}


def help_for(request: HttpRequest) -> str:
    """Return the address of the help page, at the section that fits the page of this request."""
    match = request.resolver_match
    section = SECTIONS.get(match.url_name or "") if match and match.app_name == "pages" else None
    return reverse("pages:help") + (f"#{section}" if section else "")
