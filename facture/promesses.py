"""What was promised to clients, and for when: gathered from documents, kept, renegotiated, put in a calendar.

Why promises are edited where they were made: a promise is a debt of its document, as a payment is. Its status and its
former dates are events of its life; they change neither the page nor what was issued.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import os
import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facture.documents import Document, EtapePromesse
from facture.errors import Diagnostic, Position, UsageError, format_path
from facture.feuille import Ecriture, Feuille, dump_keys, to_bytes, to_plain
from facture.lecture import Lecteur, Lecture
from facture.lettres import Courrier
from facture.projet import Projet, resolve_reference
from facture.source import Noeud, Table, Texte, find_node, finding, locate, parse, read_bytes
from facture.typo import format_date, format_period, slugify, strip_accents

OUVERTES = ("due", "renegociee")
"""Statuses of a promise that is still owed."""

_AVANCEMENT = ("due", "renegociee", "rompue", "tenue")
"""Statuses, each further along the life of a promise than the one before."""

DOSSIER_COURRIERS = "courriers"
MODELE_REPORT = "report-delai"


# --- Gathering -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PromesseSuivie:
    """A promise, and where it was made.

    Attributes:
        fichier: the document's file, as the command named it.
        type: the document's type.
        numero: the document's number, None for a draft and for a letter without one.
        date: the document's date, None for a draft without one.
        client: the client's name, "" when the document does not say it.
        fiche: name of the client's file without its suffix, "" when the client is written in the document.
        affaires: names of the devis that the document belongs to, "" none: two promises of one devis may be one.
        quoi: what is promised, "" when the document does not say it.
        pour: the date it is now promised for.
        statut: `due`, `tenue`, `renegociee` or `rompue`.
        historique: its former dates.
        index: its rank in the document, from 0.
        position: where it stands in the file.
    """

    fichier: str
    type: str
    numero: str | None
    date: dt.date | None
    client: str
    fiche: str
    affaires: frozenset[str]
    quoi: str
    pour: dt.date | None
    statut: str
    historique: tuple[EtapePromesse, ...]
    index: int
    position: Position

    @property
    def is_open(self) -> bool:
        """True for what is still owed."""
        return self.statut in OUVERTES

    @property
    def premiere_date(self) -> dt.date | None:
        """The date it was first promised for."""
        return next((etape.pour for etape in self.historique if etape.pour is not None), self.pour)

    @property
    def nombre_reports(self) -> int:
        """How many times its date changed; the day it was kept is in its history too, and is not a change."""
        dates = [*(etape.pour for etape in self.historique if etape.pour is not None), self.pour]
        return sum(before != after for before, after in itertools.pairwise(dates))

    def compute_retard(self, today: dt.date) -> int:
        """Return the days by which an open promise is late, 0 on its own day and before."""
        if not self.is_open or self.pour is None:
            return 0
        return max(0, (today - self.pour).days)


def find_promettant(lecture: Lecture) -> Document | Courrier | None:
    """Return what may hold promises: a devis, an invoice, a credit note or a letter; None for any other file."""
    return lecture.document or (lecture.lettre if isinstance(lecture.lettre, Courrier) else None)


def list_promesses(lecture: Lecture) -> list[PromesseSuivie]:
    """Return every promise of one document, in its order; a file that makes none has none."""
    document = find_promettant(lecture)
    if document is None:
        return []
    node = lecture.racine.entries.get("client")
    # A client that comes from a fiche stands in another file than the document.
    fiche = Path(node.position.file).stem if node is not None and node.position.file != lecture.fichier else ""
    affaires = [getattr(document, "devis", None)]
    if lecture.type == "devis":
        affaires += [document.numero, Path(lecture.fichier).stem]
    return [
        PromesseSuivie(
            lecture.fichier,
            lecture.type,
            document.numero,
            document.date,
            document.client.nom or "",
            fiche,
            frozenset(_fold(name) for name in affaires if name),
            promesse.quoi or "",
            promesse.pour,
            promesse.statut,
            promesse.historique,
            index,
            locate(lecture.racine, ("promesses", index))[0],
        )
        for index, promesse in enumerate(document.promesses)
    ]


def collect_promesses(lectures: Iterable[Lecture]) -> tuple[list[PromesseSuivie], list[Diagnostic]]:
    """Gather the promises of documents.

    Returns: the promises, each once (`merge_repetees`), by date then file, those without a date last; the errors of
        the documents, and F217 for a promise that does not say what or when.
    """
    found: list[PromesseSuivie] = []
    findings: list[Diagnostic] = []
    for lecture in lectures:
        promises = list_promesses(lecture)
        errors = [constat for constat in lecture.constats if constat.is_error]
        findings += errors or _find_incomplete(lecture, promises)
        found += promises
    return sort_promesses(merge_repetees(found)), findings


def sort_promesses(promesses: Iterable[PromesseSuivie]) -> list[PromesseSuivie]:
    """Return promises by date, then file, then rank; those without a date come last."""
    return sorted(promesses, key=lambda p: (p.pour or dt.date.max, p.fichier, p.index))


def _find_incomplete(lecture: Lecture, promesses: Sequence[PromesseSuivie]) -> list[Diagnostic]:
    return [
        finding(
            "F217", f"clé « {key} » manquante", promesse.position, f"promesses[{promesse.index}]", f"ajoutez {key}:"
        )
        for promesse in promesses
        for key in ("quoi", "pour")
        if not getattr(promesse, key) and find_node(lecture.racine, ("promesses", promesse.index, key)) is None
    ]


def merge_repetees(promesses: Iterable[PromesseSuivie]) -> list[PromesseSuivie]:
    """Return each promise once, when an invoice or a letter repeats that of its devis.

    Two promises are one when they say the same thing to the same client for the same date, the date first promised:
    one of the two documents may not know that it was renegotiated since. They stay two when their documents name
    different devis. The furthest along is kept (due, renegotiated, broken, kept), then the one with the longest
    history, then that of the devis.
    """
    groups: dict[tuple[str, str, dt.date | None], list[list[PromesseSuivie]]] = defaultdict(list)
    order: list[list[PromesseSuivie]] = []
    # Devis first: the others join one of them.
    for promesse in sorted(promesses, key=lambda p: (p.type != "devis", p.fichier, p.index)):
        alike = groups[_fold(promesse.client), _fold(promesse.quoi), promesse.premiere_date]
        group = next((group for group in alike if promesse.quoi and _is_repeated(promesse, group)), None)
        if group is None:
            group = []
            alike.append(group)
            order.append(group)
        group.append(promesse)
    return [max(group, key=lambda p: (_AVANCEMENT.index(p.statut), len(p.historique))) for group in order]


def _is_repeated(promesse: PromesseSuivie, group: Sequence[PromesseSuivie]) -> bool:
    if any(promesse.fichier == other.fichier for other in group):
        return False
    known = {name for other in group for name in other.affaires}
    return not promesse.affaires or not known or bool(promesse.affaires & known)


def is_of_client(promesse: PromesseSuivie, wanted: str) -> bool:
    """Say whether a promise was made to a client named by a part of its name, or by the name of its fiche."""
    return _fold(wanted) in _fold(promesse.client) or _fold(wanted) == _fold(promesse.fiche)


def _fold(text: str) -> str:
    """Return a text as it is compared: no accents, no capitals, one kind of apostrophe and of space."""
    return " ".join(strip_accents(text).replace("’", "'").lower().split())


def to_json(promesses: Sequence[PromesseSuivie], today: dt.date) -> dict[str, Any]:
    """Return promises with the keys of `--format json`; `jours` counts days late, 0 when not late."""
    rows = [
        {
            "fichier": promesse.fichier,
            "type": promesse.type,
            "numero": promesse.numero,
            "client": promesse.client,
            "quoi": promesse.quoi,
            "pour": _iso(promesse.pour),
            "statut": promesse.statut,
            "en_retard": promesse.compute_retard(today) > 0,
            "jours": promesse.compute_retard(today),
            "historique": [
                {"pour": _iso(etape.pour), "le": _iso(etape.le), "motif": etape.motif} for etape in promesse.historique
            ],
        }
        for promesse in promesses
    ]
    late = sum(1 for promesse in promesses if promesse.compute_retard(today) > 0)
    return {"date": today.isoformat(), "promesses": rows, "total": len(rows), "en_retard": late}


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day is not None else None


def describe_retard(promesse: PromesseSuivie, today: dt.date) -> str:
    """Return how far a promise is: « en retard de 12 jours », « aujourd'hui », « dans 3 jours », or its status."""
    if not promesse.is_open:
        return promesse.statut
    if promesse.pour is None:
        return "sans date"
    days = (promesse.pour - today).days
    if days < 0:
        return f"en retard {count_jours(-days, 'de')}"
    known = {0: "aujourd'hui", 1: "demain"}
    return known.get(days) or f"dans {days} jours"


