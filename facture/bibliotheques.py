"""The libraries of clauses of a project: which there are, and what a reference finds in them.

Why reading is lazy: a devis names twelve clauses, a library holds two thousand. A folder is listed once; a file is
parsed when something asks for it, once.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar

from facture import depots
from facture.clauses import (
    MAX_OCTETS_CLAUSE,
    ClauseLue,
    read_clause_file,
    say_refusal,
    to_data,
)
from facture.errors import (
    ConfigurationError,
    Diagnostic,
    Position,
    RefusError,
    RessourceError,
    UsageError,
)
from facture.grammaire import (
    IDENTIFIANT_CLAUSE,
    Citations,
    ClauseCitee,
    Modele,
    Mot,
    Phrase,
    Renvoi,
    parse_renvoi,
    validate,
)
from facture.projet import (
    CONFIGURATION,
    Projet,
    SourceBibliotheque,
    describe_nom_refuse,
    display_path,
    is_folder,
    parse_configuration,
    parse_toml,
)
from facture.ressources import resource_dir
from facture.source import Table, finding, locate, parse, read_bytes
from facture.typo import suggest
from facture.verrou import VERROU, BibliothequeEpinglee, Epingle, Verrou, dump_key, dump_toml, read_verrou

GROUPE = "facture.clauses"
"""Entry points of Python packages that hold a library."""
ANCIENNES = "anciennes"
MODELES = "modeles"
MANIFESTE = "bibliotheque.yaml"
DOSSIER_CLAUSES = "clauses"
"""Where a project keeps its own library."""
MAX_SUGGESTIONS = 50

Genre = Literal["projet", "dossier", "git", "paquet", "facture"]
_M = TypeVar("_M", bound=Modele)
_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)
_ANCIENNE = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)@([1-9][0-9]{0,3})", re.ASCII)


# --- What a library says of itself -----------------------------------------------------------------------------------


class Manifeste(Modele):
    """`bibliotheque.yaml`: the title of a library, its licence, and the order of its chapters."""

    titre: Mot | None = None
    licence: Mot | None = None
    themes: dict[str, Mot] | None = None


class FicheModele(Modele):
    """`modeles/<nom>.yaml`: the clauses of general conditions, in their order."""

    titre: Mot | None = None
    aide: Phrase | None = None
    clauses: Citations = ()


@dataclass(frozen=True)
class Bibliotheque:
    """A library that was found.

    Attributes:
        racine: its folder, by real path: a file is read only when it lies inside.
        adresse: as `facture.toml` writes it.
        commit: what is read of a git repository.
        themes: title of each theme, in the order of the chapters.
    """

    nom: str
    genre: Genre
    racine: Path
    adresse: str = ""
    ref: str = ""
    commit: str = ""
    licence: str = ""
    titre: str = ""
    themes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModeleClauses:
    """A preset: general conditions ready to be filled.

    Attributes:
        clauses: for every public; those written for another one are left out of a document.
        racine: the nodes of its file, for positions.
    """

    nom: str
    titre: str
    aide: str
    clauses: tuple[ClauseCitee, ...]
    bibliotheque: str
    racine: Table
    fichier: Path

    def place(self, index: int) -> Position:
        """Return where one of its clauses is named."""
        return locate(self.racine, ("clauses", index))[0]

    def place_value(self, index: int, name: str, *, at_key: bool = False) -> Position:
        """Return where a value given to one of its clauses stands, or its name."""
        return locate(self.racine, ("clauses", index, self.clauses[index].cle, name), at_key=at_key)[0]


# --- Folders ---------------------------------------------------------------------------------------------------------


class _Rayon:
    """The files of one library, listed once: by name, never by content."""

    def __init__(self, racine: Path) -> None:
        self.racine = racine
        self.label = display_path(racine)
        self.courantes: dict[str, Path] = {}
        self.anciennes: dict[str, dict[int, Path]] = {}
        self.modeles: dict[str, Path] = {}
        self.refuses: list[tuple[Path, str]] = []
        """Files that no reference can ever find, and why."""
        self.dehors: set[Path] = set()
        for path in self._list(racine):
            if path.name == MANIFESTE:
                continue
            if self._check_name(path, IDENTIFIANT_CLAUSE, "exemple : acompte-a-la-commande.yaml"):
                self.courantes[path.stem] = path
        for path in self._list(racine / ANCIENNES):
            if self._check_name(path, _ANCIENNE, "exemple : acompte-a-la-commande@1.yaml"):
                ident, _, version = path.stem.partition("@")
                self.anciennes.setdefault(ident, {})[int(version)] = path
        for path in self._list(racine / MODELES):
            if self._check_name(path, IDENTIFIANT_CLAUSE, "exemple : prestation-intellectuelle.yaml"):
                self.modeles[path.stem] = path

    def name(self, path: Path) -> str:
        """Return how a file of this library is named in findings."""
        return f"{self.label}{os.sep}{path.relative_to(self.racine)}"

    def _list(self, folder: Path) -> list[Path]:
        """Return the YAML files of a folder by name; those that lead outside are remembered as such."""
        try:
            if not self._is_inside(folder):
                return []
            with os.scandir(folder) as entries:
                found = [(entry.name, entry.is_symlink()) for entry in entries if not entry.name.startswith(".")]
        except OSError:
            return []
        paths = []
        for name, is_link in sorted(found, key=lambda entry: (entry[0].rpartition(".")[0], entry[0])):
            if not name.lower().endswith((".yaml", ".yml")):
                continue
            paths.append(folder / name)
            # Only a link can lead elsewhere: the rest is not worth the price of a real path.
            if is_link and not self._is_inside(folder / name):
                self.dehors.add(folder / name)
        return paths

    def _is_inside(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.racine)

    def _check_name(self, path: Path, pattern: re.Pattern[str], example: str) -> bool:
        if path.suffix == ".yaml" and len(path.stem) <= 70 and pattern.fullmatch(path.stem):
            return True
        self.refuses.append((path, example))
        return False


def find_dossier_paquet(nom: str) -> Path | None:
    """Return the folder of a library that an installed package declares, without importing the package.

    Why: looking for a text must not run anybody's code.
    """
    # Loaded late: few projects have such a library, and every command would pay for it.
    from importlib import metadata, util

    for entry in metadata.entry_points(group=GROUPE, name=nom):
        inner = entry.value.partition(":")[0].strip()
        if not re.fullmatch(r"\w+(\.\w+)*", inner):
            continue
        top, *rest = inner.split(".")
        if entry.dist is not None:
            folder = Path(str(entry.dist.locate_file("/".join([top, *rest]))))
            if folder.is_dir():
                return folder
        # An editable install leaves in site-packages only a pointer to where its sources are; finding the outermost
        # package runs none of its code.
        try:
            spec = util.find_spec(top)
        except (ImportError, ValueError):
            continue
        for place in (spec.submodule_search_locations or ()) if spec else ():
            folder = Path(place, *rest)
            if folder.is_dir():
                return folder
    return None


def locate_depot(projet: Projet, source: SourceBibliotheque) -> str:
    """Return the address to hand over to `depots` for a git library of a project."""
    return depots.resolve_adresse(source.adresse, projet.racine)


def fetch_depot(projet: Projet, source: SourceBibliotheque, commit: str = "") -> str:
    """Put a git library of a project in the cache, and return its commit. Asks the network.

    Args:
        commit: the one wanted; "" for what the library's reference means now.

    Raises: RefusError (C535, exit 3) at the library's line of `facture.toml`.
    """
    try:
        return depots.fetch(locate_depot(projet, source), commit or source.ref)[0]
    except depots.DepotInaccessible as error:
        raise RefusError([_say_inaccessible(source, error)]) from error


def resolve_depot(projet: Projet, source: SourceBibliotheque) -> str:
    """Return the commit that a git library's reference means now. Asks the network.

    Raises: RefusError (C535, exit 3) at the library's line of `facture.toml`.
    """
    try:
        return depots.resolve_ref(locate_depot(projet, source), source.ref)
    except depots.DepotInaccessible as error:
        raise RefusError([_say_inaccessible(source, error)]) from error


def _say_inaccessible(source: SourceBibliotheque, error: depots.DepotInaccessible) -> Diagnostic:
    return finding("C535", str(error), source.position, f"bibliotheques.{source.nom}")


# --- The libraries of a project --------------------------------------------------------------------------------------


class Fonds:
    """Every library of one project, nearest first; each file is read once, when something asks for it."""

    def __init__(self, projet: Projet, verrou: Verrou | None = None) -> None:
        """Find the libraries of a project.

        Args:
            projet: the project, or the folder of a lone file.
            verrou: the lock to follow; None for the project's own. `Verrou()` follows none and pins nothing.
        """
        self.projet = projet
        self.constats: list[Diagnostic] = []
        self.verrou = verrou
        self._fichiers: dict[Path, None] = {}
        self._lues: dict[Path, tuple[ClauseLue | None, list[Diagnostic]]] = {}
        self._modeles: dict[Path, tuple[ModeleClauses | None, list[Diagnostic]]] = {}
        self._rayons: dict[str, _Rayon] = {}
        self._manifestes: dict[str, list[Diagnostic]] = {}
        self._absentes: set[str] = set()
        self._manquees = 0
        self._joignent: list[ClauseLue] | None = None
        self._visibles: list[ClauseLue] | None = None
        self.demandees: dict[str, None] = {}
        """Every reference that was looked for, as it was written: what a lock has to pin."""
        if verrou is None:
            self._read_verrou()
        self._par_nom: dict[str, Bibliotheque] = {}
        self.bibliotheques: tuple[Bibliotheque, ...] = self._find_bibliotheques()

    # --- finding the libraries

    def _read_verrou(self) -> None:
        try:
            self.verrou = read_verrou(self.projet)
        except ConfigurationError as error:
            self.constats += error.diagnostics
        if self.verrou is not None:
            self._fichiers[self.projet.racine / VERROU] = None

    def _find_bibliotheques(self) -> tuple[Bibliotheque, ...]:
        found: list[tuple[Bibliotheque, Path]] = []
        own = self.projet.racine / DOSSIER_CLAUSES
        if os.path.lexists(own):
            # An unusable library must not be taken for none: the shipped text would stand in for the project's own.
            if problem := self._refuse_own(own):
                self.constats.append(
                    finding("C503", problem, Position(display_path(own)), advice="vérifiez ce dossier")
                )
            else:
                found.append((Bibliotheque("projet", "projet", own), own))
        for source in self.projet.bibliotheques:
            folder, commit = self._find_source(source)
            if folder is None:
                self._absentes.add(source.nom)
            else:
                library = Bibliotheque(source.nom, source.genre, folder, source.adresse, source.ref, commit)
                found.append((library, folder))
        shipped = resource_dir("clauses")
        found.append((Bibliotheque("facture", "facture", shipped), shipped))
        # The same folder under two names (facture's own repository is a project too): the farther one stays, since it
        # is the name that other people's documents know; the nearer still leads to it.
        by_folder: dict[Path, Bibliotheque] = {}
        for library, folder in found:
            racine = Path(os.path.realpath(folder))
            by_folder.pop(racine, None)
            by_folder[racine] = replace(library, racine=racine)
        opened = {racine: self._open(library) for racine, library in by_folder.items()}
        self._par_nom = {library.nom: opened[Path(os.path.realpath(folder))] for library, folder in found}
        return tuple(opened.values())

    def _refuse_own(self, own: Path) -> str:
        if not is_folder(own):
            return "« clauses » n'est pas un dossier"
        if not Path(os.path.realpath(own)).is_relative_to(os.path.realpath(self.projet.racine)):
            return "« clauses » est un lien vers un dossier hors du projet"
        if not os.access(own, os.R_OK | os.X_OK):
            return "« clauses » ne peut pas être lu : droits insuffisants"
        return ""

    def _find_source(self, source: SourceBibliotheque) -> tuple[Path | None, str]:
        """Return the folder of a library of `facture.toml`, and its commit; what is missing goes to the findings."""

        def miss(message: str, advice: str = "") -> tuple[None, str]:
            path = f"bibliotheques.{source.nom}"
            self.constats.append(finding("C503", message, source.position, path, advice))
            return None, ""

        if source.genre == "dossier":
            folder = self.projet.racine / os.path.expanduser(source.adresse)
            if is_folder(folder):
                return folder, ""
            return miss(
                f"dossier « {source.adresse} » introuvable", f"corrigez {CONFIGURATION}, ou remettez le dossier"
            )
        if source.genre == "paquet":
            package = find_dossier_paquet(source.adresse)
            if package is not None:
                return package, ""
            return miss(
                f"aucun paquet installé n'a le point d'entrée « {source.adresse} » du groupe {GROUPE}",
                "installez le paquet dans le même environnement que facture",
            )
        pinned = self.verrou.bibliotheques.get(source.nom) if self.verrou else None
        if pinned is not None and (pinned.genre, pinned.adresse, pinned.ref) != ("git", source.adresse, source.ref):
            return miss(
                f"{CONFIGURATION} a changé l'adresse ou la référence de « {source.nom} » depuis {VERROU}",
                "acceptez-la : facture library update",
            )
        commit = pinned.commit if pinned else source.ref
        if not _COMMIT.fullmatch(commit):
            return miss(f"« {source.nom} » n'est pas encore dans {VERROU}", "épinglez-la : facture library update")
        cached = depots.find_cached(locate_depot(self.projet, source), commit)
        if cached is None:
            return miss(f"« {source.nom} » : le commit {commit[:12]} n'est pas sur cette machine")
        folder = cached / source.sous if source.sous else cached
        if not is_folder(folder):
            return miss(f"« {source.nom} » : le commit {commit[:12]} n'a pas de dossier « {source.sous} » avec du YAML")
        return folder, commit

    def _open(self, library: Bibliotheque) -> Bibliotheque:
        """Return a library with what its manifest says."""
        path = library.racine / MANIFESTE
        findings: list[Diagnostic] = []
        self._manifestes[library.nom] = findings
        if not os.path.lexists(path):
            return library
        manifest, _ = self._read_model(Manifeste, path, self.rayon(library).name(path), library, findings)
        self.constats += findings
        if manifest is None:
            return library
        return replace(
            library, licence=manifest.licence or "", titre=manifest.titre or "", themes=manifest.themes or {}
        )

    def _read_model(
        self, model: type[_M], path: Path, label: str, library: Bibliotheque, findings: list[Diagnostic]
    ) -> tuple[_M | None, Table | None]:
        """Read a small file of a library into a model; its findings are added to those given."""
        self._fichiers[path] = None
        if not Path(os.path.realpath(path)).is_relative_to(library.racine):
            findings.append(_say_outside(label))
            return None, None
        try:
            data = read_bytes(path, label)
        except RessourceError as error:
            findings.append(_say_unreadable(path, label, error))
            return None, None
        if len(data) > MAX_OCTETS_CLAUSE:
            findings.append(_say_too_large(label, len(data)))
            return None, None
        root, said = parse(data, label)
        findings += said
        if root is None:
            return None, None
        plain = to_data(root, findings)
        if any(found.is_error for found in findings):
            # What was left empty would be refused a second time, for its shape.
            return None, root
        read, refusals = validate(model, plain)
        findings += [say_refusal(model, refusal, root) for refusal in refusals]
        return (None if any(found.is_error for found in findings) else read), root

    def find_bibliotheque(self, nom: str) -> Bibliotheque | None:
        """Return the library of that name, under the name it is read by when its folder has two."""
        return self._par_nom.get(nom)

    def rayon(self, library: Bibliotheque) -> _Rayon:
        """Return the list of a library's files."""
        known = self._rayons.get(library.nom)
        if known is None or known.racine != library.racine:
            known = self._rayons[library.nom] = _Rayon(library.racine)
        return known

    # --- reading clauses

    def _read(
        self, library: Bibliotheque, path: Path, ident: str, version: int = 0
    ) -> tuple[ClauseLue | None, list[Diagnostic]]:
        """Read a clause's file once, and check that it holds the clause that its name announces."""
        known = self._lues.get(path)
        if known is None:
            known = self._lues[path] = self._read_file(library, path, ident, version)
        return known

    def _read_file(
        self, library: Bibliotheque, path: Path, ident: str, version: int
    ) -> tuple[ClauseLue | None, list[Diagnostic]]:
        rayon = self.rayon(library)
        label = rayon.name(path)
        self._fichiers[path] = None
        if path in rayon.dehors:
            return None, [_say_outside(label)]
        try:
            read, findings = read_clause_file(path, label, library.nom)
        except RessourceError as error:
            return None, [_say_unreadable(path, label, error)]
        if read is None:
            return None, findings
        if read.id != ident:
            message = f"ce fichier s'appelle « {path.name} » et contient « {read.id} »"
            return None, [*findings, read.find("C520", ("id",), message)]
        if version and read.version != version:
            message = f"ce fichier s'appelle « {path.name} » et contient la version {read.version}"
            return None, [*findings, read.find("C519", ("version",), message, "une version rangée ne change plus")]
        return read, findings

    def read_current(self, library: Bibliotheque, ident: str) -> tuple[ClauseLue | None, list[Diagnostic]]:
        """Read the current version of a clause; None and no finding when the library does not have it."""
        path = self.rayon(library).courantes.get(ident)
        return self._read(library, path, ident) if path else (None, [])

    def read_ancienne(
        self, library: Bibliotheque, ident: str, version: int
    ) -> tuple[ClauseLue | None, list[Diagnostic]]:
        """Read a frozen version, which the library has."""
        return self._read(library, self.rayon(library).anciennes[ident][version], ident, version)

    def _read_exact(self, library: Bibliotheque, ident: str, version: int) -> tuple[ClauseLue | None, list[Diagnostic]]:
        """Read one version of a clause; None and no finding when the library does not have it."""
        read, findings = self.read_current(library, ident)
        if read is not None and read.version == version:
            return read, findings
        if version in self.rayon(library).anciennes.get(ident, {}):
            return self.read_ancienne(library, ident, version)
        # A current file that cannot be read might be that very version: its own mistakes are what is to mend.
        return None, (findings if read is None else [])

    # --- references

    def find(self, renvoi: Renvoi, position: Position, path: str) -> tuple[ClauseLue | None, list[Diagnostic]]:
        """Return the clause that a reference means, and what there is to say about it.

        Args:
            position: where the reference stands, for the findings.
            path: its path in the document.

        Returns: the clause (None when there is none to print), and C502, C503, C512, C521, C523 or the findings of the
            clause's own file. These are given each time: whoever shows them says each once.
        """
        self.demandees[str(renvoi)] = None
        pin = self.verrou.clauses.get(str(renvoi)) if self.verrou else None
        if pin is not None:
            return self._find_pinned(renvoi, pin, position, path)
        read, findings = self._find_free(renvoi, position, path)
        if read is None:
            return None, findings
        findings = [*findings, *self._check_shadow(renvoi, read, position, path)]
        if self.verrou is not None:
            findings.append(finding("C523", f"« {renvoi} » n'est pas dans {VERROU}", position, path))
        return read, findings

    def _find_free(self, renvoi: Renvoi, position: Position, path: str) -> tuple[ClauseLue | None, list[Diagnostic]]:
        """Follow a reference without the lock."""
        libraries = self.bibliotheques
        if renvoi.bibliotheque:
            library = self._par_nom.get(renvoi.bibliotheque)
            if library is None:
                return None, [self.say_no_library(renvoi.bibliotheque, position, path)]
            libraries = (library,)
        for library in libraries:
            if renvoi.version:
                read, findings = self._read_exact(library, renvoi.id, renvoi.version)
            else:
                read, findings = self.read_current(library, renvoi.id)
            if read is not None or findings:
                return read, findings
        return None, [self._say_not_found(renvoi, libraries, position, path)]

    def find_unpinned(self, renvoi: Renvoi, position: Position, path: str) -> tuple[ClauseLue | None, list[Diagnostic]]:
        """Return what a reference means without the lock; a hidden clause is no finding, since a pin says which."""
        return self._find_free(renvoi, position, path)

    def _find_pinned(
        self, renvoi: Renvoi, pin: Epingle, position: Position, path: str
    ) -> tuple[ClauseLue | None, list[Diagnostic]]:
        library = self._par_nom.get(pin.bibliotheque)
        if library is None:
            return None, [self.say_no_library(pin.bibliotheque, position, path)]
        read, findings = self._read_exact(library, renvoi.id, pin.version)
        if read is None:
            if findings:
                return None, findings
            exact = Renvoi(renvoi.id, library.nom, pin.version)
            return None, [self._say_not_found(exact, (library,), position, path)]
        if read.empreinte != pin.sha256:
            return read, [*findings, self._say_changed(read, position, path)]
        return read, findings

    def _say_changed(self, read: ClauseLue, position: Position, path: str) -> Diagnostic:
        message = f"le texte de « {read.reference} » n'est plus celui que {VERROU} a épinglé"
        return finding("C521", message, position, path)

    def say_no_library(self, nom: str, position: Position, path: str) -> Diagnostic:
        """Return the finding for a library that is missing, or that nobody named."""
        if nom in self._absentes:
            return finding("C503", f"bibliothèque « {nom} » absente", position, path)
        near = suggest(nom, self._par_nom)
        hint = f" ; vouliez-vous « {near} » ?" if near else ""
        known = ", ".join(library.nom for library in self.bibliotheques)
        advice = f"bibliothèques de ce projet : {known}"
        return finding("C503", f"aucune bibliothèque ne se nomme « {nom} »{hint}", position, path, advice)

    def _say_not_found(
        self, renvoi: Renvoi, libraries: Iterable[Bibliotheque], position: Position, path: str
    ) -> Diagnostic:
        where = list(libraries)
        if renvoi.version:
            for library in where:
                if versions := self.list_versions(library.nom, renvoi.id):
                    *most, last = (str(version) for version in versions)
                    listed = f"les versions {', '.join(most)} et {last}" if most else f"la version {last}"
                    message = f"« {renvoi} » introuvable : {library.nom} a {listed}"
                    return finding("C502", message, position, path)
        self._manquees += 1
        known = {ident for library in where for ident in self.rayon(library).courantes}
        # A name is looked for among all while the slips are few; with hundreds it would only take time.
        near = suggest(renvoi.id, known) if self._manquees < MAX_SUGGESTIONS else None
        hint = f" ; vouliez-vous « {near} » ?" if near else ""
        # Where the shipped library lies is nobody's concern, and differs from one machine to the next.
        tried = ", ".join(
            library.nom if library.genre == "facture" else f"{library.nom} ({self.rayon(library).label})"
            for library in where
        )
        return finding("C502", f"« {renvoi} » introuvable{hint}", position, path, f"cherché dans : {tried}")

    def _check_shadow(self, renvoi: Renvoi, read: ClauseLue, position: Position, path: str) -> list[Diagnostic]:
        if renvoi.bibliotheque or renvoi.version:
            return []
        meant = {other.bibliotheque for other in read.clause.remplace if other.id == renvoi.id}
        hidden = [
            library.nom
            for library in self.bibliotheques
            if library.nom != read.bibliotheque
            and library.nom not in meant
            and renvoi.id in self.rayon(library).courantes
        ]
        if not hidden:
            return []
        others = ", ".join(f"« {nom} »" for nom in hidden)
        message = f"« {renvoi.id} » est prise dans « {read.bibliotheque} », et masquée dans {others}"
        return [finding("C512", message, position, path)]

    # --- lists

    def iter_clauses(self) -> Iterator[ClauseLue]:
        """Yield the current version of every clause of every library, nearest library first, hidden ones included.

        A broken file yields nothing; `findings_of_files` says why.
        """
        for library in self.bibliotheques:
            yield from self.iter_bibliotheque(library.nom)

    def iter_bibliotheque(self, nom: str) -> Iterator[ClauseLue]:
        """Yield the current version of every clause of one library, by identifier."""
        library = self._par_nom.get(nom)
        if library is None:
            return
        with _collector_held():
            found = [self.read_current(library, ident)[0] for ident in self.rayon(library).courantes]
        yield from (read for read in found if read is not None)

    def visible(self) -> list[ClauseLue]:
        """Return one clause an identifier: what a bare reference means here, pins first."""
        if self._visibles is None:
            with _collector_held():
                self._visibles = list(self._iter_visible())
        return self._visibles

    def _iter_visible(self, word: bytes = b"") -> Iterator[ClauseLue]:
        """Yield what each bare identifier means; with a word, files that do not hold it are not even parsed."""
        nearest: dict[str, tuple[Bibliotheque, Path]] = {}
        for library in self.bibliotheques:
            for ident, path in self.rayon(library).courantes.items():
                nearest.setdefault(ident, (library, path))
        pins = {key: pin for key, pin in (self.verrou.clauses if self.verrou else {}).items() if ":" not in key}
        nowhere = Position(VERROU)
        for ident in sorted({*nearest, *(key for key in pins if "@" not in key)}):
            if ident in pins:
                read, _ = self._find_pinned(Renvoi(ident), pins[ident], nowhere, "")
            elif word and not _holds(nearest[ident][1], word):
                continue
            else:
                read, _ = self._read(*nearest[ident], ident)
            if read is not None:
                yield read

    def holds(self, renvoi: Renvoi) -> bool:
        """Say whether some library has what a reference names, broken or not."""
        named = self._par_nom.get(renvoi.bibliotheque)
        libraries = ((named,) if named else ()) if renvoi.bibliotheque else self.bibliotheques
        return any(
            renvoi.version in self.list_versions(library.nom, renvoi.id)
            if renvoi.version
            else renvoi.id in self.rayon(library).courantes
            for library in libraries
        )

    def list_manifeste_findings(self, nom: str) -> list[Diagnostic]:
        """Return what is wrong in a library's `bibliotheque.yaml`."""
        return self._manifestes[nom]

    @property
    def findings_of_files(self) -> list[Diagnostic]:
        """The findings of every file of a library that was read so far."""
        listed = [found for findings in self._manifestes.values() for found in findings]
        for _, findings in (*self._lues.values(), *self._modeles.values()):
            listed += findings
        return listed

    @property
    def fichiers(self) -> tuple[Path, ...]:
        """Every file that was read so far, the lock included."""
        return tuple(self._fichiers)

    def list_versions(self, bibliotheque: str, ident: str) -> list[int]:
        """Return the versions of a clause that a library holds, in order."""
        library = self._par_nom.get(bibliotheque)
        if library is None:
            return []
        read, _ = self.read_current(library, ident)
        return sorted({*self.rayon(library).anciennes.get(ident, {}), *([read.version] if read else [])})

    def read_version(self, bibliotheque: str, ident: str, version: int) -> ClauseLue | None:
        """Return one version of a clause of a library, or None."""
        library = self._par_nom.get(bibliotheque)
        return None if library is None else self._read_exact(library, ident, version)[0]

    # --- presets and themes

    def read_modele(self, library: Bibliotheque, path: Path) -> tuple[ModeleClauses | None, list[Diagnostic]]:
        """Read a preset's file once."""
        known = self._modeles.get(path)
        if known is not None:
            return known
        findings: list[Diagnostic] = []
        label = self.rayon(library).name(path)
        fiche, root = self._read_model(FicheModele, path, label, library, findings)
        read = None
        if fiche is not None and root is not None:
            for key in ("titre", "clauses"):
                if not getattr(fiche, key):
                    findings.append(finding("C527", f"clé « {key} » manquante", root.position, key))
            if fiche.titre and fiche.clauses:
                read = ModeleClauses(path.stem, fiche.titre, fiche.aide or "", fiche.clauses, library.nom, root, path)
        self._modeles[path] = (read, findings)
        return self._modeles[path]

    def _list_modeles(self) -> dict[str, tuple[Bibliotheque, Path]]:
        listed: dict[str, tuple[Bibliotheque, Path]] = {}
        for library in self.bibliotheques:
            for nom, path in self.rayon(library).modeles.items():
                listed.setdefault(nom, (library, path))
        return listed

    def modeles(self) -> dict[str, ModeleClauses]:
        """Return every preset by name, the nearest one of each name."""
        read = {nom: self.read_modele(*where)[0] for nom, where in sorted(self._list_modeles().items())}
        return {nom: modele for nom, modele in read.items() if modele is not None}

    def find_modele(self, nom: str, position: Position, path: str) -> tuple[ModeleClauses | None, list[Diagnostic]]:
        """Return a preset by its name, and what there is to say about it (C525, or the findings of its file)."""
        listed = self._list_modeles()
        if nom in listed:
            return self.read_modele(*listed[nom])
        near = suggest(nom, listed)
        hint = f" ; vouliez-vous « {near} » ?" if near else ""
        known = "modèles : " + ", ".join(sorted(listed)) if listed else ""
        return None, [finding("C525", f"modèle « {nom} » introuvable{hint}", position, path, known)]

    def find_joining(self, modele: str) -> list[ClauseLue]:
        """Return the visible clauses that ask to join a preset (their `modeles`).

        Why not through `visible`: a conditions document must not parse a whole library. Only the files where the word
        `modeles` stands are.
        """
        if self._joignent is None:
            self._joignent = list(self._iter_visible(b"modeles"))
        return [read for read in self._joignent if modele in read.clause.modeles]

    def themes(self) -> dict[str, str]:
        """Return the title of each theme, in the order of the printed chapters.

        The shipped library gives the order; then come the themes that only others declare, then, by name, those that
        clauses read so far have and nobody declares. The nearest library gives the title.
        """
        titles: dict[str, str] = {}
        for library in reversed(self.bibliotheques):
            titles |= library.themes
        # By name, not as met: the chapters of a document must not depend on what was read before it.
        met = {theme for read, _ in self._lues.values() if read for theme in read.clause.themes}
        for theme in sorted(met - titles.keys()):
            titles[theme] = theme.replace("-", " ").capitalize()
        return titles


