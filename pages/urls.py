from django.urls import path

from pages.views import catalogs, channels, connection, help, home, listings, removal, runs

app_name = "pages"
urlpatterns = [
    path("", home.home, name="home"),
    path("help", help.help_page, name="help"),
    path("connection", connection.connection, name="connection"),
    path("channels/new", channels.choose_kind, name="choose_kind"),
    path("channels/new/<slug:kind>", channels.new, name="new_channel"),
    path("channels/<uuid:uuid>", channels.show, name="channel"),
    path("channels/<uuid:uuid>/edit", channels.edit, name="edit_channel"),
    path("channels/<uuid:uuid>/check", channels.check, name="check_channel"),
    path("channels/<uuid:uuid>/order", channels.move, name="move_catalog"),
    path("channels/<uuid:uuid>/delete", removal.delete_channel, name="delete_channel"),
    path("channels/<uuid:uuid>/catalogs/new", catalogs.new, name="new_catalog"),
    path("catalogs/<uuid:uuid>", catalogs.show, name="catalog"),
    path("catalogs/<uuid:uuid>/settings", catalogs.change, name="catalog_settings"),
    path("catalogs/<uuid:uuid>/sync", catalogs.sync, name="sync"),
    path("catalogs/<uuid:uuid>/look", catalogs.look, name="look"),
    path("catalogs/<uuid:uuid>/pause", catalogs.pause_schedule, name="pause"),
    path("catalogs/<uuid:uuid>/resume", catalogs.resume_schedule, name="resume"),
    path("catalogs/<uuid:uuid>/archive", catalogs.put_aside, name="archive"),
    path("catalogs/<uuid:uuid>/restore", catalogs.take_back, name="restore"),
    path("catalogs/<uuid:uuid>/parked/retry", listings.retry_all, name="retry_all"),
    path("catalogs/<uuid:uuid>/held", listings.held, name="held"),
    path("catalogs/<uuid:uuid>/delete", removal.delete_catalog, name="delete_catalog"),
    path("listings/<uuid:uuid>/retry", listings.retry_one, name="retry"),
    path("runs/<uuid:uuid>", runs.show, name="run"),
    path("runs/<uuid:uuid>/strip", runs.strip, name="run_strip"),
]