def count_jours(days: int, word: str = "") -> str:
    """Return « 12 jours » or « 1 jour », after a word that is elided: « de 12 jours », « d'un jour »."""
    if days == 1 and word == "de":
        return "d'un jour"
    return f"{word} {days} jour{'s' if days > 1 else ''}".strip()


# --- Too many promises -----------------------------------------------------------------------------------------------


def find_surcharges(
    promesses: Sequence[PromesseSuivie], par_semaine: int, montrees: Container[Position] | None = None
) -> list[Diagnostic]:
    """Return a warning for each week (ISO 8601, from Monday) in which too many open promises fall.

    Args:
        promesses: each once, those of every client: a week is one week for all of them.
        par_semaine: how many a week can hold.
        montrees: where the promises that are shown stand; a week without one is not said. All when None.

    Returns: L470 at the last promise of each such week, naming all of them.
    """
    weeks: dict[tuple[int, int], list[PromesseSuivie]] = defaultdict(list)
    for promesse in sort_promesses(promesses):
        if promesse.is_open and promesse.pour is not None:
            year, week, _ = promesse.pour.isocalendar()
            weeks[year, week].append(promesse)
    return [
        _say_surcharge(year, week, held, par_semaine)
        for (year, week), held in sorted(weeks.items())
        if len(held) > par_semaine and (montrees is None or any(promesse.position in montrees for promesse in held))
    ]


