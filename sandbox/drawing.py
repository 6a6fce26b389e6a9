"""Pictures of products: the silhouette of what it is, in its color, with its name."""

import io
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

SIZE = 600
_SCALE = 2  # drawn larger, then scaled down, so that edges are smooth
_CANVAS = 1000.0

_PAPER, _INK, _SHADE = (246, 245, 242), (58, 56, 52), (226, 223, 216)

COLORS = {
    "black": (38, 38, 42),
    "white": (252, 252, 250),
    "grey": (140, 144, 148),
    "navy": (28, 44, 84),
    "blue": (46, 104, 190),
    "teal": (20, 116, 122),
    "green": (52, 138, 74),
    "olive": (112, 114, 54),
    "yellow": (240, 196, 52),
    "orange": (230, 124, 42),
    "red": (200, 48, 46),
    "burgundy": (112, 28, 48),
    "pink": (232, 146, 172),
    "sand": (214, 192, 154),
    "brown": (112, 76, 50),
}

Color = tuple[int, int, int]
Point = tuple[float, float]


class _Pen:
    """Draws on a canvas of 1000 by 1000; `fill` is the product's color, `dark` its shadow."""

    def __init__(self, draw: ImageDraw.ImageDraw, fill: Color) -> None:
        self._draw = draw
        self._unit = SIZE * _SCALE / _CANVAS
        self.fill = fill
        self.dark = tuple(max(0, part - 46) for part in fill)

    def shape(self, points: Sequence[Point], *, dark: bool = False) -> None:
        """A filled outline."""
        scaled = [(x * self._unit, y * self._unit) for x, y in points]
        self._draw.polygon(scaled, fill=self._color(dark), outline=_INK, width=4)

    def mirrored(self, left: Sequence[Point]) -> None:
        """A filled outline of which only the left half is given."""
        self.shape([*left, *[(_CANVAS - x, y) for x, y in reversed(left)]])

    def box(
        self, left: float, top: float, right: float, bottom: float, radius: float, *, dark: bool
    ) -> None:
        area = [each * self._unit for each in (left, top, right, bottom)]
        self._draw.rounded_rectangle(
            area, radius * self._unit, fill=self._color(dark), outline=_INK, width=4
        )

    def oval(self, left: float, top: float, right: float, bottom: float, *, dark: bool) -> None:
        area = [each * self._unit for each in (left, top, right, bottom)]
        self._draw.ellipse(area, fill=self._color(dark), outline=_INK, width=4)

    def arc(
        self, left: float, top: float, right: float, bottom: float, span: Point, width: float
    ) -> None:
        area = [each * self._unit for each in (left, top, right, bottom)]
        self._draw.arc(area, *span, fill=_INK, width=round((width + 8) * self._unit))
        inner = [area[0] + 5, area[1] + 5, area[2] - 5, area[3] - 5]
        self._draw.arc(inner, *span, fill=self.fill, width=round(width * self._unit))

    def line(self, points: list[Point], width: float = 5) -> None:
        scaled = [(x * self._unit, y * self._unit) for x, y in points]
        self._draw.line(scaled, fill=_INK, width=round(width * self._unit), joint="curve")

    def _color(self, dark: bool) -> tuple[int, ...]:
        return self.dark if dark else self.fill


def picture(family: str, color: str, caption: str, *, detail: bool = False) -> bytes:
    """A PNG of a product; a detail is the middle of it from nearer by."""
    image = Image.new("RGB", (SIZE * _SCALE, SIZE * _SCALE), _PAPER)
    draw = ImageDraw.Draw(image)
    floor = [each * SIZE * _SCALE / _CANVAS for each in (180, 780, 820, 850)]
    draw.ellipse(floor, fill=_SHADE)
    _SILHOUETTES[family](_Pen(draw, COLORS[color]))
    if detail:
        third = SIZE * _SCALE // 4
        near = (third, third, 3 * third, 3 * third)
        image = image.crop(near)
    image = image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    if not detail:
        _caption(image, caption)
    return _saved(image, "PNG")


def swatch(color: str, caption: str) -> bytes:
    """A PNG of the color alone, in some hundred bytes; the caption makes it differ from others."""
    told = PngImagePlugin.PngInfo()
    told.add_text("Title", caption)
    file = io.BytesIO()
    Image.new("RGB", (16, 16), COLORS[color]).save(file, "PNG", pnginfo=told)
    return file.getvalue()


