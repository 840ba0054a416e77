"""Following up what is owed: which invoice a person means, which notices it had, what the next one says.

Nothing is sent and nothing printed here; the notice is a text that the caller writes.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facture.amounts import ZERO
from facture.atelier import iter_files
from facture.documents import Facture
from facture.dossier import Dossier, build_dossier
from facture.errors import Diagnostic, Position, RefusError, RessourceError, UsageError
from facture.lecture import DOSSIER_TYPES, Lecteur, Lecture
from facture.lettres import NIVEAUX, Relance
from facture.projet import ECHELLE, Projet, display_path
from facture.source import Texte, finding
from facture.taux import load_bareme
from facture.typo import format_date, slugify, strip_accents

DOSSIER = "relances"
"""Where a project keeps its notices."""
_SUSPENSION = 3
ALERTE = 31
"""Days before the end of the table of rates from which an open invoice is worth a warning."""


@dataclass(frozen=True, slots=True)
class Envoyee:
    """A notice already sent.

    Attributes:
        attendue: last day it left to pay.
    """

    niveau: int
    date: dt.date
    attendue: dt.date
    fichier: str


@dataclass(frozen=True, slots=True)
class Choix:
    """The level a notice should have, and from which day: `attendre` when that day has not come."""

    niveau: int
    des: dt.date
    attendre: bool
    raison: str


def read_facture(lecteur: Lecteur, text: str, data: bytes | None = None) -> Lecture:
    """Read the file that a person names, or the one that bears the number typed.

    Raises: RessourceError when there is none (exit 3); UsageError when several bear the number.
    """
    # A number may hold a slash, 2026/014: it is looked for before a path is said to lead nowhere.
    if text == "-" or os.path.exists(text) or text.endswith((".yaml", ".yml")):
        return lecteur.read_followed(text, data)
    here = Path.cwd()
    projet = lecteur.find_projet(here)
    found = [path for kind in ("facture", "relance") for path in lecteur.find_numero(projet, here, kind, text)]
    if len(found) > 1:
        raise UsageError(f"plusieurs fichiers portent le numéro « {text} » : {', '.join(map(display_path, found))}")
    if not found:
        where = f"du dossier {display_path(projet.racine / 'factures')}" if projet.exists else "de ce dossier"
        raise RessourceError(f"« {text} » : ni un fichier, ni le numéro d'une facture {where}")
    return lecteur.read_followed(display_path(found[0]))


def list_envoyees(lecteur: Lecteur, facture: Lecture) -> list[Envoyee]:
    """Return the notices of the project that name an invoice, oldest first; the formal notice it notes itself counts.

    Why from the files: what was sent is what is kept in git, and nothing else remembers it.
    """
    document = facture.document
    if not isinstance(document, Facture):
        return []
    projet, beside = facture.projet, Path(os.path.abspath(facture.fichier)).parent
    own = os.path.realpath(facture.fichier)
    jours = dt.timedelta(days=projet.relances["delai"])
    found: list[Envoyee] = []
    # A notice names an invoice by its number, or by its file with or without its folder and its ending.
    needles = [text for text in (document.numero, Path(facture.fichier).stem) if text]
    paths = [path for needle in needles for path in lecteur.iter_kind(projet, beside, "relance", needle)]
    for path in dict.fromkeys(paths):
        lecture = lecteur.read(display_path(path))
        lettre = lecture.lettre
        if lecture.has_errors and not any(found.position.file != lecture.fichier for found in lecture.constats):
            # Counted as never sent, the next letter would start again from the first.
            raise RefusError(lecture.constats)
        if not isinstance(lettre, Relance) or lettre.niveau is None or lettre.date is None:
            continue
        named = {os.path.realpath(item.fichier) for item in lecture.factures}
        if document.numero in lettre.factures or own in named:
            attendue = lettre.delai.compute_date(lettre.date) if lettre.delai is not None else lettre.date + jours
            found.append(Envoyee(lettre.niveau, lettre.date, attendue, display_path(path)))
    formal = document.mise_en_demeure
    if formal is not None and not any(item.niveau == 4 and item.date == formal for item in found):
        found.append(Envoyee(4, formal, formal + jours, facture.fichier))
    return sorted(found, key=lambda item: (item.date, item.niveau))


def choose_niveau(
    envoyees: Sequence[Envoyee], echeance: dt.date, today: dt.date, relances: dict[str, int], qualite: str | None = None
) -> Choix:
    """Choose the level of the next notice: one above the last sent, from its day of the ladder on, and never before
    the delay that the last one left has passed.

    Why never a level skipped: a formal notice to somebody who was never asked reads as an insult. Who wants one all the
    same gives the level. A consumer is put on notice before anything is suspended: their third letter is the fourth.
    """
    sent = [item for item in envoyees if item.date <= today]
    last = max((item.niveau for item in sent), default=0)
    if last == max(NIVEAUX):
        return Choix(last, today, True, "la mise en demeure est déjà partie : la suite est une action en recouvrement")
    niveau = last + 1
    if niveau == _SUSPENSION and qualite == "particulier":
        niveau = max(NIVEAUX)
    des = echeance + dt.timedelta(days=relances[ECHELLE[niveau - 1]])
    des = max([des, *(item.attendue + dt.timedelta(days=1) for item in sent)])
    before = f"après le niveau {last}" if last else "première relance"
    raison = f"niveau {niveau}, {NIVEAUX[niveau]} : {before}"
    return Choix(niveau, des, today < des, raison)


def list_open(
    lecteur: Lecteur, root: str, today: dt.date, client: str | None = None
) -> tuple[list[Dossier], list[Diagnostic]]:
    """Return the numbered invoices of a folder with something left to pay on a day.

    Args:
        client: name of a client, or of its file, accents and case ignored; every client when absent.

    Returns: the dossiers, by due date, and what kept a file from being read.
    """
    opened: list[Dossier] = []
    constats: list[Diagnostic] = []
    unreadable: list[str] = []
    for name, _ in iter_files((root,), unreadable):
        try:
            # Notices and letters read all that they name: a file's kind is looked at first.
            if _find_kind(lecteur, name) != "facture":
                continue
            lecture = lecteur.read(name)
        except RessourceError as error:
            constats.append(finding("F230", str(error).removeprefix(f"{name} : "), Position(name)))
            continue
        document = lecture.document
        if document is None:
            # Whose it is cannot be read either.
            constats += [found for found in lecture.constats if found.is_error]
        if not isinstance(document, Facture) or document.numero is None or not _names(document, lecture, client):
            continue
        dossier = build_dossier(lecteur.with_avoirs(lecture), today)
        if dossier.totaux is None:
            # Left out in silence, it would look paid.
            constats += [found for found in dossier.constats if found.is_error]
        elif is_open(dossier, today):
            opened.append(dossier)
    constats += [finding("F230", "dossier illisible", Position(name)) for name in unreadable]
    return sorted(opened, key=lambda item: (item.echeance or item.date, item.lecture.fichier)), constats


def _find_kind(lecteur: Lecteur, name: str) -> str:
    """Return what a file says it is, or else what its folder holds."""
    table, _ = lecteur.parse_file(Path(name))
    said = table.entries.get("type") if table is not None else None
    return said.value if isinstance(said, Texte) else DOSSIER_TYPES.get(Path(os.path.abspath(name)).parent.name, "")


def _names(document: Facture, lecture: Lecture, client: str | None) -> bool:
    if client is None:
        return True
    node = lecture.racine.entries.get("client")
    names = [document.client.nom or ""]
    if node is not None and node.position.file != lecture.fichier:
        names.append(Path(node.position.file).stem)
    return slugify(client) in (slugify(name) for name in names if name)


def is_open(dossier: Dossier, today: dt.date) -> bool:
    """Say whether an invoice was not paid in full by a day, interest and recovery costs apart."""
    document, totaux = dossier.document, dossier.totaux
    if not isinstance(document, Facture) or totaux is None:
        return False
    paid = sum(
        reglement.montant
        for reglement in document.reglements
        if reglement.montant is not None and reglement.date is not None and dossier.date < reglement.date <= today
    )
    credited = ZERO
    for lecture in dossier.lecture.avoirs:
        avoir = build_dossier(lecture, today)
        if avoir.totaux is not None and avoir.date <= today:
            credited += avoir.totaux.total_ttc
    return totaux.net_a_payer - paid - credited > 0


def warn_of_end(lecteur: Lecteur, dossiers: Sequence[Dossier], today: dt.date) -> list[Diagnostic]:
    """Warn, once a project, when an open invoice will soon need a rate that no table gives (L455).

    Why once: a rate is missing for all of them alike, and a warning said a thousand times is read by nobody.
    """
    found: dict[Path, Diagnostic] = {}
    for dossier in sorted(dossiers, key=lambda item: (item.echeance or item.date, item.lecture.fichier)):
        projet = dossier.lecture.projet
        last = None if projet.racine in found else _find_end(dossier, today)
        # Looked for last: its credit notes have to be read.
        if last is not None and is_open(dossier, today):
            if not is_open(build_dossier(lecteur.with_avoirs(dossier.lecture), today), today):
                continue
            position, path = dossier.lecture.place(("paiement",))
            message = f"facture ouverte, et les taux ne sont connus que jusqu'au {format_date(last, 'fr')}"
            found[projet.racine] = finding("L455", message, position, path)
    return list(found.values())


def _find_end(dossier: Dossier, today: dt.date) -> dt.date | None:
    """Return the last day with a known rate when an invoice gets there soon; None when it does not, or needs none."""
    regle, echeance, document = dossier.penalites, dossier.echeance, dossier.document
    if regle is None or regle.base == "fixe" or echeance is None or not isinstance(document, Facture):
        return None
    if document.numero is None or document.procedure_collective is not None:
        return None
    try:
        last = load_bareme(dossier.lecture.projet).last_day("bce" if regle.base == "bce" else "legal")
    except RefusError:
        # The table itself says what is wrong with it.
        return None
    if max(today, echeance) + dt.timedelta(days=ALERTE) <= last:
        return None
    qualite = document.client.qualite_deduite
    if qualite == "particulier" and document.mise_en_demeure is None:
        return None
    # The rate of a public buyer is that of the half-year in which interest began, for the whole run.
    return None if qualite == "public" and echeance < last else last


# --- The notice ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Redige:
    """A notice ready to be written: where, and its YAML; `annonce` says what it would stop when nobody said it."""

    chemin: Path
    texte: str
    niveau: int
    annonce: str = ""


def draft_relance(
    lecteur: Lecteur,
    factures: Sequence[Lecture],
    niveau: int,
    date: dt.date,
    *,
    target: str | None = None,
    suspension: tuple[dt.date | None, Sequence[str]] = (None, ()),
) -> Redige:
    """Return the YAML of a notice.

    Args:
        factures: the invoices it gathers; the first decides the folder.
        target: the file to write, or None for a free name.
        suspension: of level 3, the first day without the services, and which; by default the day after the delay, and
            the services of the invoices.
    """
    first = factures[0]
    projet = first.projet
    beside = Path(os.path.abspath(first.fichier)).parent if first.fichier != "-" else Path.cwd()
    documents = [item.document for item in factures if isinstance(item.document, Facture)]
    label = (documents[0].numero or Path(first.fichier).stem).replace("/", "-")
    if len(documents) > 1:
        label = slugify(documents[0].client.nom or label)
    name = ECHELLE[niveau - 1].replace("_", "-")
    if target is not None:
        path = Path(target)
    elif projet.exists:
        path = projet.racine / DOSSIER / f"{date.isoformat()}-{label}-{name}.yaml"
    else:
        path = beside / f"{label}-{name}.yaml"
    folder = Path(os.path.abspath(path)).parent
    if projet.exists and target is None and not projet.may_read(folder):
        # Written where it cannot be read again, a notice would be forgotten, and the first one sent for ever.
        raise UsageError(f"{display_path(folder)} mène hors du projet : les relances n'y seraient pas relues")
    sent = [
        {
            (item.date, item.niveau)
            for item in list_envoyees(lecteur, facture)
            if item.date < date or (item.date == date and item.niveau < niveau)
        }
        for facture in factures
    ]
    # Only what was sent for every invoice of this notice is recalled: the others would read it as false.
    recalled = sorted(set.intersection(*sent))
    names = [_refer(lecteur, projet, folder, item) for item in factures]
    delai = projet.relances["delai"]
    schema = Path(os.path.relpath(projet.racine / "schemas" / "relance.schema.json", folder)).as_posix()
    lines = [
        f"# yaml-language-server: $schema={schema}" if projet.exists else "",
        "type: relance",
        f"date: {date.isoformat()}",
        f"niveau: {niveau}                     # {NIVEAUX[niveau]}",
        f"factures: [{', '.join(names)}]",
        f"delai: {delai} jours",
    ]
    if recalled:
        lines.append("precedentes:")
        lines += [f"  - {{niveau: {level}, date: {day.isoformat()}}}" for day, level in recalled]
    annonce = ""
    if niveau == _SUSPENSION and (any(suspension) or documents[0].client.qualite_deduite != "public"):
        given, stops = suspension
        defaults = _DEFAUTS["en" if documents[0].langue == "en" else "fr"]
        day = given or date + dt.timedelta(days=delai + 1)
        stopped = list(stops) or _name_prestations(documents, defaults.prestations)
        lines += ["suspension:", f"  a_compter_du: {day.isoformat()}", "  prestations:"]
        lines += [f"    - {quote(text)}" for text in stopped]
        lines.append(f"  reprise: {quote(defaults.reprise)}")
        annonce = f"suspension le {format_date(day, 'fr')}, {' ; '.join(stopped)}"
    return Redige(path, "\n".join(line for line in lines if line) + "\n", niveau, annonce)


def _refer(lecteur: Lecteur, projet: Projet, folder: Path, facture: Lecture) -> str:
    """Return how a notice names an invoice: its number when that is enough to find it, else a path.

    Why from the project's root: a path from a folder that is not there yet leads nowhere.
    """
    document = facture.document
    numero = document.numero if document is not None else None
    if numero:
        found = lecteur.find_numero(projet, folder, "facture", numero)
        if [os.path.realpath(path) for path in found] == [os.path.realpath(facture.fichier)]:
            return quote(numero)
    return quote(Path(os.path.relpath(facture.fichier, projet.racine if projet.exists else folder)).as_posix())


@dataclass(frozen=True, slots=True)
class _Defauts:
    """What a suspension says when nobody said it, in one language."""

    prestations: str
    reprise: str


_DEFAUTS = {
    "fr": _Defauts("les prestations en cours : « {} »", "dès le paiement reçu, sous deux jours ouvrés"),
    "en": _Defauts("work in progress: “{}”", "as soon as the payment is received, within two working days"),
}


def _name_prestations(documents: Sequence[Facture], pattern: str) -> list[str]:
    """Name what stops from what was billed: a vague suspension is worth nothing."""
    named = [document.objet for document in documents if document.objet]
    if not named:
        lines = [line.designation for document in documents for _, _, line in document.iter_lignes()]
        named = [designation for designation in lines if designation][:3]
    return [pattern.format(text) for text in dict.fromkeys(named)]


def quote(text: str) -> str:
    """Return a text as one YAML scalar on one line, between quotes when it has to be."""
    plain = text.replace("-", "").replace("_", "").replace("/", "").replace(".", "")
    is_word = bool(plain) and plain.isalnum() and strip_accents(text).isascii() and text[0].isalpha()
    if is_word and text.lower() != "null":
        return text
    # A JSON string is a YAML scalar on one line, line ends and all.
    return json.dumps(text, ensure_ascii=False)


def to_octets(redige: Redige) -> bytes:
    """Return the bytes of a notice; half a character from a shell is then refused by the reader as not UTF-8."""
    return redige.texte.encode("utf-8", "surrogateescape")


def check_relance(lecteur: Lecteur, redige: Redige, today: dt.date) -> Dossier:
    """Judge a notice before it is written: a file that would be refused is not left behind.

    Raises: RefusError with every finding.
    """
    dossier = build_dossier(lecteur.read(display_path(redige.chemin), to_octets(redige)), today)
    if dossier.has_errors:
        raise RefusError(dossier.constats)
    return dossier


def free_path(redige: Redige) -> tuple[Path, bool]:
    """Return where to write a notice, and whether it has to be: the same text is already there, or a free name."""
    path = redige.chemin
    for number in range(2, 1000):
        if not os.path.lexists(path):
            return path, True
        if path.is_file() and path.read_bytes() == to_octets(redige):
            return path, False
        path = redige.chemin.with_name(f"{redige.chemin.stem}-{number}{redige.chemin.suffix}")
    raise UsageError(f"{redige.chemin} : aucun nom libre")
