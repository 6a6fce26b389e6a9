from typing import Any

from django.core.management.base import CommandParser

from connections.command_line import FerryCommand
from connections.invitations import LIFETIME, invite
from pim.urls import normalize_pim_url


class Command(FerryCommand):
    help = "Print a link with which a PIM administrator enters the credentials of a custom app."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("pim_url", metavar="PIM_URL", nargs="?")

    def run(self, **options: Any) -> None:
        pim_url = options["pim_url"]
        if pim_url is not None:  # an empty one is a script's unset variable, not any PIM
            pim_url = normalize_pim_url(pim_url)
        invitation, link = invite("the command invite_pim_admin", pim_url or "")
        where = f" of {invitation.pim_url}" if invitation.pim_url else ""
        self.say(
            f"Send this to the administrator{where}; it is good for {LIFETIME.days} days, for one "
            f"PIM, in one browser: {link}",
            {
                "id": invitation.pk,
                "pim_url": invitation.pim_url,
                "expires_at": invitation.expires_at.isoformat(),
                "link": link,
            },
        )
