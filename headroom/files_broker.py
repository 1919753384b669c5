"""Messages in files, written so that nobody reads half of one.

Kombu's transport opens a message's file under its final name and writes it then: a reader that
comes between takes an empty file, the message is lost and the worker ends. Here a message gets its
name when it is whole.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes each message to a draft and renames it."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:
        """Put a message onto a queue; raises ChannelError when it cannot be written."""
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        path = Path(self.data_folder_out) / name
        draft = path.with_suffix(".draft")
        try:
            draft.write_bytes(str_to_bytes(dumps(payload)))
            draft.replace(path)
        except OSError as error:
            raise ChannelError(f"Cannot add the file {name} to the queue {queue}") from error


class Transport(filesystem.Transport):
    """The transport of `filesystem://`."""

    Channel = Channel
