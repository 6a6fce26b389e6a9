"""Where Akeneo sends to. Nothing below is ever not found: that would end the subscription."""

from django.urls import path, re_path

from sync.events.views import receive, receive_nothing, receive_notice

app_name = "events"
urlpatterns = [
    path("akeneo/<str:key>", receive, name="receive"),
    path("akeneo/<str:key>/status", receive_notice, name="receive_notice"),
    re_path(r"^akeneo(?P<key>[\s\S]*)\Z", receive_nothing),
]
