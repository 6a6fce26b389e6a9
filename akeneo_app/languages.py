"""Which language a page is in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


class LanguageMiddleware(LocaleMiddleware):
    """The language that the reader chose (a cookie), else the one that their browser asks for.

    Admin stays in English: Django knows its own half of it in a hundred languages, and ours is
    written in one, so that anything else would be a mixture. The language ends with the request:
    what the thread does for nobody in particular is in English.
    """

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info.startswith("/admin/"):
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = translation.get_language()
        else:
            super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        answer = super().process_response(request, response)
        translation.activate(settings.LANGUAGE_CODE)
        return answer
