from django.urls import path

from connections import views

app_name = "connections"
urlpatterns = [
    path("activate", views.activate, name="activate"),
    path("callback", views.callback, name="callback"),
    path("sign-out", views.leave, name="sign_out"),
]
