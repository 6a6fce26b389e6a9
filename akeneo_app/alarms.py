"""What is wrong with the installation itself: first on the first page of admin."""

from dataclasses import dataclass

from sync.alerts.readers import mail_is_set_up
from sync.models import AlertSettings, Notice
from sync.notice_words import sentence_of

# The list of exactly these notices in admin.
OF_INSTALLATION = {"connection__isnull": "True", "ended_at__isempty": "1"}


@dataclass(frozen=True, slots=True)
class Alarm:
    what: str
    sentence: str


def alarms() -> list[Alarm]:
    """Return what is wrong at present, in English as all of admin. Two queries at most.

    That mail goes to the console is told once somebody waits for some.
    """
    notices = Notice.objects.open().filter(connection=None).order_by("opened_at", "pk")
    found = [Alarm(one.get_kind_display(), sentence_of(one)) for one in notices]
    if not mail_is_set_up() and (number := AlertSettings.objects.exclude(address="").count()):
        people = "1 person" if number == 1 else f"{number} people"
        said = f"{people} entered an address, and mails go to the console. Set EMAIL_URL."
        found.append(Alarm("Mail is not set up", said))
    return found
