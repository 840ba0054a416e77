"""The project around a document: `facture.toml`, the folders it may read, and how a reference finds its file.

Why: a reference written in YAML may come from somebody else. What it can open is decided here, once, by real path: the
project (or the document's own folder when there is none) and the folders that `facture.toml` names. Nothing else.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facture.errors import ConfigurationError, Diagnostic, Position, RessourceError
from facture.source import finding, read_bytes
from facture.typo import suggest

CONFIGURATION = "facture.toml"
DOSSIERS = {"emetteur": "emetteurs", "client": "clients", "conditions": "conditions"}
"""Where a project keeps what a document refers to, by the key that refers to it."""

_KEYS: dict[str, type | tuple[type, ...]] = {
    "emetteur": str,
    "sortie": str,
    "theme": str,
    "bibliotheques": (list, dict),
    "series": dict,
    "couleurs": dict,
    "relances": dict,
    "approbations": dict,
}
_LONGEST = 100_000
_SUBKEYS = {"couleurs": ("principale", "secondaire")}
_KINDS: dict[type | tuple[type, ...], str] = {str: "un texte", dict: "un groupe de clés", (list, dict): "une liste"}


@dataclass(frozen=True)
class Projet:
    """A folder with `facture.toml`, or the folder of a lone file (then `fichier` is None).

    Attributes:
        racine: the folder.
        fichier: the configuration file, when there is one.
        emetteur: default emetteur, a name or a path.
        sortie: folder of the PDFs, from `racine`.
        theme: name of a folder of the project, or of the theme we ship.
        couleurs: `principale` and `secondaire`, as `#rrggbb`.
        lisibles: folders that references may read, by real path.
        positions: where each configured value stands, by dotted key.
    """

    racine: Path
    fichier: Path | None = None
    emetteur: str | None = None
    sortie: str = "sortie"
    theme: str = "sobre"
    couleurs: dict[str, str] = field(default_factory=dict)
    series: dict[str, Any] = field(default_factory=dict)
    lisibles: tuple[Path, ...] = ()
    positions: dict[str, Position] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """True when a `facture.toml` marks the project."""
        return self.fichier is not None

    def may_read(self, path: Path) -> bool:
        """Say whether a file lies, by real path, in a folder that this project may read."""
        try:
            real = Path(os.path.realpath(path))
        except (OSError, ValueError):
            return False
        return any(real.is_relative_to(folder) for folder in self.lisibles)


def find_projet(start: Path) -> Projet:
    """Return the project that holds a folder: the nearest `facture.toml` upwards, or the folder alone.

    Raises: ConfigurationError (F290 to F292, exit 2) when `facture.toml` is wrong.
    """
    folder = Path(os.path.abspath(start))
    for candidate in (folder, *folder.parents):
        if (candidate / CONFIGURATION).is_file():
            return _read_configuration(candidate / CONFIGURATION)
    return Projet(racine=folder, lisibles=(Path(os.path.realpath(folder)),))


def display_path(path: Path) -> str:
    """Return a path as short as it can be said from the current folder."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return str(path)
    return relative if not relative.startswith(f"..{os.sep}..") else str(path)


def _read_configuration(path: Path) -> Projet:
    label = display_path(path)
    try:
        text = read_bytes(path, label).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError([finding("F290", "ce fichier n'est pas en UTF-8", Position(label))]) from error
    except RessourceError as error:
        raise ConfigurationError([finding("F290", str(error), Position(label))]) from error
    try:
        data = tomllib.loads(text)
    except ValueError as error:
        # Not only TOMLDecodeError: a number of five thousand digits is refused by Python itself.
        match = re.search(r"at line (\d+), column (\d+)", str(error))
        last = len(text.rstrip("\n").split("\n"))
        place = Position(label, int(match.group(1)), int(match.group(2))) if match else Position(label, last)
        raise ConfigurationError([finding("F290", "TOML mal formé", place)]) from error
    except RecursionError as error:
        raise ConfigurationError([finding("F290", "trop de niveaux imbriqués", Position(label))]) from error
    if len(text) > _LONGEST:
        raise ConfigurationError([finding("F290", f"plus de {_LONGEST // 1000} ko", Position(label))])
    positions = _locate_keys(text, label)
    findings = _check_keys(data, positions, label)
    racine = path.parent
    roots = [Path(os.path.realpath(racine))]
    libraries = data.get("bibliotheques", [])
    for name in libraries if isinstance(libraries, list) else libraries.values():
        if isinstance(name, str) and (racine / name).is_dir():
            roots.append(Path(os.path.realpath(racine / name)))
    couleurs = data.get("couleurs")
    for name, value in couleurs.items() if isinstance(couleurs, dict) else ():
        if isinstance(value, str) and not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            place = positions.get(f"couleurs.{name}", Position(label))
            findings.append(
                finding("F292", f"« {value} » n'est pas une couleur", place, f"couleurs.{name}", "écrivez #1d4e5f")
            )
    if findings:
        raise ConfigurationError(findings)
    return Projet(
        racine=racine,
        fichier=path,
        emetteur=data.get("emetteur"),
        sortie=data.get("sortie", "sortie"),
        theme=data.get("theme", "sobre"),
        couleurs=data.get("couleurs", {}),
        series=data.get("series", {}),
        lisibles=tuple(roots),
        positions=positions,
    )


