"""The workshop of clauses: which documents use which text, what a lock pins, how a library grew, how far a document is
from what we prefer.

Nothing is printed here, and nothing written but `facture.lock` and what the callers are given to write.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from facture.bibliotheques import DOSSIER_CLAUSES, Bibliotheque, Fonds, build_verrou, fetch_depot, resolve_depot, verify
from facture.clauses import POSITIONS, ClauseLue, Origine
from facture.dossier import Dossier, build_dossier
from facture.errors import ConfigurationError, Diagnostic, Position, RessourceError, UsageError
from facture.grammaire import Renvoi, parse_renvoi
from facture.lecture import DOSSIERS_IGNORES, Lecteur
from facture.projet import CONFIGURATION, Projet, SourceBibliotheque, display_path
from facture.relecture import lint
from facture.rules import has_blocking
from facture.selection import Retenue
from facture.source import finding
from facture.verrou import BibliothequeEpinglee, Verrou, VerrouPlusRecent, read_verrou, write_verrou

_WITH_CLAUSES = frozenset({"devis", "facture", "conditions", "contrat"})


# --- Documents -------------------------------------------------------------------------------------------------------


def iter_files(roots: Sequence[str], unreadable: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield each YAML file named or found below a folder, and whether it was named; note the folders that are closed.

    Why: a folder skipped in silence would make a green check of nothing.
    """
    for root in roots:
        if root == "-" or not os.path.isdir(root):
            yield root, True
            continue
        for folder, folders, files in os.walk(root, onerror=lambda error: unreadable.append(str(error.filename))):
            folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in DOSSIERS_IGNORES)
            for name in sorted(files):
                if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                    yield os.path.normpath(os.path.join(folder, name)), False


def iter_dossiers(
    roots: Sequence[str], lecteur: Lecteur, today: dt.date, constats: list[Diagnostic]
) -> Iterator[tuple[str, Dossier]]:
    """Yield every document that may carry clauses, read and judged; the files of a library are not documents.

    Args:
        constats: receives a finding for each file and folder that cannot be read: what is not seen cannot be counted.
    """
    unreadable: list[str] = []
    for name, _ in iter_files(roots, unreadable):
        path = Path(os.path.abspath(name))
        projet = lecteur.find_projet(path.parent)
        if path.is_relative_to(projet.racine / DOSSIER_CLAUSES):
            continue
        try:
            lecture = lecteur.read(name)
        except RessourceError as error:
            constats.append(finding("F230", str(error).removeprefix(f"{name} : "), Position(name)))
            continue
        if lecture.type in _WITH_CLAUSES:
            yield name, build_dossier(lecture, today)
        elif lecture.type == "" and not lecture.is_foreign:
            constats += [found for found in lecture.constats if found.is_error]
    constats += [finding("F230", "dossier illisible", Position(name)) for name in unreadable]


def find_bibliotheque(lecteur: Lecteur, name: str) -> Path | None:
    """Return the folder of the library that holds a file, or None for a document."""
    path = Path(os.path.abspath(name))
    racine = lecteur.find_projet(path.parent).racine
    folder = racine / DOSSIER_CLAUSES
    return folder if path.is_relative_to(folder) else None


def lint_files(lecteur: Lecteur, folder: Path, names: Sequence[str], today: dt.date) -> list[Diagnostic]:
    """Judge a project's library, and return what was found in the files asked for."""
    fonds = lecteur.open_fonds(lecteur.find_projet(folder))
    real = Path(os.path.realpath(folder))
    library = next((entry.nom for entry in fonds.bibliotheques if entry.racine == real), None)
    if library is None:
        return list(fonds.constats)
    wanted = {os.path.realpath(name) for name in names}
    found = [item for item in lint(fonds, library, today) if os.path.realpath(item.position.file) in wanted]
    return [*fonds.constats, *found]


@dataclass(frozen=True)
class Emploi:
    """A clause on a document."""

    fichier: str
    numero: str
    article: str
    retenue: Retenue


