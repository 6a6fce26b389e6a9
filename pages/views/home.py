"""Home: how everything stands, or how to get in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/signed_out.html")
