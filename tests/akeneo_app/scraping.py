"""`/metrics` as Prometheus reads it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.test import Client
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

TOKEN = "kR3-planted_for/metrics"


@dataclass(frozen=True, slots=True)
class Scraped:
    text: str
    families: Mapping[str, Metric]

    def samples_of(self, name: str) -> list[Sample]:
        return [
            one for family in self.families.values() for one in family.samples if one.name == name
        ]

    def value(self, name: str, **labels: str) -> float:
        """Return the value of the only sample with exactly these labels."""
        (found,) = [one.value for one in self.samples_of(name) if one.labels == labels]
        return found

    def more_than_none(self, name: str) -> dict[tuple[str, ...], float]:
        """Return what is not 0, by the values of its labels in the order of their names."""
        samples = self.samples_of(name)
        return {
            tuple(one.labels[label] for label in sorted(one.labels)): one.value
            for one in samples
            if one.value
        }


def scrape() -> Scraped:
    """Ask with the token, which a test has to set."""
    response = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    text = response.content.decode()
    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families)
    return Scraped(text, {family.name: family for family in families})
