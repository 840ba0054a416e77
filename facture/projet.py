"""The project around a document: `facture.toml`, the folders it may read, and how a reference finds its file.

Why: a reference written in YAML may come from somebody else. What it can open is decided here, once, by real path: the
project (or the document's own folder when there is none) and the folders that `facture.toml` names. Nothing else.
"""

from __future__ import annotations

import itertools
import os
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from facture.errors import ConfigurationError, Diagnostic, Position, RefusError, RessourceError
from facture.source import finding, read_bytes
from facture.typo import suggest

CONFIGURATION = "facture.toml"
DOSSIERS = {
    "emetteur": "emetteurs",
    "client": "clients",
    "conditions": "conditions",
    "devis": "devis",
    "facture": "factures",
}
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
Genre = Literal["dossier", "git", "paquet"]
GENRES: tuple[Genre, ...] = ("dossier", "git", "paquet")
"""Where a library of `facture.toml` is: a folder, a git repository, an installed Python package."""
NOMS_RESERVES = ("projet", "facture")
"""Names that libraries already have: the project's own `clauses/`, and the one shipped with the program."""
NOM_BIBLIOTHEQUE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}", re.ASCII)

_LONGEST = 100_000
RELANCES = {
    "rappel": 5,
    "relance": 15,
    "suspension": 30,
    "mise_en_demeure": 45,
    "delai": 8,
    "promesses_par_semaine": 3,
}
"""`[relances]` and its defaults: days after the due date from which each level is sent, days left to pay, and how many
promises of one week are too many. Source: usage; the law wants no reminder before penalties run."""

_SUBKEYS = {"couleurs": ("principale", "secondaire"), "relances": tuple(RELANCES)}
ECHELLE = ("rappel", "relance", "suspension", "mise_en_demeure")
"""Keys of `[relances]` that say from how many days late each level is sent, in the order of the levels."""
_KINDS: dict[type | tuple[type, ...], str] = {str: "un texte", dict: "un groupe de clés", (list, dict): "une liste"}


@dataclass(frozen=True, slots=True)
class SourceBibliotheque:
    """A library as `facture.toml` names it.

    Attributes:
        adresse: a folder from the project's root, a git address, or the name of an entry point.
        ref: branch, tag or commit of a git repository; "" for the branch it proposes.
        sous: folder of the library inside the repository.
    """

    nom: str
    genre: Genre
    adresse: str
    ref: str = ""
    sous: str = ""
    position: Position = field(default=Position(CONFIGURATION), compare=False)


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
        relances: every key of `RELANCES`, as configured or by default.
        bibliotheques: libraries of clauses, nearest first.
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
    relances: dict[str, int] = field(default_factory=lambda: dict(RELANCES))
    bibliotheques: tuple[SourceBibliotheque, ...] = ()
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


def read_table(projet: Projet, nom: str) -> tuple[bytes, str] | None:
    """Return the bytes of a table of the project's own (`taux.yaml`), and how to name it; None when it has none.

    Raises: RefusError when it lies outside what the project may read (F231), or cannot be read (F230).
    """
    path = projet.racine / nom
    if not os.path.lexists(path):
        return None
    label = display_path(path)
    if not projet.may_read(path):
        message = "ce fichier est hors des dossiers que ce projet peut lire"
        raise RefusError([finding("F231", message, Position(label))])
    try:
        return read_bytes(path, label), label
    except RessourceError as error:
        raise RefusError([finding("F230", str(error).removeprefix(f"{label} : "), Position(label))]) from error


def _read_configuration(path: Path) -> Projet:
    label = display_path(path)
    try:
        text = read_bytes(path, label).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError([finding("F290", "ce fichier n'est pas en UTF-8", Position(label))]) from error
    except RessourceError as error:
        raise ConfigurationError([finding("F290", str(error), Position(label))]) from error
    return parse_configuration(text, path)