@contextmanager
def _collector_held() -> Iterator[None]:
    """Hold the garbage collector while many files are read.

    Why: all that is read is kept, and searching it for garbage again and again is a fifth of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _holds(path: Path, word: bytes) -> bool:
    """Say whether a file holds a word; one that cannot be read holds everything: reading it will say why."""
    try:
        return word in read_bytes(path, "")
    except RessourceError:
        return True


def _say_outside(label: str) -> Diagnostic:
    message = "ce lien mène hors de la bibliothèque"
    return finding("F231", message, Position(label), advice="mettez le fichier lui-même dans la bibliothèque")


def _say_too_large(label: str, size: int) -> Diagnostic:
    limit = MAX_OCTETS_CLAUSE // 1000
    return finding("C532", f"fichier de {size // 1000} ko : {limit} ko au plus", Position(label))


def _say_unreadable(path: Path, label: str, error: RessourceError) -> Diagnostic:
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    if size > MAX_OCTETS_CLAUSE:
        return _say_too_large(label, size)
    reason = str(error).removeprefix(f"{label} : ")
    return finding("C502", reason, Position(label), advice="vérifiez le fichier et ses droits")


def matches(renvoi: Renvoi, read: ClauseLue) -> bool:
    """Say whether a reference means this clause."""
    return (
        renvoi.id == read.id and renvoi.bibliotheque in ("", read.bibliotheque) and renvoi.version in (0, read.version)
    )


# --- Writing the lock and facture.toml -------------------------------------------------------------------------------


def build_verrou(
    fonds: Fonds, references: Iterable[str], commits: Mapping[str, str]
) -> tuple[Verrou, list[Diagnostic]]:
    """Pin what references mean now, whatever the lock of the moment says.

    Args:
        fonds: libraries at the commits to pin.
        references: as documents write them, `revisions-comprises`, `equipe:acompte@2`.
        commits: commit of each git library, by name; the one that `fonds` reads when it is not given.

    Returns: the lock, and what could not be pinned (C502, C503, or the findings of the clause's file).
    """
    place = Position(display_path(fonds.projet.racine / VERROU))
    findings: list[Diagnostic] = []
    clauses: dict[str, Epingle] = {}
    for reference in sorted(set(references)):
        renvoi = parse_renvoi(reference)
        if renvoi is None:
            findings.append(finding("C502", f"« {reference} » n'est pas le nom d'une clause", place))
            continue
        read, said = fonds.find_unpinned(renvoi, place, f"clauses.{reference}")
        findings += said
        if read is not None:
            clauses[str(renvoi)] = Epingle(str(renvoi), read.bibliotheque, read.version, read.empreinte)
    read_commits = {library.nom: library.commit for library in fonds.bibliotheques}
    libraries = {
        source.nom: BibliothequeEpinglee(
            source.genre,
            source.adresse,
            source.ref,
            (commits.get(source.nom) or read_commits.get(source.nom, "")) if source.genre == "git" else "",
        )
        for source in fonds.projet.bibliotheques
    }
    # A git library without a commit was never fetched: pinning it would promise a text that nobody has.
    kept = {nom: library for nom, library in libraries.items() if library.genre != "git" or library.commit}
    return Verrou(kept, clauses), findings


def verify(fonds: Fonds) -> list[Diagnostic]:
    """Compare every pin of the lock with what is on this machine; asks no network.

    Returns: C521 for a text that changed, C502 or C503 for what is missing, each at its line in the lock; C522 for a
        lock that cannot be read.
    """
    findings = list(fonds.constats)
    if fonds.verrou is None:
        return findings
    whole = Position(display_path(fonds.projet.racine / VERROU))
    declared = {source.nom for source in fonds.projet.bibliotheques}
    for nom in fonds.verrou.bibliotheques:
        if nom not in declared:
            path = f"bibliotheques.{nom}"
            message = f"« {nom} » n'est plus dans {CONFIGURATION}"
            place = fonds.verrou.positions.get(path, whole)
            findings.append(finding("C503", message, place, path, "facture library update l'oublie"))
    for reference in fonds.verrou.clauses:
        renvoi = parse_renvoi(reference)
        if renvoi is not None:
            path = f"clauses.{reference}"
            findings += fonds.find(renvoi, fonds.verrou.positions.get(path, whole), path)[1]
    return findings


def add_bibliotheque(projet: Projet, source: SourceBibliotheque) -> str:
    """Return the text of `facture.toml` with one more library at its end; comments and order are kept.

    Raises: UsageError without a project, or for a name that cannot be taken; ConfigurationError when the file writes
        its libraries in a way that cannot be added to.
    """
    if projet.fichier is None:
        raise UsageError(f"pas de {CONFIGURATION} ici : créez un projet (facture init)")
    refused = describe_nom_refuse(source.nom, [known.nom for known in projet.bibliotheques])
    if refused:
        raise UsageError(refused)
    label = display_path(projet.fichier)
    text = read_bytes(projet.fichier, label).decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = [f"[bibliotheques.{dump_key(source.nom)}]", f"{source.genre} = {dump_toml(source.adresse)}"]
    lines += [f"{key} = {dump_toml(value)}" for key in ("ref", "sous") if (value := getattr(source, key))]
    kept = text.removeprefix(mark)
    before = "" if not kept.strip() else ("" if kept.endswith("\n") else end) + end
    new = kept + before + end.join(lines) + end
    if isinstance(parse_toml(kept, label).get("bibliotheques"), list):
        message = "« bibliotheques » est une liste de dossiers : une bibliothèque nommée ne s'y ajoute pas"
        place = projet.positions.get("bibliotheques", Position(label))
        advice = 'écrivez chaque dossier sous son nom : [bibliotheques.equipe], puis dossier = "…"'
        raise ConfigurationError([finding("F292", message, place, "bibliotheques", advice)])
    try:
        after = parse_configuration(new, projet.fichier)
    except ConfigurationError as error:
        wrong = [found for found in error.diagnostics if found.code != "F290"]
        if wrong:
            raise UsageError("\n".join(found.message for found in wrong)) from error
        # `bibliotheques = { … }` on one line is closed for good: TOML lets no table be added to it.
        message = "« bibliotheques » est écrit entre accolades : rien ne peut s'y ajouter à la fin du fichier"
        place = projet.positions.get("bibliotheques", Position(label))
        advice = "écrivez [bibliotheques] puis une bibliothèque par ligne"
        raise ConfigurationError([finding("F292", message, place, "bibliotheques", advice)]) from error
    if after.bibliotheques != (*projet.bibliotheques, source):
        raise UsageError(f"« {source.nom} » ne peut pas être ajoutée à {CONFIGURATION} : ajoutez-la à la main")
    return mark + new
