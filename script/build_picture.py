#!/usr/bin/env python3
"""Draw the picture of the READMEs: the first page of examples/devis.yaml, as docs/devis.png.

    python script/build_picture.py            draws it, and notes what it was drawn from in docs/devis.png.empreinte
    python script/build_picture.py --check    draws nothing; exit 1 when the page has changed since

Needs `pdftoppm` (Debian: poppler-utils) to draw, nothing to check.

Why a digest of the page and not of the PDF: another Pango or WeasyPrint may change the bytes without changing what
one sees at this size, and the picture must not go stale on another machine.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    # Run from a checkout without installing.
    sys.path.insert(0, str(ROOT))

from facture.composition import compose_epreuve  # noqa: E402
from facture.dossier import build_dossier  # noqa: E402
from facture.lecture import Lecteur  # noqa: E402
from facture.render import Epreuve, press  # noqa: E402

SOURCE = ROOT / "examples" / "devis.yaml"
PICTURE = ROOT / "docs" / "devis.png"
DIGEST = ROOT / "docs" / "devis.png.empreinte"
RESOLUTION = 75
"""Dots per inch: 620 pixels wide, readable beside a text."""
MAX_OCTETS = 150_000


def compose_source() -> Epreuve:
    """Return the page to draw."""
    lecture = Lecteur().read(str(SOURCE))
    if lecture.document is None or lecture.document.date is None:
        raise SystemExit(f"{SOURCE}: not a dated document")
    return compose_epreuve(build_dossier(lecture, lecture.document.date))


def compute_digest(epreuve: Epreuve) -> str:
    """Return the SHA-256 of what the page is made of: HTML, style sheets, images; no version of any library."""
    digest = hashlib.sha256()
    parts: list[bytes] = [epreuve.html.encode(), *(css.encode() for css in epreuve.css), epreuve.serre.encode()]
    for name in sorted(epreuve.ressources):
        parts += [name.encode(), epreuve.ressources[name]]
    for part in parts:
        # Lengths first: otherwise « ab » + « c » and « a » + « bc » would be the same page.
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def is_stale() -> bool:
    """Say whether the picture is missing, or shows a page that has changed."""
    if not PICTURE.is_file() or not DIGEST.is_file():
        return True
    return DIGEST.read_text(encoding="ascii").strip() != compute_digest(compose_source())


def draw() -> None:
    """Write the picture and its digest."""
    command = shutil.which("pdftoppm")
    if command is None:
        raise SystemExit("pdftoppm is missing: sudo apt-get install poppler-utils")
    epreuve = compose_source()
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "devis.pdf"
        pdf.write_bytes(press(epreuve))
        options = ["-png", "-singlefile", "-f", "1", "-r", str(RESOLUTION)]
        subprocess.run([command, *options, str(pdf), str(pdf.with_suffix(""))], check=True)
        picture = pdf.with_suffix(".png").read_bytes()
    if len(picture) > MAX_OCTETS:
        raise SystemExit(f"{len(picture)} bytes: lower RESOLUTION, or look at what the page holds")
    PICTURE.write_bytes(picture)
    DIGEST.write_text(compute_digest(epreuve) + "\n", encoding="ascii")


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the picture, or say whether it is stale."""
    parser = argparse.ArgumentParser(description="Draw the picture of the READMEs.")
    parser.add_argument("--check", action="store_true", help="draw nothing; exit 1 when the picture is stale")
    options = parser.parse_args(arguments)
    if options.check:
        if is_stale():
            print("docs/devis.png is stale: run script/build_picture.py", file=sys.stderr)
            return 1
        return 0
    draw()
    print(f"docs/devis.png, {PICTURE.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
