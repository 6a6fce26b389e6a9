"""Moments in admin as the pages write them: day first, 24 hours, in UTC."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i \\U\\T\\C"