def parse_configuration(text: str, path: Path) -> Projet:
    """Return the project that a text of `facture.toml` describes.

    Args:
        path: where the text stands, or will.

    Raises: ConfigurationError (F290 to F292).
    """
    label = display_path(path)
    data = parse_toml(text, label)
    if len(text) > _LONGEST:
        raise ConfigurationError([finding("F290", f"plus de {_LONGEST // 1000} ko", Position(label))])
    positions = locate_keys(text, label)
    findings = _check_keys(data, positions, label)
    racine = path.parent
    roots = [Path(os.path.realpath(racine))]
    libraries = _read_bibliotheques(data.get("bibliotheques", []), racine, positions, label, findings)
    folders = [racine / os.path.expanduser(source.adresse) for source in libraries if source.genre == "dossier"]
    roots += [Path(os.path.realpath(folder)) for folder in folders if is_folder(folder)]
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
        relances={**RELANCES, **data.get("relances", {})},
        bibliotheques=tuple(libraries),
        lisibles=tuple(roots),
        positions=positions,
    )


def parse_toml(text: str, label: str, code: str = "F290") -> dict[str, Any]:
    """Return the plain data of a TOML text.

    Raises: ConfigurationError with the code, at the place that cannot be read.
    """
    try:
        return tomllib.loads(text)
    except ValueError as error:
        # Not only TOMLDecodeError: a number of five thousand digits is refused by Python itself.
        match = re.search(r"at line (\d+), column (\d+)", str(error))
        last = len(text.rstrip("\n").split("\n"))
        place = Position(label, int(match.group(1)), int(match.group(2))) if match else Position(label, last)
        raise ConfigurationError([finding(code, "TOML mal formé", place)]) from error
    except RecursionError as error:
        raise ConfigurationError([finding(code, "trop de niveaux imbriqués", Position(label))]) from error


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
                elif key == "relances":
                    if type(item) is not int or not 1 <= item <= 365:
                        found.append(finding("F292", "un nombre entier de 1 à 365 est attendu", place, f"{key}.{name}"))
                elif not isinstance(item, str):
                    found.append(finding("F292", "un texte est attendu", place, f"{key}.{name}"))
            if key == "relances" and not found:
                found += _check_echelle({**RELANCES, **value}, positions, label)
    return found


def _check_echelle(relances: dict[str, int], positions: dict[str, Position], label: str) -> list[Diagnostic]:
    """Each level of the ladder comes after the one before."""
    found = []
    for before, after in itertools.pairwise(ECHELLE):
        if relances[after] <= relances[before]:
            place = positions.get(f"relances.{after}", positions.get(f"relances.{before}", Position(label)))
            message = f"« {after} » vient à {relances[after]} jours, et « {before} », avant lui, à {relances[before]}"
            found.append(finding("F292", message, place, f"relances.{after}", "donnez des jours qui vont croissant"))
    return found


def _read_bibliotheques(
    value: Any, racine: Path, positions: dict[str, Position], label: str, findings: list[Diagnostic]
) -> list[SourceBibliotheque]:
    """Read `bibliotheques`, a list of folders or a table of named libraries; what is wrong goes to `findings`."""
    if not isinstance(value, (list, dict)):
        return []
    place = positions.get("bibliotheques", Position(label))
    named: list[tuple[str, Any, str, Position]] = []
    if isinstance(value, list):
        for index, item in enumerate(value):
            path = f"bibliotheques[{index}]"
            if not isinstance(item, str) or not item.strip():
                findings.append(finding("F292", "le chemin d'un dossier est attendu", place, path))
            else:
                named.append((os.path.basename(os.path.abspath(racine / item)), item, path, place))
    else:
        for name, item in value.items():
            path = f"bibliotheques.{name}"
            named.append((name, item, path, positions.get(path, place)))
    sources: list[SourceBibliotheque] = []
    for name, item, path, position in named:
        refused = describe_nom_refuse(name, [source.nom for source in sources])
        if refused:
            advice = '[bibliotheques.equipe], puis dossier = "…"' if isinstance(value, list) else ""
            findings.append(finding("F292", refused, position, path, advice and f"donnez-lui un nom : {advice}"))
            continue
        source = _read_source(name, item, position, path, positions, findings)
        if source is not None:
            sources.append(source)
    return sources


