from typing import Any

from connections.command_line import FerryCommand
from sync.status import status_lines


class Command(FerryCommand):
    help = "Say how every connection, channel and catalog stands, one a line."

    def run(self, **options: Any) -> None:
        lines = status_lines()
        if not lines and not self.as_json:
            self.stdout.write("No PIM is known yet. Start with register_pim.")
        for line in lines:
            self.say(_sentence(line), line)


def _sentence(line: dict[str, Any]) -> str:
    if line["type"] == "installation":
        return f"installation “{line['name']}”: {line['state']}; nothing is sent from here"
    sentence = f"{line['type']} {line['id']} “{line['name']}” at {line['pim']}: {line['state']}"
    run = line.get("last_run")
    if run:
        sentence += f"; last run {run['id']} {run['status']}"
    if line["problem"]:
        sentence += f" ({line['problem']})"
    more = [*filter(None, [line.get("step")]), *line.get("notes", [])]
    return " ".join([f"{sentence}.", *more]) if more else sentence
