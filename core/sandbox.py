"""Templates that people write, in Jinja2's sandbox, over plain data only.

The sandbox keeps templates from Python's insides. Beyond that every loop, call and text is counted:
a template that runs too long or makes too much ends with an error, and so do the few ways to make
something huge in one step.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_STEPS = 5_000_000
MAX_SECONDS = 20.0
MAX_TEXT = 20_000_000  # characters, of the output and of any text on the way to it
MAX_SOURCE = 200_000
_LONG = "The template makes too much text."
# Methods that make a text of any length in one step.
_REFUSED = ("format", "format_map", "ljust", "rjust", "center", "zfill", "expandtabs", "translate")
_REFUSED_FILTERS = ("format", "center", "indent", "wordwrap", "pprint", "tojson", "xmlattr")
_UNDEFINED = {
    "jinja2.Undefined": jinja2.Undefined,
    "jinja2.StrictUndefined": jinja2.StrictUndefined,
    "jinja2.ChainableUndefined": jinja2.ChainableUndefined,
    "jinja2.DebugUndefined": jinja2.DebugUndefined,
}
_SWITCHES = ("trim_blocks", "lstrip_blocks", "keep_trailing_newline", "autoescape")
_MARKS = (
    *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
    *("comment_start_string", "comment_end_string", "line_statement_prefix"),
    *("line_comment_prefix", "newline_sequence"),
)


class TemplateFault(Exception):
    """A template that is none, or that failed; says why."""


class Budget:
    """What one run may still spend."""

    def __init__(self, steps: int, seconds: float, text: int) -> None:
        self.steps, self.text = steps, text
        self.deadline = time.monotonic() + seconds

    def step(self) -> None:
        """Count a step; raises SecurityError when there were too many or time is up."""
        self.steps -= 1
        if self.steps < 0 or (self.steps % 64 == 0 and time.monotonic() > self.deadline):
            raise SecurityError("The template takes too long.")

    def fits(self, length: int) -> None:
        """Raise SecurityError for a text or list longer than allowed."""
        if length > self.text:
            raise SecurityError(_LONG)


_budget: ContextVar[Budget] = ContextVar("budget")


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    budget = _budget.get()
    for value in values:
        budget.step()
        yield value


def _joined(parts: Sequence[Any]) -> str:
    texts = [str(part) for part in parts]
    _budget.get().fits(sum(map(len, texts)))
    return "".join(texts)


def _join(value: Iterable[Any], d: str = "", attribute: Any = None) -> str:
    parts = [str(_of(item, attribute)) for item in value]
    _budget.get().fits(sum(map(len, parts)) + len(str(d)) * len(parts))
    return str(d).join(parts)


def _of(item: Any, attribute: Any) -> Any:
    if attribute is None:
        return item
    for part in str(attribute).split("."):
        item = item.get(part, "") if isinstance(item, dict) else ""
    return item


def _replace(value: Any, old: str, new: str, count: int = -1) -> str:
    text, old, new = str(value), str(old), str(new)
    _budget.get().fits(len(text) + (text.count(old) if old else len(text) + 1) * len(new))
    return text.replace(old, new, count)


def _tojson(value: Any, indent: int | None = None) -> str:
    import json

    made = json.dumps(value, indent=min(indent, 8) if indent else None, default=str)
    _budget.get().fits(len(made))
    return made


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment templates run in."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name in _REFUSED_FILTERS:
            self.filters.pop(name, None)
        own = {"_counted": _counted, "_joined": _joined, "join": _join, "replace": _replace}
        self.filters |= own | {"tojson": _tojson}
        for name in ("lipsum", "cycler", "joiner"):
            self.globals.pop(name, None)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in list(tree.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, "_counted", [], [], None, None, lineno=loop.lineno)
        return _Concatenations().visit(tree)  # type: ignore[no-any-return]

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call and count; texts may not grow without bound."""
        budget = _budget.get()
        budget.step()
        owner = getattr(__obj, "__self__", None)
        if isinstance(owner, str):
            method = getattr(__obj, "__name__", "")
            if method == "replace":
                return _replace(owner, *args)
            if method == "join" and args:
                return _join(args[0], owner)
        found = super().call(__context, __obj, *args, **kwargs)
        if isinstance(found, str | list):
            budget.fits(len(found))
        return found

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Compute, unless the result would be huge."""
        budget = _budget.get()
        budget.step()
        sizes = [len(each) for each in (left, right) if isinstance(each, str | list | tuple)]
        if operator == "%" and sizes and isinstance(left, str):
            raise SecurityError("Texts cannot be formatted by %.")
        if operator == "+" and sizes:
            budget.fits(sum(sizes))
        if operator == "*" and sizes:
            times = next((n for n in (left, right) if isinstance(n, int)), 1)
            budget.fits(sum(sizes) * max(times, 1))
        if operator in ("*", "**") and not sizes:
            _small(left, right, power=operator == "**")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Also nothing that makes a huge text in one step."""
        if isinstance(obj, str) and attr in _REFUSED:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Any:
        """Nothing: formatting is refused."""
        return None


