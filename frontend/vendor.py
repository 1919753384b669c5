#!/usr/bin/env python3
"""Fill frontend/vendor/ from named npm packages.

Needs `npm`. Writes the files, their licences and manifest.json (name, version, sha256 of each
package's archive and of each file written), so that a change of version is seen in review. Icons
are those named in the sources (`icon = "…"`, `{% icon "…" %}`, `data-icon="…"`) and in ICONS.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
VENDOR = HERE / "vendor"

HTMX, FONT, ICON_SET = "htmx.org", "@fontsource-variable/inter", "lucide-static"
PRINT_FONT = "@expo-google-fonts/inter"  # the same font, whole, as PDF takes it
LAYOUT, CODES = "@dagrejs/dagre", "zxing-wasm"
PACKAGES = {HTMX: "2.0.11", FONT: "5.3.0", ICON_SET: "1.62.0", LAYOUT: "3.1.3", CODES: "3.1.6"}
PACKAGES |= {PRINT_FONT: "0.4.2"}

COPIES = {
    HTMX: {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "licenses/htmx.txt"},
    FONT: {
        "files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
        "files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
        "LICENSE": "licenses/inter.txt",
    },
    PRINT_FONT: {
        "400Regular/Inter_400Regular.ttf": "print/inter-400.ttf",
        "600SemiBold/Inter_600SemiBold.ttf": "print/inter-600.ttf",
        "LICENSE_FONT": "licenses/inter-print.txt",
    },
    ICON_SET: {"LICENSE": "licenses/lucide.txt"},
    LAYOUT: {
        "dist/dagre.esm.js": "dagre.js",
        "LICENSE": "licenses/dagre.txt",
        "dist/dagre.esm.js.LEGAL.txt": "licenses/dagre-parts.txt",
    },
    # In folders as in the package, since the one imports the other by its place.
    CODES: {
        "dist/es/reader/index.js": "zxing/reader/index.js",
        "dist/es/share.js": "zxing/share.js",
        "dist/reader/zxing_reader.wasm": "zxing/reader.wasm",
        "LICENSE": "licenses/zxing-wasm.txt",
    },
}

ICONS = """
activity archive arrow-down arrow-down-up arrow-left arrow-right arrow-up bell blocks book-open
box boxes brick-wall briefcase building building-2 cable calendar chart-column check chevron-down
chevron-left chevron-right chevron-up circle circle-alert circle-check circle-dot circle-help
circle-x clock columns-3 component contact copy cpu database door-open download ellipsis
ethernet-port external-link factory fan file-text filter flag flame folder folder-tree gauge
git-branch globe grid-3x3 grip-vertical hard-drive hash history house id-card import info key
key-round keyboard layers layout-dashboard layout-grid link list list-checks list-filter list-tree
loader-circle lock log-out map-pin memory-stick menu message-square minus monitor monitor-cog moon
move network package panel-left pencil phone plug plug-zap plus power puzzle refresh-cw route
router rows-3 ruler save scale scan-qr-code search server server-cog settings shapes shield
shield-check sliders-horizontal snowflake square square-dashed square-stack square-x sun sun-moon
table tag tags terminal text-cursor-input thermometer trash-2 triangle-alert truck type undo-2
unplug upload usb user user-cog users warehouse waypoints weight wrench x zap
"""

# Drawn here, in the set's manner: 24 units square, lines of 2.
OWN = {
    "rack": (
        '<rect width="14" height="20" x="5" y="2" rx="2"/>'
        '<path d="M5 7h14M5 12h14M5 17h14M8.5 4.5h.01M8.5 9.5h.01M8.5 14.5h.01"/>'
    ),
}

# What the place and size of a shape is told by.
NUMBERS = frozenset("x y width height rx ry cx cy r x1 y1 x2 y2".split())
SOURCE_MAP = re.compile(rb"\n//# sourceMappingURL=\S+\s*\Z")
NAMED = re.compile(
    r"""(?:\bicon(?:\s*:\s*ClassVar\[str\])?\s*=\s*|\{%\s*icon\s+|data-icon=)["']([a-z0-9-]+)["']"""
)


def icon_names() -> list[str]:
    """Every icon the sources name, sorted."""
    found = set(ICONS.split())
    for folder in ROOT.iterdir():
        if not folder.is_dir() or folder.name.startswith(".") or folder.name in ("data", "docs"):
            continue
        for pattern in ("**/*.py", "**/*.html"):
            for path in folder.glob(pattern):
                if path != Path(__file__).resolve():
                    found.update(NAMED.findall(path.read_text(encoding="utf-8")))
    return sorted(found)


def outline(shape: ET.Element) -> str:
    """The lines of a shape as the data of a path."""
    kind, given = shape.tag.rpartition("}")[2], shape.attrib
    number = {name: float(value) for name, value in given.items() if name in NUMBERS}
    if kind == "path":
        # Behind another path, "m" would go on from where that one ended.
        return f"M0 0{given['d']}" if given["d"].startswith("m") else given["d"]
    if kind == "polyline":
        return f"M{given['points']}"
    if kind == "line":
        return "M{x1:g} {y1:g}L{x2:g} {y2:g}".format(**number)
    if kind in ("circle", "ellipse"):
        across = number.get("r") or number["rx"]
        down = number.get("r") or number["ry"]
        arcs = (f"a{across:g} {down:g} 0 1 0 {way * across:g} 0" for way in (2, -2))
        return f"M{number['cx'] - across:g} {number['cy']:g}{''.join(arcs)}z"
    if kind == "rect":
        left, top = number.get("x", 0), number.get("y", 0)
        width, height, round_ = number["width"], number["height"], number.get("rx", 0)
        corner = f"a{round_:g} {round_:g} 0 0 1 " if round_ else "l"
        return (
            f"M{left + round_:g} {top:g}h{width - 2 * round_:g}{corner}{round_:g} {round_:g}"
            f"v{height - 2 * round_:g}{corner}{-round_:g} {round_:g}"
            f"h{2 * round_ - width:g}{corner}{-round_:g} {-round_:g}"
            f"v{2 * round_ - height:g}{corner}{round_:g} {-round_:g}z"
        )
    sys.exit(f"The icon set draws with {kind}, which is not known here.")


def sprite(package: Path) -> str:
    """One SVG with a symbol per icon, each a single path; exits where the set lacks one.

    A page holds a hundred icons, and a browser makes of each as many elements as it has shapes.
    """
    missing, symbols = [], []
    for name in icon_names():
        path = package / "icons" / f"{name}.svg"
        if name in OWN:
            text = f"<svg>{OWN[name]}</svg>"
        elif path.is_file():
            text = path.read_text(encoding="utf-8")
        else:
            missing.append(name)
            continue
        lines = "".join(outline(shape) for shape in ET.fromstring(text))
        # Apart from its numbers, so that who looks for a rack "A2" in a page finds no icon.
        lines = re.sub(r"([A-Z])(?=[\d.-])", r"\1 ", lines)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24"><path d="{lines}"/></symbol>')
    if missing:
        sys.exit(f"The icon set has no: {', '.join(missing)}")
    head = '<svg xmlns="http://www.w3.org/2000/svg">'
    return "\n".join([head, *symbols, "</svg>", ""])


def fetch(name: str, version: str, folder: Path) -> tuple[Path, str]:
    """Folder of the unpacked package and the sha256 of its archive."""
    done = subprocess.run(
        ["npm", "pack", "--silent", f"{name}@{version}", "--pack-destination", str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    archive = folder / done.stdout.split()[-1]
    target = folder / archive.stem
    with tarfile.open(archive) as opened:
        opened.extractall(target, filter="data")
    return target / "package", hashlib.sha256(archive.read_bytes()).hexdigest()


def main() -> None:
    """Fetch every package and write what is used of it."""
    manifest = []
    with tempfile.TemporaryDirectory() as temporary:
        for name, version in PACKAGES.items():
            package, digest = fetch(name, version, Path(temporary))
            written = {}
            for source, target in COPIES[name].items():
                # Source maps are not brought along, so nothing may ask for them.
                written[target] = SOURCE_MAP.sub(b"", (package / source).read_bytes())
            if name == ICON_SET:
                written["icons.svg"] = sprite(package).encode()
            files = {}
            for target, content in written.items():
                path = VENDOR / target
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                files[target] = hashlib.sha256(content).hexdigest()
            manifest.append({"name": name, "version": version, "sha256": digest, "files": files})
    text = json.dumps(manifest, indent=2) + "\n"
    (VENDOR / "manifest.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
