"""Where the data shipped with facture lies.

Why: `clauses/` and `templates/` sit at the root of the repository, where people read and edit them, but a
wheel installs only what belongs to a package. `setup.cfg` therefore maps them to `facture/_data/`, and this
module is the only one that knows of the two places. A plain path from `__file__` works in a wheel, an sdist,
an editable install and a source tree; `jinja2.PackageLoader` and `importlib.resources` fail in the last two,
where `facture._data` does not exist.
"""

from functools import cache
from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def resource_dir(name: Literal["clauses", "templates"]) -> Path:
    """Return the absolute folder of shipped data.

    Args:
        name: `clauses` (the shipped clause library) or `templates` (pages, stylesheet, fonts).

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    # Beside an installed package, a folder `templates` is someone else's: only `_data` counts there.
    data = _PACKAGE / "_data"
    folder = (data if data.is_dir() else _PACKAGE.parent) / name
    if not folder.is_dir():
        raise FileNotFoundError(f"installation incomplète : dossier « {folder} » introuvable")
    return folder


@cache
def load_couverture() -> frozenset[int]:
    """Return the code points that every face of the shipped typeface can draw."""
    covered: set[int] = set()
    text = (resource_dir("templates") / "polices" / "couverture.txt").read_text(encoding="ascii")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            first, _, last = line.partition("-")
            covered.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(covered)
