"""Where `make test-pages` finds its browser, and what it says where there is none."""

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import chromium


def test_a_named_program_is_taken(monkeypatch, tmp_path):
    program = tmp_path / "chrome"
    program.touch(0o755)
    monkeypatch.setenv("CHROMIUM_BIN", str(program))

    assert chromium.find_chromium() == program


def test_a_named_program_that_is_none_is_not_replaced_by_another(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM_BIN", str(tmp_path / "nowhere"))

    with pytest.raises(chromium.ChromiumMissing, match="nowhere"):
        chromium.find_chromium()


def test_it_fails_with_advice_where_nothing_may_be_installed(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CHROMIUM_BIN", str(tmp_path / "nowhere"))
    monkeypatch.delenv("CI", raising=False)

    assert chromium.main() == 1
    assert "nowhere" in capsys.readouterr().err


def test_it_is_looked_for_while_playwright_runs(monkeypatch, tmp_path):
    monkeypatch.delenv("CHROMIUM_BIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))

    with sync_playwright() as playwright, pytest.raises(chromium.ChromiumMissing, match="Install"):
        chromium.launch(playwright)
