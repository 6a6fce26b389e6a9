"""SignOfLife: when a part of the installation was last seen at work."""

from django.db import models
from django.utils import timezone


class SignOfLife(models.Model):
    """What each part writes about itself, so that the others notice when it falls silent."""

    class Part(models.TextChoices):
        WORKER = "worker", "Worker"
        QUEUE = "queue", "Queue: a task was worked on soon after the scheduler had sent it"

    part = models.CharField(max_length=6, choices=Part, unique=True)
    seen_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["part"]
        verbose_name_plural = "signs of life"

    def __str__(self) -> str:
        return self.get_part_display()