def iter_emplois(
    roots: Sequence[str], lecteur: Lecteur, today: dt.date, constats: list[Diagnostic]
) -> Iterator[Emploi]:
    """Yield every clause that every document prints; `constats` receives what kept a document from being read."""
    for name, dossier in iter_dossiers(roots, lecteur, today, constats):
        if not dossier.is_printable or has_blocking(list(dossier.constats)):
            constats += [found for found in dossier.constats if found.is_error]
        document = dossier.texte or dossier.document
        numero = str(getattr(document, "numero", None) or "")
        for article in (*dossier.corpus.particulieres, *dossier.corpus.generales):
            yield Emploi(name, numero, article.numero, article.retenue)


# --- The lock --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Changement:
    """A pin that is not what it was: `avant` or `apres` is "" for a clause that came or went."""

    reference: str
    avant: str
    apres: str


def lock(projet: Projet, today: dt.date, noms: Sequence[str] = ()) -> tuple[Verrou, list[Changement], list[Diagnostic]]:
    """Return the lock that pins what the documents of a project use now.

    Args:
        noms: libraries to bring up to date; all when empty. The others keep the commit they had.

    Returns: the lock to write, what changed since the former one, and what could not be pinned.

    Raises: DepotInaccessible, UsageError for a library that `facture.toml` does not name.
    """
    known = {source.nom: source for source in projet.bibliotheques}
    for nom in noms:
        if nom not in known:
            raise UsageError(
                f"« {nom} » n'est pas dans {CONFIGURATION} ; bibliothèques : {', '.join(known) or 'aucune'}"
            )
    try:
        former = _read_former(projet)
    except VerrouPlusRecent:
        raise
    except ConfigurationError:
        # To write again a lock that cannot be read is what this command is for, unless a part of it must be kept.
        if noms:
            raise
        former = Verrou()
    commits: dict[str, str] = {}
    for source in projet.bibliotheques:
        if source.genre != "git":
            continue
        pinned = former.bibliotheques.get(source.nom)
        if not noms or source.nom in noms or pinned is None:
            commits[source.nom] = fetch_depot(projet, source)
        elif pinned is not None:
            commits[source.nom] = pinned.commit
    fonds = Fonds(projet, Verrou(_with_commits(projet, commits), {}))
    lecteur = Lecteur(projets={projet.racine: projet})
    lecteur.use_fonds(projet, fonds)
    unread: list[Diagnostic] = []
    for _, dossier in iter_dossiers([os.path.relpath(projet.racine)], lecteur, today, unread):
        blocking = [found for found in dossier.constats if found.is_error and found.code[0] in "YF"]
        unread += [found for found in blocking if found not in unread]
    verrou, findings = build_verrou(fonds, fonds.demandees, commits)
    if unread:
        # What a document that cannot be read uses is not known: no pin is let go.
        verrou = replace(verrou, clauses={**former.clauses, **verrou.clauses})
    if noms:
        # A library that was not asked for keeps its pins: its change has not been looked at.
        kept = {
            reference: pin
            for reference, pin in former.clauses.items()
            if pin.bibliotheque not in noms and reference in verrou.clauses
        }
        verrou = replace(verrou, clauses={**verrou.clauses, **kept})
    return verrou, _compare(former, verrou), [*fonds.constats, *findings, *unread]


def repin(projet: Projet, ids: Iterable[str]) -> None:
    """Pin again, at what they are now, clauses that the user has just rewritten; nothing to do without a lock."""
    former = read_verrou(projet)
    if former is None:
        return
    wanted = set(ids)
    references = [
        reference
        for reference in former.clauses
        if (renvoi := parse_renvoi(reference)) is not None and renvoi.id in wanted and not renvoi.version
    ]
    fresh, findings = build_verrou(Fonds(projet, former), references, {})
    if not any(found.is_error for found in findings):
        write_verrou(projet, replace(former, clauses={**former.clauses, **fresh.clauses}))


