"""The `file` channel: feeds in several formats, in a folder, on an SFTP server or in S3."""

from channels.file.adapter import FileAdapter

__all__ = ["FileAdapter"]
