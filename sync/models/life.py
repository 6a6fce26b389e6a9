"""SignOfLife: when a part of the installation was last seen at work."""

from django.db import models
from django.utils import timezone


class SignOfLife(models.Model):
    """What each part writes about itself, so that the others notice when it falls silent.

    Of a disk that is nearly full, which `host` it is of and what `said` so; of others neither.
    """

    class Part(models.TextChoices):
        WORKER = "worker", "A worker was there"
        QUEUE = "queue", "A task was worked on soon after the scheduler had sent it"
        DISK = "disk", "A disk was nearly full"

    part = models.CharField(max_length=6, choices=Part)
    host = models.CharField(max_length=100, blank=True)
    said = models.TextField(blank=True)
    seen_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["part", "host"]
        verbose_name_plural = "signs of life"
        constraints = [
            models.UniqueConstraint(fields=["part", "host"], name="one_sign_of_life_per_part"),
        ]

    def __str__(self) -> str:
        return self.get_part_display()
