"""`make screenshots`: a small picture of each page of the gallery, for docs/pages/.

Not a test, and not collected as one; it runs in pytest for the sake of the fixtures.
"""

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.browser import audits
from tests.gallery.scenes import GALLERY, Scene

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pages"
LARGEST = 60 * 1024


@pytest.mark.parametrize("scene", GALLERY, ids=lambda scene: scene.name)
def test_take(scene: Scene, gallery_world, window, app_url):
    path, who = scene.set_up(gallery_world)
    with window.lent(app_url, who) as tab:
        tab.show(path, sent=scene.sent)
        audits.prepare(tab)  # what moves stands still

        picture = _small(tab.page.screenshot())

    (FOLDER / f"{scene.name}.webp").write_bytes(picture)


def _small(png: bytes) -> bytes:
    """The picture as WebP, the best that is small enough."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in range(80, 0, -10):
        small = io.BytesIO()
        image.save(small, "WEBP", quality=quality, method=6)
        if small.tell() <= LARGEST:
            return small.getvalue()
    raise AssertionError("No quality makes it small enough.")