def _say_surcharge(year: int, week: int, held: Sequence[PromesseSuivie], par_semaine: int) -> Diagnostic:
    monday = dt.date.fromisocalendar(year, week, 1)
    days = format_period(monday, monday + dt.timedelta(days=6), "fr")
    named = " ; ".join(_summarise(promesse) for promesse in held)
    message = f"semaine {week}, {days} : {len(held)} promesses ouvertes, pour {par_semaine} au plus : {named}"
    last = held[-1]
    return finding("L470", message, last.position, format_path(("promesses", last.index)))


def _summarise(promesse: PromesseSuivie) -> str:
    return f"{promesse.client} : {promesse.quoi}" if promesse.client else promesse.quoi


# --- Calendar --------------------------------------------------------------------------------------------------------


_OCTETS_PAR_LIGNE = 75


def to_ics(promesses: Sequence[PromesseSuivie], today: dt.date) -> bytes:
    """Return the open promises as a calendar, one event of a whole day each, with an alarm the day before.

    Why events and not tasks (VTODO): most calendars of the trade show no task. The time stamp is that of the document,
    or of the last renegotiation, so that the same files give the same bytes.

    Args:
        today: stands in for the date of a document that has none.

    Source: RFC 5545, 3.1 (lines of 75 octets, CRLF), 3.3.11 (escapes), 3.6.1 (VEVENT), 3.6.6 (VALARM).
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//facture//promesses//FR", "CALSCALE:GREGORIAN"]
    for promesse in promesses:
        if promesse.is_open and promesse.pour is not None:
            lines += _dump_event(promesse, promesse.pour, today)
    lines.append("END:VCALENDAR")
    return b"".join(_fold_line(line) for line in lines)


def _dump_event(promesse: PromesseSuivie, pour: dt.date, today: dt.date) -> list[str]:
    known = [promesse.date, *(etape.le for etape in promesse.historique)]
    stamp = max((day for day in known if day is not None), default=today)
    document = _name_document(promesse)
    said = [f"Promis dans : {document}"]
    for etape in promesse.historique:
        if etape.pour is not None:
            reason = f" : {etape.motif}" if etape.motif else ""
            said.append(f"Promis d'abord pour le {format_date(etape.pour, 'fr')}{reason}")
    summary = _escape(_summarise(promesse))
    return [
        "BEGIN:VEVENT",
        f"UID:{_compute_uid(promesse)}",
        f"DTSTAMP:{stamp:%Y%m%d}T000000Z",
        f"DTSTART;VALUE=DATE:{pour:%Y%m%d}",
        # The end of an event of whole days is not part of it.
        f"DTEND;VALUE=DATE:{pour + dt.timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{summary}",
        f"DESCRIPTION:{_escape(chr(10).join(said))}",
        f"SEQUENCE:{promesse.nombre_reports}",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{summary}",
        "TRIGGER:-P1D",
        "END:VALARM",
        "END:VEVENT",
    ]


def _name_document(promesse: PromesseSuivie) -> str:
    if promesse.numero is not None:
        return f"{promesse.type} {promesse.numero}"
    return f"{promesse.type} {Path(promesse.fichier).stem}"


def _compute_uid(promesse: PromesseSuivie) -> str:
    """Return what tells this promise from all others, whatever its date becomes and wherever the folder lies."""
    said = "\n".join((_name_document(promesse), str(promesse.index), promesse.quoi))
    return f"{hashlib.sha256(said.encode()).hexdigest()[:32]}@facture"


def _escape(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return re.sub(r"\r\n|\r|\n", r"\\n", escaped)


def _fold_line(line: str) -> bytes:
    """Return a line cut every 75 octets, never inside a character; what follows a cut starts with a space."""
    done: list[bytes] = []
    current = b""
    for character in line:
        octets = character.encode()
        if len(current) + len(octets) > _OCTETS_PAR_LIGNE:
            done.append(current)
            current = b" "
        current += octets
    return b"".join(part + b"\r\n" for part in (*done, current))


# --- Naming one promise ----------------------------------------------------------------------------------------------


def find_promesse(promesses: Sequence[PromesseSuivie], wanted: str | None, fichier: str) -> PromesseSuivie:
    """Return the open promise of a document that a person means.

    Args:
        promesses: those of the document, in its order.
        wanted: a rank from 1, or the beginning of its text, accents and capitals ignored; None when only one is open.
        fichier: the document, as typed.

    Raises: UsageError with the list when none or several answer.
    """
    if not promesses:
        raise UsageError(f"{fichier} : ce document ne promet rien")
    ouvertes = [promesse for promesse in promesses if promesse.is_open]
    if wanted is None:
        if len(ouvertes) == 1:
            return ouvertes[0]
        if not ouvertes:
            raise UsageError(f"{fichier} : aucune promesse en cours\n{_list_ranks(promesses)}")
        raise UsageError(f"{fichier} : {len(ouvertes)} promesses en cours ; dites laquelle\n{_list_ranks(promesses)}")
    found = _match(promesses, wanted)
    alive = [promesse for promesse in found if promesse.is_open]
    if len(alive) == 1:
        return alive[0]
    if len(alive) > 1:
        raise UsageError(f"{fichier} : « {wanted} » désigne plusieurs promesses\n{_list_ranks(promesses)}")
    if found:
        raise UsageError(f"{fichier} : « {found[0].quoi} » est déjà {found[0].statut}")
    raise UsageError(f"{fichier} : aucune promesse ne répond à « {wanted} »\n{_list_ranks(promesses)}")


def _match(promesses: Sequence[PromesseSuivie], wanted: str) -> list[PromesseSuivie]:
    if re.fullmatch(r"[0-9]{1,4}", wanted) and 1 <= int(wanted) <= len(promesses):
        return [promesses[int(wanted) - 1]]
    start = _fold(wanted)
    return [promesse for promesse in promesses if start and _fold(promesse.quoi).startswith(start)]


def _list_ranks(promesses: Sequence[PromesseSuivie]) -> str:
    lines = []
    for promesse in promesses:
        when = f", pour le {format_date(promesse.pour, 'fr')}" if promesse.pour is not None else ""
        closed = "" if promesse.is_open else f" ({promesse.statut})"
        lines.append(f"  {promesse.index + 1}. {promesse.quoi or '(sans texte)'}{when}{closed}")
    return "\n".join(lines)


# --- Keeping ---------------------------------------------------------------------------------------------------------


def plan_tenue(lecture: Lecture, promesse: PromesseSuivie, today: dt.date) -> Ecriture:
    """Note that a promise is kept, and on which day.

    Args:
        lecture: of the document that made it.
        today: the day it was kept.

    Raises: RefusError when the file is not sound YAML; UsageError when it cannot be edited.
    """
    late = promesse.compute_retard(today)
    reason = f"tenue avec {count_jours(late)} de retard" if late else "tenue"
    path, sheet = _open(lecture)
    sheet.set_at(("promesses", promesse.index, "statut"), "tenue")
    step = {"pour": _iso(promesse.pour), "le": today.isoformat(), "motif": reason}
    sheet.append_at(("promesses", promesse.index, "historique"), step)
    return Ecriture(path, sheet.finish())


def _open(lecture: Lecture) -> tuple[Path, Feuille]:
    path = Path(os.path.abspath(lecture.fichier))
    return path, Feuille(read_bytes(path, lecture.fichier), lecture.fichier)


# --- Renegotiating ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """A promise renegotiated, not yet written.

    Attributes:
        lettre: the letter that tells the client.
        document: the document with the new date, the former one kept.
        constats: L471 when the promise was already late.
    """

    lettre: Ecriture
    document: Ecriture
    constats: tuple[Diagnostic, ...] = ()


def plan_report(
    lecture: Lecture,
    promesse: PromesseSuivie,
    pour: dt.date,
    motif: str,
    en_attendant: str,
    today: dt.date,
    lecteur: Lecteur,
) -> Report:
    """Give a promise a new date, and write the letter that says so.

    Args:
        lecture: of the document that made it, without errors.
        pour: the new date, after today and after the one promised.
        motif: why the date slips, as the client will read it.
        en_attendant: what the client has meanwhile.
        today: the day of the letter.
        lecteur: reads the files that the document refers to.

    Raises: UsageError for a date or a text that cannot be, for a promise without a date, or when the file cannot be
        edited; RefusError when it is not sound YAML.
    """
    former = promesse.pour
    if former is None or not promesse.quoi:
        missing = "de date" if former is None else "de texte"
        raise UsageError(f"{promesse.fichier} : cette promesse n'a pas {missing} ; complétez-la d'abord")
    if pour <= today:
        raise UsageError(f"--pour {pour.isoformat()} : la nouvelle date vient après le {format_date(today, 'fr')}")
    if pour == former:
        raise UsageError(f"--pour {pour.isoformat()} : c'est la date déjà promise")
    if pour < former:
        raise UsageError(
            f"--pour {pour.isoformat()} : avant la date promise, le {format_date(former, 'fr')} ; "
            "livrer plus tôt ne demande pas de lettre"
        )
    texts = {"--motif": motif, "--en-attendant": en_attendant}
    cause, meanwhile = (_check_text(option, text) for option, text in texts.items())
    path, sheet = _open(lecture)
    sheet.set_at(("promesses", promesse.index, "pour"), pour.isoformat())
    sheet.set_at(("promesses", promesse.index, "statut"), "renegociee")
    step = {"pour": former.isoformat(), "le": today.isoformat(), "motif": cause}
    sheet.append_at(("promesses", promesse.index, "historique"), step)
    findings: list[Diagnostic] = []
    if late := promesse.compute_retard(today):
        message = f"cette promesse est échue depuis {count_jours(late)}"
        findings.append(finding("L471", message, promesse.position, f"promesses[{promesse.index}]"))
    said = {
        "promesse": {"quoi": promesse.quoi, "pour": former.isoformat()},
        "cause": cause,
        "nouvelle_date": pour.isoformat(),
        "en_attendant": meanwhile,
    }
    letter = _write_lettre(lecture, promesse, said, today, lecteur)
    return Report(letter, Ecriture(path, sheet.finish()), tuple(findings))


def _check_text(option: str, text: str) -> str:
    """Return what was typed for an option of the letter, or refuse it in the name of the option."""
    text = text.strip()
    if not text:
        raise UsageError(f"{option} : texte vide")
    if len(text) > _LONGEST:
        raise UsageError(f"{option} : texte de {len(text)} caractères : {_LONGEST} au plus")
    _, findings = parse(to_bytes(dump_keys({"texte": text})), option)
    if findings:
        raise UsageError(f"{option} : {findings[0].message}")
    return text


_LONGEST = 1000
"""Characters of a reason: it stands on one line of the document, and in one paragraph of the letter."""


def _write_lettre(
    lecture: Lecture, promesse: PromesseSuivie, said: dict[str, Any], today: dt.date, lecteur: Lecteur
) -> Ecriture:
    source = Path(os.path.abspath(lecture.fichier)).parent
    projet = lecture.projet
    folder = projet.racine / DOSSIER_COURRIERS if projet.exists else source
    root, _ = parse(read_bytes(Path(lecture.fichier), lecture.fichier), lecture.fichier)
    typed = root if root is not None else Table(Position(lecture.fichier))
    # The references are those of the document: the letter follows the client's file when it changes.
    parties: dict[str, Any] = {
        key: _move(typed.entries[key], key, source, folder, projet, lecteur)
        for key in ("emetteur", "client")
        if key in typed.entries
    }
    kept: dict[str, Any] = {
        key: to_plain(typed.entries[key]) for key in ("langue", "reference_client") if key in typed.entries
    }
    devis = promesse.numero if lecture.type == "devis" else getattr(find_promettant(lecture), "devis", None)
    keys: dict[str, Any] = {
        "type": "courrier",
        "modele": MODELE_REPORT,
        "date": today.isoformat(),
        **kept,
        **parties,
        "devis": devis,
        **said,
    }
    name = f"{today.isoformat()}-report-{slugify(promesse.client)}"
    lines = ["# Relisez cette lettre avant de l'envoyer ; après un changement : facture render", *dump_keys(keys)]
    return Ecriture(_find_free(folder, name), to_bytes(lines))


def _find_free(folder: Path, stem: str) -> Path:
    """Return a path that nothing has: a letter is never written over another."""
    number = 1
    while os.path.lexists(path := folder / (f"{stem}.yaml" if number == 1 else f"{stem}-{number}.yaml")):
        number += 1
    return path


def _move(node: Noeud, kind: str, source: Path, folder: Path, projet: Projet, lecteur: Lecteur) -> Any:
    """Return a party as another folder must write it: a path is counted from there, and so is a logo."""
    if isinstance(node, Texte) and not node.nul and folder != source:
        suits = _need_kind(kind, lecteur)
        target, _ = resolve_reference(projet, node.value, source, kind, node.position, kind, suits=suits)
        if target is None:
            return node.value
        again, _ = resolve_reference(projet, node.value, folder, kind, node.position, kind, suits=suits)
        if again is not None and os.path.realpath(again) == os.path.realpath(target):
            return node.value
        return Path(os.path.relpath(target, folder)).as_posix()
    plain = to_plain(node)
    if isinstance(plain, dict) and isinstance(plain.get("logo"), str) and not os.path.isabs(plain["logo"]):
        plain["logo"] = Path(os.path.relpath(source / plain["logo"], folder)).as_posix()
    return plain


def _need_kind(kind: str, lecteur: Lecteur) -> Callable[[Path], bool]:
    """Return what says whether a file is of a kind: `devis/dupont.yaml` is not the client of that name."""

    def suits(path: Path) -> bool:
        table, _ = lecteur.parse_file(path)
        said = table.entries.get("type") if table is not None else None
        return not isinstance(said, Texte) or said.value == kind

    return suits