def booklet(title: str) -> bytes:
    """A PDF of one page, as a manual that nobody reads."""
    page = Image.new("RGB", (620, 877), (255, 255, 255))
    draw = ImageDraw.Draw(page)
    draw.text((60, 80), title, fill=_INK, font=ImageFont.load_default(30))
    draw.text((60, 140), "Manual", fill=_INK, font=ImageFont.load_default(20))
    for row in range(22):
        draw.line([(60, 220 + row * 26), (560 - row * 37 % 120, 220 + row * 26)], fill=_SHADE)
    return _saved(page, "PDF")


def _caption(image: Image.Image, text: str) -> None:
    draw = ImageDraw.Draw(image)
    size = 26
    while draw.textlength(text, font=ImageFont.load_default(size)) > SIZE - 40 and size > 12:
        size -= 2
    middle = (SIZE / 2, SIZE - 44)
    draw.text(middle, text, fill=_INK, font=ImageFont.load_default(size), anchor="mm")


def _saved(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def _t_shirt(pen: _Pen) -> None:
    pen.mirrored(
        [(420, 190), (330, 220), (160, 360), (240, 470), (320, 410), (320, 790), (500, 795)]
    )
    pen.arc(410, 130, 590, 260, (10, 170), 14)


def _jacket(pen: _Pen) -> None:
    pen.mirrored(
        [(400, 170), (300, 220), (200, 420), (180, 720), (265, 735), (310, 480), (300, 810)]
        + [(500, 815)]
    )
    pen.shape([(400, 170), (500, 300), (600, 170), (500, 140)], dark=True)
    pen.line([(500, 300), (500, 810)])
    pen.line([(350, 620), (440, 640)])
    pen.line([(650, 620), (560, 640)])


def _shoe(pen: _Pen) -> None:
    pen.shape(
        [(190, 360), (200, 700), (830, 700), (830, 640), (780, 590), (600, 530), (470, 380)]
        + [(430, 350), (330, 400), (250, 350)]
    )
    pen.box(180, 690, 845, 770, 30, dark=True)
    for step in range(4):
        pen.line([(450 + step * 48, 420 + step * 40), (520 + step * 40, 380 + step * 44)], 8)


def _headphones(pen: _Pen) -> None:
    pen.arc(220, 170, 780, 800, (180, 360), 46)
    pen.box(180, 470, 310, 760, 60, dark=False)
    pen.box(690, 470, 820, 760, 60, dark=False)
    pen.box(290, 490, 350, 740, 28, dark=True)
    pen.box(650, 490, 710, 740, 28, dark=True)


def _backpack(pen: _Pen) -> None:
    pen.arc(420, 110, 580, 270, (180, 360), 20)
    pen.box(230, 460, 330, 740, 40, dark=True)
    pen.box(670, 460, 770, 740, 40, dark=True)
    pen.box(280, 190, 720, 810, 130, dark=False)
    pen.box(340, 540, 660, 760, 40, dark=True)
    pen.line([(340, 410), (660, 410)], 8)
    pen.line([(360, 600), (640, 600)])


def _lamp(pen: _Pen) -> None:
    pen.box(485, 430, 515, 780, 6, dark=True)
    pen.mirrored([(390, 180), (280, 470), (500, 475)])
    pen.oval(350, 745, 650, 815, dark=True)


def _monitor(pen: _Pen) -> None:
    pen.shape([(450, 640), (430, 780), (570, 780), (550, 640)], dark=True)
    pen.box(340, 765, 660, 805, 16, dark=True)
    pen.box(130, 220, 870, 660, 24, dark=False)
    pen.box(160, 250, 840, 630, 8, dark=True)


def _mug(pen: _Pen) -> None:
    pen.arc(550, 380, 810, 680, (270, 90), 42)
    pen.box(280, 300, 690, 790, 60, dark=False)
    pen.oval(280, 260, 690, 370, dark=True)


_SILHOUETTES: dict[str, Callable[[_Pen], None]] = {
    "t_shirts": _t_shirt,
    "jackets": _jacket,
    "shoes": _shoe,
    "headphones": _headphones,
    "backpacks": _backpack,
    "lamps": _lamp,
    "monitors": _monitor,
    "mugs": _mug,
}
