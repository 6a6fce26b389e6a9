from django.urls import path

from pages.views import help, home

app_name = "pages"
urlpatterns = [
    path("", home.home, name="home"),
    path("help", help.help_page, name="help"),
]