def sync(projet: Projet) -> tuple[list[Bibliotheque], list[Diagnostic]]:
    """Bring to this machine what the lock pins, and say what has moved upstream since, without taking it.

    Returns: the libraries, and C534 (exit 4) for a repository that is no longer at its pinned commit, C521 for a text
        changed in place.

    Raises: DepotInaccessible.
    """
    former = _read_former(projet)
    findings: list[Diagnostic] = []
    for source in projet.bibliotheques:
        if source.genre != "git":
            continue
        pinned = former.bibliotheques.get(source.nom)
        place = projet.positions.get(
            f"bibliotheques.{source.nom}", Position(display_path(projet.racine / CONFIGURATION))
        )
        if pinned is None:
            message = f"« {source.nom} » n'a jamais été épinglée"
            findings.append(finding("C503", message, place, f"bibliotheques.{source.nom}", "facture library update"))
            continue
        fetch_depot(projet, source, pinned.commit)
        now = resolve_depot(projet, source)
        if now != pinned.commit:
            changed = _list_changed(projet, former, source, now)
            what = f" ; clauses touchées : {', '.join(changed)}" if changed else ""
            message = f"« {source.nom} » est passée de {pinned.commit[:10]} à {now[:10]}{what}"
            findings.append(finding("C534", message, place, f"bibliotheques.{source.nom}"))
    fonds = Fonds(projet)
    findings += verify(fonds)
    return list(fonds.bibliotheques), findings


def _list_changed(projet: Projet, former: Verrou, source: SourceBibliotheque, commit: str) -> list[str]:
    """Return the pinned clauses of a library that another commit would change."""
    fetch_depot(projet, source, commit)
    commits = {nom: pin.commit for nom, pin in former.bibliotheques.items()} | {source.nom: commit}
    fonds = Fonds(projet, Verrou(_with_commits(projet, commits), {}))
    references = [ref for ref, pin in former.clauses.items() if pin.bibliotheque == source.nom]
    fresh, _ = build_verrou(fonds, references, commits)
    return [
        f"{reference} ({change})" for reference in references if (change := _describe_change(former, fresh, reference))
    ]


def _describe_change(former: Verrou, fresh: Verrou, reference: str) -> str:
    before, after = former.clauses.get(reference), fresh.clauses.get(reference)
    if before is None or after is None:
        return "retirée" if after is None else "nouvelle"
    if before.sha256 == after.sha256:
        return ""
    if before.version != after.version or before.bibliotheque != after.bibliotheque:
        return f"{before.bibliotheque}@{before.version} → {after.bibliotheque}@{after.version}"
    return f"version {after.version}, texte changé"


def _compare(former: Verrou, fresh: Verrou) -> list[Changement]:
    def show(verrou: Verrou, reference: str) -> str:
        pin = verrou.clauses.get(reference)
        return f"{pin.bibliotheque}@{pin.version} {pin.sha256[:8]}" if pin is not None else ""

    former_commits = {nom: library.commit for nom, library in former.bibliotheques.items()}
    changes = [
        Changement(nom, former_commits.get(nom, "")[:10], library.commit[:10])
        for nom, library in fresh.bibliotheques.items()
        if library.commit and former_commits.get(nom) != library.commit
    ]
    references = sorted({*former.clauses, *fresh.clauses})
    return changes + [
        Changement(reference, before, after)
        for reference in references
        if (before := show(former, reference)) != (after := show(fresh, reference))
    ]


def _with_commits(projet: Projet, commits: dict[str, str]) -> dict[str, BibliothequeEpinglee]:
    return {
        source.nom: BibliothequeEpinglee(source.genre, source.adresse, source.ref, commits.get(source.nom, ""))
        for source in projet.bibliotheques
    }


def _read_former(projet: Projet) -> Verrou:
    if not projet.exists:
        raise UsageError(f"pas de {CONFIGURATION} ici : créez un projet (facture init)")
    return read_verrou(projet) or Verrou()


# --- How a library grew ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lecon:
    """What an engagement taught a clause; `reference` is the first version that knew it."""

    date: dt.date | None
    mission: str
    reference: str
    motif: str
    cout: str


def list_lecons(fonds: Fonds, clauses: Iterable[ClauseLue]) -> list[Lecon]:
    """Return every lesson that clauses hold, the oldest first; those without a date come by their mission."""
    lessons = [
        Lecon(
            origine.date,
            origine.mission or "",
            str(Renvoi(clause.id, clause.bibliotheque, _find_first(fonds, clause, origine))),
            origine.motif or "",
            origine.cout or "",
        )
        for clause in clauses
        for origine in clause.clause.origine
    ]
    return sorted(lessons, key=lambda item: ((item.date.isoformat() if item.date else item.mission), item.reference))


def _find_first(fonds: Fonds, clause: ClauseLue, origine: Origine) -> int:
    """Return the first version of a clause that holds a lesson."""
    for version in fonds.list_versions(clause.bibliotheque, clause.id):
        read = fonds.read_version(clause.bibliotheque, clause.id, version)
        if read is not None and origine in read.clause.origine:
            return version
    return clause.version


