"""`facture.lock`: what each reference meant when it was last accepted.

Why a lock: a library changes under the documents that use it. The lock says of each reference which text was read and
accepted; another text under the same reference is refused, not printed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from facture.errors import (
    ConfigurationError,
    Diagnostic,
    Position,
    RessourceError,
    UsageError,
)
from facture.grammaire import (
    parse_renvoi,
)
from facture.projet import (
    CONFIGURATION,
    Projet,
    describe_nom_refuse,
    display_path,
    locate_keys,
    parse_toml,
)
from facture.source import finding, read_bytes, write_atomic

VERROU = "facture.lock"
_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)
_EMPREINTE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_VERSION_LOCK = 1


@dataclass(frozen=True)
class Epingle:
    """What a reference was when it was last accepted.

    Attributes:
        reference: as documents write it.
        sha256: of what the clause says (`ClauseLue.empreinte`).
    """

    reference: str
    bibliotheque: str
    version: int
    sha256: str


@dataclass(frozen=True)
class BibliothequeEpinglee:
    """Where a library was when the lock was written."""

    genre: str
    adresse: str = ""
    ref: str = ""
    commit: str = ""


class VerrouPlusRecent(ConfigurationError):
    """A lock that a newer version of the program wrote: it is not to be written over."""


@dataclass(frozen=True)
class Verrou:
    """`facture.lock`.

    Attributes:
        bibliotheques: by name.
        clauses: by reference as documents write it: `revisions-comprises`, `equipe:revisions-comprises@1`.
        positions: where each thing stands in the file, by dotted key.
    """

    bibliotheques: Mapping[str, BibliothequeEpinglee] = field(default_factory=dict)
    clauses: Mapping[str, Epingle] = field(default_factory=dict)
    positions: Mapping[str, Position] = field(default_factory=dict, compare=False)


def read_verrou(projet: Projet) -> Verrou | None:
    """Return the project's lock; None when it has none.

    Raises: ConfigurationError (C522) when it cannot be trusted.
    """
    path = projet.racine / VERROU
    if not projet.exists or not os.path.lexists(path):
        return None
    label = display_path(path)
    try:
        text = read_bytes(path, label).decode("utf-8-sig")
    except RessourceError as error:
        reason = str(error).removeprefix(f"{label} : ")
        raise ConfigurationError([finding("C522", reason, Position(label))]) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError([finding("C522", "ce fichier n'est pas en UTF-8", Position(label))]) from error
    data = parse_toml(text, label, "C522")
    reader = _LecteurVerrou(label, locate_keys(text, label))
    verrou = reader.read(data)
    if reader.findings:
        raise (VerrouPlusRecent if reader.is_newer else ConfigurationError)(reader.findings)
    return verrou


class _LecteurVerrou:
    """Checks the plain data of a lock: what we did not write is refused."""

    def __init__(self, label: str, positions: dict[str, Position]) -> None:
        self.label = label
        self.positions = positions
        self.findings: list[Diagnostic] = []
        self.is_newer = False

    def read(self, data: dict[str, object]) -> Verrou:
        self._check_keys(data, "", ("version", "bibliotheques", "clauses"))
        version = data.get("version")
        if version != _VERSION_LOCK or isinstance(version, bool):
            newer = isinstance(version, int) and version > _VERSION_LOCK
            advice = "mettez facture à jour" if newer else ""
            what = "écrit par une version plus récente de facture" if newer else "« version » inconnue"
            self._refuse("version", what, advice)
            self.is_newer = newer
        libraries, clauses = {}, {}
        for nom, entry in self._read_table(data, "bibliotheques").items():
            if read := self._read_bibliotheque(f"bibliotheques.{nom}", nom, entry):
                libraries[nom] = read
        for reference, entry in self._read_table(data, "clauses").items():
            if pin := self._read_epingle(f"clauses.{reference}", reference, entry):
                clauses[reference] = pin
        return Verrou(libraries, clauses, self.positions)

    def _refuse(self, path: str, message: str, advice: str = "") -> None:
        place = self.positions.get(path) or self.positions.get(path.rpartition(".")[0]) or Position(self.label)
        self.findings.append(finding("C522", message, place, path, advice))

    def _check_keys(self, data: dict[str, object], path: str, known: tuple[str, ...]) -> None:
        for key in data:
            if key not in known:
                self._refuse(f"{path}.{key}" if path else key, "clé inconnue")

    def _read_table(self, data: dict[str, object], key: str) -> dict[str, object]:
        value = data.get(key, {})
        if isinstance(value, dict):
            return value
        self._refuse(key, "un groupe de clés est attendu")
        return {}

    def _read_text(self, entry: dict[str, object], path: str, key: str, *, needed: bool = False) -> str:
        value = entry.get(key, "")
        if not isinstance(value, str) or (needed and not value) or len(value) > 2000:
            self._refuse(f"{path}.{key}" if key in entry else path, f"« {key} » : un texte est attendu")
            return ""
        return value

    def _read_bibliotheque(self, path: str, nom: str, entry: object) -> BibliothequeEpinglee | None:
        before = len(self.findings)
        if refused := describe_nom_refuse(nom):
            self._refuse(path, refused)
        if not isinstance(entry, dict):
            self._refuse(path, "un groupe de clés est attendu")
            return None
        self._check_keys(entry, path, ("genre", "adresse", "ref", "commit"))
        genre = self._read_text(entry, path, "genre", needed=True)
        adresse = self._read_text(entry, path, "adresse", needed=True)
        ref = self._read_text(entry, path, "ref")
        commit = self._read_text(entry, path, "commit", needed=genre == "git")
        if genre and genre not in ("dossier", "git", "paquet"):
            self._refuse(f"{path}.genre", f"« {genre} » : dossier, git ou paquet")
        # A commit names a folder of the cache: nothing else than a commit may stand there.
        if commit and not _COMMIT.fullmatch(commit):
            self._refuse(f"{path}.commit", "un commit a 40 chiffres hexadécimaux")
        return BibliothequeEpinglee(genre, adresse, ref, commit) if len(self.findings) == before else None

    def _read_epingle(self, path: str, reference: str, entry: object) -> Epingle | None:
        before = len(self.findings)
        renvoi = parse_renvoi(reference)
        if renvoi is None:
            self._refuse(path, f"« {reference[:80]} » n'est pas le nom d'une clause")
        if not isinstance(entry, dict):
            self._refuse(path, "un groupe de clés est attendu")
            return None
        self._check_keys(entry, path, ("bibliotheque", "version", "sha256"))
        library = self._read_text(entry, path, "bibliotheque", needed=True)
        version = entry.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= 9999:
            self._refuse(path, "« version » : un entier à partir de 1 est attendu")
        digest = self._read_text(entry, path, "sha256", needed=True)
        if digest and not _EMPREINTE.fullmatch(digest):
            self._refuse(path, "« sha256 » : 64 chiffres hexadécimaux sont attendus")
        # A reference that says its version or its library is pinned to those, or the file was mended by hand.
        agrees = renvoi is None or (renvoi.version in (0, version) and renvoi.bibliotheque in ("", library))
        if not agrees:
            self._refuse(path, "cette référence et son épingle ne disent pas la même chose")
        if len(self.findings) > before or not isinstance(version, int):
            return None
        return Epingle(reference, library, version, digest)


def dump_verrou(verrou: Verrou) -> str:
    """Return the text of a lock: one line a clause, in a fixed order, so that git shows and merges what changed."""
    lines = [
        "# Écrit par facture (facture library update) : à garder dans git, à côté de facture.toml.",
        f"version = {_VERSION_LOCK}",
    ]
    for nom, library in sorted(verrou.bibliotheques.items()):
        lines += ["", f"[bibliotheques.{dump_key(nom)}]", f"genre = {dump_toml(library.genre)}"]
        for key in ("adresse", "ref", "commit"):
            if value := getattr(library, key):
                lines.append(f"{key} = {dump_toml(value)}")
    if verrou.clauses:
        lines += ["", "[clauses]"]
    for reference, pin in sorted(verrou.clauses.items()):
        lines.append(
            f"{dump_key(reference)} = {{ bibliotheque = {dump_toml(pin.bibliotheque)}, version = {pin.version}, "
            f"sha256 = {dump_toml(pin.sha256)} }}"
        )
    return "\n".join(lines) + "\n"


def write_verrou(projet: Projet, verrou: Verrou) -> Path:
    """Write the project's lock, and return its path.

    Raises: UsageError without a project; RessourceError when it cannot be written.
    """
    if not projet.exists:
        raise UsageError(f"pas de {CONFIGURATION} ici : créez un projet (facture init)")
    path = projet.racine / VERROU
    write_atomic(path, dump_verrou(verrou).encode("utf-8", "surrogateescape"))
    return path


def dump_toml(text: str) -> str:
    """Return a text as a TOML basic string."""

    def escape(match: re.Match[str]) -> str:
        known = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
        return known.get(match[0], f"\\u{ord(match[0]):04X}")

    return '"' + re.sub('["\\\\\x00-\x1f\x7f]', escape, text) + '"'


def dump_key(key: str) -> str:
    """Return a TOML key, quoted when it has to be."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key, re.ASCII) else dump_toml(key)
