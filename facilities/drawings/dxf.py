"""DXF drawings as SVG, in a process of their own: `python -m facilities.drawings.dxf`.

A file may be made to take all time and memory there is, which no check beforehand tells. The child
reads the file it is named within limits that the system keeps, and writes one line of JSON
(`error`, or `width` in mm where the drawing has units) and then the SVG.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facilities.drawings import NotADrawing

CPU_SECONDS, SECONDS = 20, 40
MEMORY_BYTES = 1_500_000_000
SVG_BYTES_MAX = 8_000_000
ENTITIES_MAX = 50_000
LINE_MM = 0.13  # thin, on the sheet that the drawing is scaled to
SHEET_MM = 1_000.0
# $INSUNITS of the header: mm each, by the DXF reference.
UNITS = {1: 25.4, 2: 304.8, 4: 1.0, 5: 10.0, 6: 1000.0, 7: 1e6, 8: 2.54e-5, 9: 0.0254, 10: 914.4}
UNITS |= {13: 0.001, 14: 100.0}
TOO_LONG = "The DXF takes too long to draw. Leave out layers that are not needed."


@dataclass(frozen=True)
class Drawn:
    """A drawing as SVG, and how wide it is in mm where it says so."""

    svg: bytes
    width_mm: float | None


def draw(data: bytes) -> Drawn:
    """The SVG of a DXF file. Raises NotADrawing, also when it takes too much time or memory."""
    with tempfile.TemporaryDirectory(prefix="headroom-dxf-") as home:
        file = Path(home) / "drawing.dxf"
        file.write_bytes(data)
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", _START, str(Path(__file__).parents[2]), str(file)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
                cwd=home,
                env={"HOME": home, "XDG_CACHE_HOME": home, "PATH": ""},
            )
        except subprocess.TimeoutExpired:
            raise NotADrawing(TOO_LONG) from None
    head, _, svg = done.stdout.partition(b"\n")
    try:
        told = json.loads(head)
    except ValueError:
        raise NotADrawing(TOO_LONG) from None
    if told.get("error"):
        raise NotADrawing(told["error"])
    return Drawn(svg, told.get("width"))


# Isolated, the child knows no path but the one it is given.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); import facilities.drawings.dxf as d; d.main()"
)


def main() -> None:
    """What the child does."""
    _limit()
    try:
        svg, width = _drawn(sys.argv[2])
        told: dict[str, Any] = {"width": width}
    except NotADrawing as error:
        svg, told = "", {"error": str(error)}
    except MemoryError:
        svg, told = "", {"error": "The DXF takes too much memory to draw. Leave out some layers."}
    except Exception as error:  # a damaged file leads a parser anywhere
        svg, told = "", {"error": f"The DXF cannot be read: {str(error)[:200] or 'damaged'}."}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + svg.encode())


def _limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(path: str) -> Any:
    from ezdxf import recover
    from ezdxf.filemanagement import readfile
    from ezdxf.lldxf.const import DXFError

    try:
        return readfile(path)
    except (DXFError, UnicodeError, OSError):
        return recover.readfile(path)[0]  # slower, and forgives much


def _drawn(path: str) -> tuple[str, float | None]:
    from ezdxf.addons.drawing import layout, svg
    from ezdxf.addons.drawing.config import (
        BackgroundPolicy,
        Configuration,
        ImagePolicy,
        LineweightPolicy,
    )
    from ezdxf.addons.drawing.frontend import Frontend
    from ezdxf.addons.drawing.properties import RenderContext

    document = _read(path)
    space = document.modelspace()
    count = _count(document, space)
    if count > ENTITIES_MAX:
        raise NotADrawing(f"The DXF draws more than {ENTITIES_MAX:,} entities. Leave out some.")
    if count == 0:
        raise NotADrawing("The DXF has nothing in its model space.")
    config = Configuration(
        background_policy=BackgroundPolicy.WHITE,
        lineweight_policy=LineweightPolicy.ABSOLUTE,
        lineweight_scaling=0,
        min_lineweight=LINE_MM / 25.4 * 300,
        image_policy=ImagePolicy.IGNORE,
    )
    backend = svg.SVGBackend()
    Frontend(RenderContext(document), backend, config=config).draw_layout(space)
    box = backend.player().bbox()
    if not box.has_data or not (box.size.x > 0 and box.size.y > 0):
        raise NotADrawing("The DXF has nothing in its model space that can be drawn.")
    side = max(box.size.x, box.size.y)
    page = layout.Page(
        SHEET_MM * box.size.x / side,
        SHEET_MM * box.size.y / side,
        layout.Units.mm,
        layout.Margins.all(0),
    )
    settings = layout.Settings(output_coordinate_space=100_000)
    text = backend.get_string(page, settings=settings, xml_declaration=False)
    if len(text) > SVG_BYTES_MAX:
        raise NotADrawing("The DXF draws too much detail. Leave out layers that are not needed.")
    factor = UNITS.get(int(document.header.get("$INSUNITS", 0)))
    return text, box.size.x * factor if factor else None


def _count(document: Any, space: Any) -> int:
    """Entities with those of the blocks they insert, inserted blocks counted each time."""
    known: dict[str, int] = {}

    def size(name: str, depth: int) -> int:
        if name in known:
            return known[name]
        if depth > 20 or name not in document.blocks:
            return 1
        known[name] = 1  # a block within itself is drawn by nobody
        known[name] = total(document.blocks.get(name), depth)
        return known[name]

    def total(entities: Any, depth: int) -> int:
        found = 0
        for entity in entities:
            if entity.dxftype() == "INSERT":
                times = max(entity.mcount, 1)
                found += times * size(entity.dxf.name, depth + 1)
            else:
                found += 1
            if found > ENTITIES_MAX:
                break
        return found

    return total(space, 0)
