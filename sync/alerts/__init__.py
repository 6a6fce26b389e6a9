"""Alerts: how people hear of notices, by mail and by webhook, each cause once."""