def _small(left: Any, right: Any, *, power: bool) -> None:
    if not (isinstance(left, int | float) and isinstance(right, int | float)):
        return
    bits = int(left).bit_length() if abs(left) < float("inf") else 0
    if (bits * abs(right) if power else bits + int(right).bit_length()) > 1024:
        raise SecurityError("The number is too large.")


class _Concatenations(jinja2.visitor.NodeTransformer):
    """Has `a ~ b` counted as a filter."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        """The same as a call that is counted."""
        self.generic_visit(node)
        parts = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(parts, "_joined", [], [], None, None, lineno=node.lineno)


def settings_fault(settings: Any) -> str:
    """What is wrong with settings of the language; empty when nothing is."""
    if not isinstance(settings, dict):
        return 'Give settings by name, such as {"trim_blocks": true}.'
    for name, value in settings.items():
        good = (
            (name in _SWITCHES and isinstance(value, bool))
            or (name in _MARKS and isinstance(value, str) and 0 < len(value) <= 10)
            or (name == "undefined" and value in _UNDEFINED)
        )
        if not good:
            return f"{name} is no setting that can be made, or not to this value."
    return ""


def _compiled(source: str, settings: dict[str, Any] | None) -> jinja2.Template:
    """The template; raises TemplateFault for what is none."""
    options = dict(settings or {})
    if fault := settings_fault(options):
        raise TemplateFault(fault)
    if "undefined" in options:
        options["undefined"] = _UNDEFINED[options["undefined"]]
    if len(source) > MAX_SOURCE:
        raise TemplateFault(f"A template has at most {MAX_SOURCE:,} characters.")
    token = _budget.set(Budget(100_000, 1.0, MAX_TEXT))  # constants are computed now
    try:
        return Sandbox(**options).from_string(source)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateFault(f"Line {error.lineno}: {error.message}") from None
    except Exception as error:  # whatever computing a constant raises
        raise TemplateFault(_sentence(error)) from None
    finally:
        _budget.reset(token)


def fault(source: str, settings: dict[str, Any] | None = None) -> str:
    """What is wrong with the syntax of a template; empty when nothing is."""
    try:
        _compiled(source, settings)
    except TemplateFault as error:
        return str(error)
    return ""


def render(
    source: str,
    values: dict[str, Any],
    settings: dict[str, Any] | None = None,
    *,
    steps: int = MAX_STEPS,
    seconds: float = MAX_SECONDS,
    text: int = MAX_TEXT,
) -> str:
    """What a template makes of plain values; raises TemplateFault with a sentence.

    At most `steps` turns of loops and calls, `seconds` of time and `text` characters.
    """
    template = _compiled(source, settings)
    budget = Budget(steps, seconds, text)
    token, parts, length = _budget.set(budget), list[str](), 0
    try:
        for part in template.generate(values):
            length += len(part)
            budget.fits(length)
            budget.step()
            parts.append(part)
    except Exception as error:  # whatever people's templates raise
        raise TemplateFault(_sentence(error)) from None
    finally:
        _budget.reset(token)
    return "".join(parts)


def _sentence(error: Exception) -> str:
    if isinstance(error, RecursionError | MemoryError):
        return "The template goes too deep."
    return f"{str(error)[:300] or type(error).__name__}"
