"""The row of steps above each page of setting up."""

from typing import Any

from django import template

from sync.steps import TITLES, Step

register = template.Library()


@register.inclusion_tag("parts/steps.html")
def setup_steps(current: int, *, is_done: bool = False) -> dict[str, Any]:
    """Show all steps, those before the current one as done; with `is_done`, all of them."""
    return {
        "steps": [
            {
                "number": step.value,
                "title": TITLES[step],
                "is_done": is_done or step < current,
                "is_current": step == current and not is_done,
            }
            for step in Step
        ],
        "current": current,
        "number": len(Step),
        "is_done": is_done,
    }