def _check_keys(data: dict[str, Any], positions: dict[str, Position], label: str) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for key, value in data.items():
        place = positions.get(key, Position(label))
        if key not in _KEYS:
            near = suggest(key, _KEYS)
            hint = f" ; vouliez-vous « {near} » ?" if near else ""
            found.append(finding("F291", f"clé inconnue{hint}", place, key, "clés admises : " + ", ".join(_KEYS)))
        elif isinstance(value, str) and not value.isprintable():
            found.append(finding("F292", "caractère invisible ou de contrôle", place, key))
        elif not isinstance(value, _KEYS[key]):
            found.append(finding("F292", f"{_KINDS[_KEYS[key]]} est attendu", place, key))
        elif key in _SUBKEYS and isinstance(value, dict):
            for name, item in value.items():
                place = positions.get(f"{key}.{name}", place)
                if name not in _SUBKEYS[key]:
                    near = suggest(name, _SUBKEYS[key])
                    hint = f" ; vouliez-vous « {near} » ?" if near else ""
                    found.append(finding("F291", f"clé inconnue{hint}", place, f"{key}.{name}"))
                elif not isinstance(item, str):
                    found.append(finding("F292", "un texte est attendu", place, f"{key}.{name}"))
    return found


def _locate_keys(text: str, label: str) -> dict[str, Position]:
    """Find the line of each key: `tomllib` gives values without places."""
    positions: dict[str, Position] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if match := re.match(r"\s*\[+\s*([^\[\]]+?)\s*\]+", line):
            table = re.sub(r"[\"'\s]", "", match.group(1))
            positions.setdefault(table, Position(label, number, match.start(1) + 1))
        elif "=" in line:
            key = re.sub(r"[\"'\s]", "", line.partition("=")[0])
            column = len(line) - len(line.lstrip()) + 1
            positions.setdefault(f"{table}.{key}" if table else key, Position(label, number, column))
    return positions


def resolve_reference(
    projet: Projet,
    reference: str,
    beside: Path,
    kind: str,
    position: Position,
    path: str,
    *,
    suits: Callable[[Path], bool] = lambda _: True,
) -> tuple[Path | None, Diagnostic | None]:
    """Find the file that a reference names.

    A name is looked up beside the file, then in the project's folder of its kind; a path from the file's folder, then
    from the project's root.

    Args:
        projet: the project, which says what may be read.
        reference: `dupont`, `../clients/dupont.yaml`.
        beside: folder of the file that holds the reference.
        kind: key of `DOSSIERS`.
        position: where the reference stands.
        path: its path in the document, for the diagnostic.
        suits: says whether a file found by name is of the kind sought. Why: `devis/dupont.yaml` may well hold
            `client: dupont`, and means the client, not the devis of that name beside it or itself.

    Returns: the file, or the finding that says why there is none (F230 missing, F231 not allowed).
    """
    is_path = "/" in reference or "\\" in reference or reference.endswith((".yaml", ".yml"))
    if is_path:
        candidates = [beside / reference, projet.racine / reference]
    else:
        folder = projet.racine / DOSSIERS[kind]
        candidates = [beside / f"{reference}.yaml", folder / f"{reference}.yaml", folder / f"{reference}.yml"]
    allowed = [candidate for candidate in candidates if projet.may_read(candidate)]
    found = [candidate for candidate in allowed if _is_file(candidate)]
    if found:
        return next((candidate for candidate in found if is_path or suits(candidate)), found[0]), None
    if not allowed:
        message = f"« {reference} » : hors des dossiers que ce document peut lire"
        advice = "" if projet.exists else "créez un projet autour de vos fichiers : facture init"
        return None, finding("F231", message, position, path, advice)
    tried = ", ".join(dict.fromkeys(display_path(candidate) for candidate in allowed))
    near = "" if is_path else suggest(reference, _names_in(projet.racine / DOSSIERS[kind], beside)) or ""
    hint = f" ; vouliez-vous « {near} » ?" if near else ""
    return None, finding("F230", f"« {reference} » introuvable{hint}", position, path, f"cherché : {tried}")


def _is_file(path: Path) -> bool:
    """Say whether a file is there; a name that no file can have (too long, a null in it) names none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _names_in(*folders: Path) -> list[str]:
    names: list[str] = []
    for folder in folders:
        if folder.is_dir():
            names += [entry.stem for entry in sorted(folder.iterdir())[:500] if entry.suffix in (".yaml", ".yml")]
    return names
