"""The language of the pages: the browser's, or the one that was chosen."""

from django.urls import reverse

from tests.pages.conftest import page_of


def french(browser, path, **headers):
    return page_of(browser.get(path, headers={"Accept-Language": "fr-FR,fr;q=0.9", **headers}))


def test_the_pages_speak_the_language_of_the_browser(browser):
    page = french(browser, "/help")

    assert page.html["lang"] == "fr"
    assert page.find("nav", {"aria-label": "Principal"}).find("a", rel="help").string == "Aide"


def test_a_language_that_nobody_translated_is_english(browser):
    page = page_of(browser.get("/help", headers={"Accept-Language": "fi"}))

    assert page.html["lang"] == "en"


def test_the_language_that_was_chosen_wins_and_leads_back(browser):
    page = french(browser, "/connection")
    form = page.find("form", {"class": "languages"})
    data = {"language": "en", "next": form.find("input", {"name": "next"})["value"]}

    answer = browser.post(form["action"], data, follow=True)

    assert answer.redirect_chain == [("/connection", 302)]
    assert french(browser, "/connection").html["lang"] == "en"


def test_choosing_a_language_leads_to_no_other_site(browser):
    data = {"language": "fr", "next": "https://evil.example"}

    answer = browser.post(reverse("set_language"), data)

    assert answer["Location"] == "/"


def test_admin_is_in_english(client):
    page = page_of(client.get("/admin/login/", headers={"Accept-Language": "fr"}))

    assert page.html["lang"].startswith("en")
