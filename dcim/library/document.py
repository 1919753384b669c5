"""YAML from strangers: plain text values, no aliases, no depth, no code."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

MAX_DEPTH = 10


class Unreadable(Exception):
    """The text is no YAML, or none that a library needs; the sentence says why."""


def read_document(data: bytes) -> Any:
    """Mappings, lists and text; every scalar stays text, as 0123 and 1.10 may be part numbers.

    It is built from the parser's events, since PyYAML's C loader recurses on the C stack and a
    deeply nested text would end the process. Raises Unreadable.
    """
    try:
        return _build(data)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        sentence = " ".join(str(error).split())[:200]
        raise Unreadable(f"The file is no valid YAML: {sentence}") from error


def _build(data: bytes) -> Any:
    root: Any = None
    stack: list[_Open] = []
    documents = 0
    for event in yaml.parse(data, Loader=yaml.CBaseLoader):
        if isinstance(event, ScalarEvent):
            node: Any = event.value
        elif isinstance(event, MappingStartEvent):
            node = {}
        elif isinstance(event, SequenceStartEvent):
            node = []
        elif isinstance(event, CollectionEndEvent):
            stack.pop()
            continue
        elif isinstance(event, AliasEvent):
            raise Unreadable("The file uses YAML aliases, which a type has no need of.")
        else:
            documents += isinstance(event, DocumentStartEvent)
            continue
        if documents > 1:
            raise Unreadable("The file holds more than one document.")
        if stack:
            stack[-1].add(node)
        else:
            root = node
        if not isinstance(event, ScalarEvent):
            stack.append(_Open(node))
            if len(stack) > MAX_DEPTH:
                raise Unreadable(f"The file is nested more than {MAX_DEPTH} levels deep.")
    return root


class _Open:
    """A mapping or list that is being filled."""

    __slots__ = ("has_key", "key", "node")

    def __init__(self, node: Any) -> None:
        self.node = node
        self.key = ""
        self.has_key = False

    def add(self, value: Any) -> None:
        if isinstance(self.node, list):
            self.node.append(value)
        elif self.has_key:
            self.node[self.key] = value
            self.has_key = False
        elif not isinstance(value, str):
            raise Unreadable("The file has a list or mapping as a key.")
        elif value in self.node:
            raise Unreadable(f"The file says {value[:60]} twice in one place.")
        else:
            self.key, self.has_key = value, True