# --- How far a document is from what we prefer -----------------------------------------------------------------------


@dataclass(frozen=True)
class Ecart:
    """Where a document stands in one family of a library, or on one clause of it.

    Attributes:
        famille: the family, or the clause's id when it has none.
        porte: what the document carries, "" for nothing.
        preferee: what the library prefers.
        position: `preferee`, `repli`, `plancher`, or "" when it is none of these.
        sous_plancher: the document gives less than the least we accept.
        detail: in words.
    """

    famille: str
    porte: str
    preferee: str
    position: str
    sous_plancher: bool
    detail: str


def compare_positions(dossier: Dossier, fonds: Fonds, bibliotheque: str, public: str | None) -> list[Ecart]:
    """Return how a document departs from the preferred positions of a library, family by family.

    Why a missing family is below the floor: a devis without any cap on liability is less protected than the weakest cap
    that we accept.

    Args:
        bibliotheque: the library whose positions count.
        public: quality of the client: only what is written for it is compared.

    Returns: the departures alone; a document at every preferred position gives none.

    Raises: UsageError for a library that is not there.
    """
    if bibliotheque not in {library.nom for library in fonds.bibliotheques}:
        names = ", ".join(library.nom for library in fonds.bibliotheques)
        raise UsageError(f"bibliothèque « {bibliotheque} » inconnue ; bibliothèques : {names}")
    carried = {
        article.retenue.lue.id: article.retenue
        for article in (*dossier.corpus.particulieres, *dossier.corpus.generales)
    }
    members: dict[str, list[ClauseLue]] = {}
    for lue in fonds.iter_bibliotheque(bibliotheque):
        fits = public is None or public in lue.clause.public
        if fits and lue.clause.famille is not None and lue.clause.position is not None:
            members.setdefault(lue.clause.famille, []).append(lue)
    found = [
        ecart
        for famille, variants in sorted(members.items())
        if (ecart := _compare_famille(famille, variants, carried)) is not None
    ]
    return found + _compare_textes(carried, fonds, bibliotheque)


def _compare_famille(famille: str, variants: list[ClauseLue], carried: dict[str, Retenue]) -> Ecart | None:
    ranked = sorted(variants, key=lambda lue: POSITIONS.index(lue.clause.position or POSITIONS[-1]))
    best = ranked[0]
    has_floor = any(lue.clause.position == "plancher" for lue in variants)
    known = {lue.id: lue for lue in variants}
    ours = [retenue for retenue in carried.values() if retenue.lue.clause.famille == famille]
    if not ours:
        return Ecart(famille, "", best.id, "", has_floor, "le document n'en porte aucune variante")
    retenue = ours[0]
    lue = known.get(retenue.lue.id)
    if lue is None:
        detail = f"« {retenue.lue.reference} » n'est pas une position de la bibliothèque"
        return Ecart(famille, retenue.lue.id, best.id, "", has_floor, detail)
    position = lue.clause.position or ""
    if position == best.clause.position:
        return None
    return Ecart(famille, lue.id, best.id, position, False, f"{position}, au lieu de {best.clause.position}")


def _compare_textes(carried: dict[str, Retenue], fonds: Fonds, bibliotheque: str) -> list[Ecart]:
    """Return the clauses that bear a name of the library and say something else, or carry other values."""
    found = []
    for ident, retenue in carried.items():
        place = retenue.place
        theirs, _ = fonds.find_unpinned(Renvoi(ident, bibliotheque), place, "")
        if theirs is None:
            continue
        said = []
        if retenue.lue.empreinte != theirs.empreinte:
            same = retenue.lue.version == theirs.version
            said.append(
                "texte différent" if same else f"version {retenue.lue.version}, la bibliothèque a la {theirs.version}"
            )
        for name, variable in theirs.clause.variables.items():
            given = retenue.valeurs.get(name)
            if given is not None and variable.defaut is not None and given[0] != variable.defaut:
                said.append(f"{name} : {given[0]}, au lieu de {variable.defaut}")
        if said:
            found.append(Ecart(ident, retenue.lue.reference, theirs.reference, "", False, " ; ".join(said)))
    return found
