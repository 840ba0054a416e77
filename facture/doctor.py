"""What `facture doctor` says: versions, libraries, fonts, byte-code, configuration and where each value came from."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facture import __version__
from facture.projet import Projet, display_path, find_projet
from facture.render import fingerprint, hb_subset_available
from facture.ressources import load_couverture, resource_dir
from facture.validation import INSTALLATION, describe_rules

_PACKAGES = ("weasyprint", "pydantic", "jinja2", "PyYAML", "click", "babel", "num2words", "segno", "python-stdnum")


@dataclass
class Rapport:
    """Sections of `(label, value)`, and what should be done.

    Attributes:
        problems: advice, in words.
        usable: False when nothing can be rendered.
    """

    sections: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    usable: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the report for `--format json`."""
        return {
            "sections": {title: dict(rows) for title, rows in self.sections},
            "problemes": self.problems,
            "utilisable": self.usable,
        }


def examine(folder: Path) -> Rapport:
    """Look at the machine and at the project around a folder.

    Raises: ConfigurationError when `facture.toml` is wrong.
    """
    report = Rapport()
    report.sections.append(("Programme", _program(report)))
    report.sections.append(("Rendu", _rendering(report)))
    report.sections.append(("Facture électronique", _e_invoice()))
    report.sections.append(("Configuration", _configuration(find_projet(folder))))
    return report


def _program(report: Rapport) -> list[tuple[str, str]]:
    rows = [
        ("facture", f"{__version__} ({display_path(Path(__file__).parent)})"),
        ("Python", f"{platform.python_version()} ({sys.executable})"),
        ("système", platform.platform()),
    ]
    rows += [(name, _version(name)) for name in _PACKAGES]
    compiled = _is_compiled("weasyprint") and _is_compiled("facture")
    rows.append(("code compilé", "oui" if compiled else "non"))
    if not compiled:
        report.problems.append(
            f"compilez le code pour un démarrage deux fois plus rapide : {sys.executable} -m compileall -q "
            f"{sysconfig.get_path('purelib')}"
        )
    return rows


def _rendering(report: Rapport) -> list[tuple[str, str]]:
    found = dict(fingerprint())
    rows = [
        (label, value) for label, value in found.items() if label not in ("facture", "weasyprint", "harfbuzz-subset")
    ]
    if not found.get("pango") or found["pango"].startswith("absent"):
        report.usable = False
        report.problems.append("installez Pango : sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    subset = hb_subset_available()
    rows.append(("HarfBuzz-Subset", "présent" if subset else "absent"))
    if not subset:
        report.problems.append(
            "installez HarfBuzz-Subset, trois fois plus rapide : sudo apt-get install libharfbuzz-subset0"
        )
    folder = resource_dir("templates") / "polices"
    faces = sorted(path.stem for path in folder.glob("*.ttf"))
    rows.append(("fichiers de police", f"{len(faces)} dans {display_path(folder)} : {', '.join(faces)}"))
    rows.append(("caractères couverts", str(len(load_couverture()))))
    if len(faces) < 4:
        report.usable = False
        report.problems.append("réinstallez facture : des polices manquent")
    return rows


def _e_invoice() -> list[tuple[str, str]]:
    # An extra: its absence is said with what to install, and is no problem of this machine.
    return [("validateurs officiels", describe_rules() or f"absents : {INSTALLATION}")]


def _configuration(projet: Projet) -> list[tuple[str, str]]:
    if projet.fichier is None:
        return [("facture.toml", "aucun : chaque document ne lit que son dossier (facture init en crée un)")]
    rows = [("facture.toml", display_path(projet.fichier))]
    values = {
        "emetteur": projet.emetteur or "aucun",
        "sortie": projet.sortie,
        "theme": projet.theme,
        "couleurs.principale": projet.couleurs.get("principale", "#1d4e5f"),
        "couleurs.secondaire": projet.couleurs.get("secondaire", "#8a3b1f"),
    }
    for key, value in values.items():
        place = projet.positions.get(key)
        rows.append((key, f"{value}  ({f'ligne {place.line}' if place else 'par défaut'})"))
    rows.append(("dossiers lisibles", ", ".join(display_path(path) for path in projet.lisibles)))
    return rows


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def _is_compiled(module: str) -> bool:
    spec = importlib.util.find_spec(module)
    return spec is not None and spec.cached is not None and Path(spec.cached).exists()