def describe_nom_refuse(nom: str, taken: Iterable[str] = ()) -> str:
    """Say why a name cannot be a library's, or return ""."""
    if not NOM_BIBLIOTHEQUE.fullmatch(nom):
        return f"« {nom[:80]} » ne peut pas nommer une bibliothèque : minuscules, chiffres, « - », « _ » et « . »"
    if nom in NOMS_RESERVES:
        return f"« {nom} » est le nom d'une bibliothèque qui existe toujours"
    return f"deux bibliothèques se nomment « {nom} »" if nom in taken else ""


def _read_source(
    name: str,
    item: Any,
    position: Position,
    path: str,
    positions: dict[str, Position],
    findings: list[Diagnostic],
) -> SourceBibliotheque | None:
    """Read one library: a folder's path, or a table with its kind."""
    before = len(findings)
    if isinstance(item, str):
        item = {"dossier": item}
    if not isinstance(item, dict):
        findings.append(finding("F292", "un dossier ou un groupe de clés est attendu", position, path))
        return None
    for key, value in item.items():
        place, inner = positions.get(f"{path}.{key}", position), f"{path}.{key}"
        if key not in (*GENRES, "ref", "sous"):
            near = suggest(key, (*GENRES, "ref", "sous"))
            hint = f" ; vouliez-vous « {near} » ?" if near else ""
            advice = "clés admises : " + ", ".join((*GENRES, "ref", "sous"))
            findings.append(finding("F291", f"clé inconnue{hint}", place, inner, advice))
        elif not isinstance(value, str):
            findings.append(finding("F292", "un texte est attendu", place, inner))
        elif not value.strip():
            findings.append(finding("F292", "texte vide", place, inner))
        elif not value.isprintable():
            findings.append(finding("F292", "caractère invisible ou de contrôle", place, inner))
        elif key in ("ref", "sous") and "git" not in item:
            findings.append(finding("F292", "cette clé ne va qu'avec « git »", place, inner))
        elif key == "sous" and not is_inner_path(value):
            findings.append(finding("F292", f"« {value} » sort du dépôt", place, inner, 'exemple : sous = "clauses"'))
    kinds = [kind for kind in GENRES if kind in item]
    if len(kinds) != 1 and len(findings) == before:
        what = "il manque l'adresse de la bibliothèque" if not kinds else "une seule adresse : " + ", ".join(kinds)
        findings.append(finding("F292", what, position, path, 'dossier = "…", git = "…" ou paquet = "…"'))
    if len(findings) > before:
        return None
    (kind,) = kinds
    return SourceBibliotheque(name, kind, item[kind], item.get("ref", ""), item.get("sous", ""), position)


def is_inner_path(text: str) -> bool:
    """Say whether a relative path, written with `/`, stays inside the folder it starts from."""
    return not re.search(r'[\\:\x00-\x1f<>"|?*]', text) and not text.startswith("/") and ".." not in text.split("/")


def is_folder(path: Path) -> bool:
    """Say whether a folder is there; a name that none can have (too long) names none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def locate_keys(text: str, label: str) -> dict[str, Position]:
    """Find the line of each key of a TOML text, by dotted key: `tomllib` gives values without places."""
    positions: dict[str, Position] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if match := re.match(r"\s*\[+\s*([^\[\]]+?)\s*\]+", line):
            table = _join_key(match.group(1))
            positions.setdefault(table, Position(label, number, match.start(1) + 1))
        elif "=" in line:
            key = _join_key(line.partition("=")[0])
            column = len(line) - len(line.lstrip()) + 1
            positions.setdefault(f"{table}.{key}" if table else key, Position(label, number, column))
    return positions


def _join_key(text: str) -> str:
    """Return `bibliotheques.mon équipe` for `bibliotheques . "mon équipe"`."""
    steps = re.findall(r"\"([^\"]*)\"|'([^']*)'|([^\s.\"']+)", text)
    return ".".join("".join(step) for step in steps)


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
    # `courriers/../clients/x.yaml` is found before there is a folder `courriers/`.
    candidates = [Path(os.path.normpath(candidate)) for candidate in candidates]
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
