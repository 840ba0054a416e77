"""Promises: gathered from documents, counted late, put in a calendar, kept and renegotiated."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from facture.documents import EtapePromesse
from facture.errors import Diagnostic, Position, UsageError
from facture.lecture import Lecteur, Lecture
from facture.promesses import (
    PromesseSuivie,
    _fold_line,
    collect_promesses,
    describe_retard,
    find_promesse,
    find_surcharges,
    is_of_client,
    list_promesses,
    merge_repetees,
    plan_report,
    plan_tenue,
    sort_promesses,
    to_ics,
    to_json,
)

NOEL = dt.date(2026, 12, 18)

EMETTEUR = "emetteur: {nom: Atelier Nord}\n"
CLIENT = "client: {nom: Menuiserie Valbrun, qualite: professionnel}\n"
LIGNES = "tva: 20\nlignes:\n  - {designation: Maquettes, prix_unitaire: 450}\n"
DEVIS = "type: devis\nnumero: D2026-014\ndate: 2026-11-22\n" + EMETTEUR + CLIENT + LIGNES

Write = Callable[[str, str], Lecture]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file of the current folder, and read it as the commands do."""
    monkeypatch.chdir(tmp_path)

    def put(name: str, text: str) -> Lecture:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return Lecteur().read(name)

    return put


def make(**known: object) -> PromesseSuivie:
    """Return a promise of the devis of Valbrun, with what a test changes."""
    base = PromesseSuivie(
        fichier="devis/valbrun.yaml",
        type="devis",
        numero="D2026-014",
        date=dt.date(2026, 11, 22),
        client="Menuiserie Valbrun",
        fiche="valbrun",
        affaires=frozenset({"d2026-014", "valbrun"}),
        quoi="Maquettes livrées",
        pour=dt.date(2026, 12, 15),
        statut="due",
        historique=(),
        index=0,
        position=Position("devis/valbrun.yaml", 12, 5),
    )
    return replace(base, **known)  # type: ignore[arg-type]


def etape(pour: str, le: str = "2026-12-01", motif: str | None = None) -> EtapePromesse:
    return EtapePromesse(pour=pour, le=le, motif=motif)


def codes(findings: list[Diagnostic] | tuple[Diagnostic, ...]) -> list[str]:
    return [found.code for found in findings]


# --- Late -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statut", "today", "days", "words"),
    [
        ("due", "2026-12-12", 0, "dans 3 jours"),
        ("due", "2026-12-14", 0, "demain"),
        ("due", "2026-12-15", 0, "aujourd'hui"),
        ("due", "2026-12-16", 1, "en retard d'un jour"),
        # 15 December to 15 January is 31 days.
        ("renegociee", "2027-01-15", 31, "en retard de 31 jours"),
        ("tenue", "2027-01-15", 0, "tenue"),
        ("rompue", "2027-01-15", 0, "rompue"),
    ],
)
def test_a_promise_is_late_from_the_day_after(statut: str, today: str, days: int, words: str) -> None:
    """The day itself is not late; what is kept or broken is late no more."""
    day = dt.date.fromisoformat(today)
    assert make(statut=statut).compute_retard(day) == days
    assert describe_retard(make(statut=statut), day) == words


def test_a_promise_without_a_date_is_never_late() -> None:
    """Nothing is guessed: it is shown as it is."""
    assert make(pour=None).compute_retard(NOEL) == 0
    assert describe_retard(make(pour=None), NOEL) == "sans date"


@pytest.mark.parametrize(
    ("historique", "reports", "premiere"),
    [
        ((), 0, "2026-12-15"),
        ((etape("2026-12-01"),), 1, "2026-12-01"),
        ((etape("2026-11-01"), etape("2026-12-01")), 2, "2026-11-01"),
        # The last step says on which day it was kept: its date did not change.
        ((etape("2026-12-01"), etape("2026-12-15", motif="tenue")), 1, "2026-12-01"),
        ((EtapePromesse(le="2026-12-10", motif="Par téléphone"),), 0, "2026-12-15"),
    ],
    ids=["jamais", "une-fois", "deux-fois", "puis-tenue", "sans-date"],
)
def test_a_renegotiation_is_a_change_of_date(
    historique: tuple[EtapePromesse, ...], reports: int, premiere: str
) -> None:
    """What counts is how often the date moved, and from where it started."""
    promise = make(historique=historique)
    assert promise.nombre_reports == reports
    assert promise.premiere_date == dt.date.fromisoformat(premiere)


# --- Gathering --------------------------------------------------------------------------------------------------------


def test_promises_of_a_document(write: Write) -> None:
    """Each is found with its document, its client and its place."""
    promesses = "promesses:\n  - {quoi: Maquettes, pour: 2026-12-15}\n  - quoi: Site\n    pour: 2027-01-29\n"
    promesses += "    statut: renegociee\n    historique: [{pour: 2027-01-15, le: 2026-12-01, motif: Textes}]\n"
    first, second = list_promesses(write("devis/valbrun.yaml", DEVIS + promesses))
    assert (first.type, first.numero, first.client, first.statut) == (
        "devis",
        "D2026-014",
        "Menuiserie Valbrun",
        "due",
    )
    assert (first.index, first.position.line, first.position.column) == (0, 10, 5)
    assert (second.statut, second.pour, second.historique[0].motif) == (
        "renegociee",
        dt.date(2027, 1, 29),
        "Textes",
    )


def test_promises_of_every_kind_of_document(write: Write) -> None:
    """Devis, invoices and letters promise; a client's file does not."""
    promesses = "promesses:\n  - {quoi: Site, pour: 2027-01-29}\n"
    facture = DEVIS.replace("type: devis", "type: facture").replace("D2026", "F2026") + "devis: D2026-014\n"
    courrier = (
        "type: courrier\nmodele: mauvaise-nouvelle\ndate: 2026-12-01\ndevis: D2026-014\n"
        + EMETTEUR
        + CLIENT
        + promesses
    )
    kinds = [
        write("devis/a.yaml", DEVIS + promesses),
        write("factures/a.yaml", facture + promesses),
        write("courriers/a.yaml", courrier),
        write("clients/valbrun.yaml", "nom: Menuiserie Valbrun\n"),
    ]
    found = [list_promesses(lecture) for lecture in kinds]
    assert [[promise.type for promise in promises] for promises in found] == [
        ["devis"],
        ["facture"],
        ["courrier"],
        [],
    ]
    assert found[0][0].affaires == {"d2026-014", "a"}
    assert found[1][0].affaires == found[2][0].affaires == {"d2026-014"}


def test_the_file_of_the_client_is_known(write: Write) -> None:
    """A client written in its own file can be named by that file."""
    write("facture.toml", "")
    write("clients/scierie.yaml", "nom: Menuiserie Valbrun\n")
    lecture = write(
        "devis/a.yaml", DEVIS.replace(CLIENT, "client: scierie\n") + "promesses: [{quoi: Site, pour: 2027-01-29}]\n"
    )
    (promise,) = list_promesses(lecture)
    assert promise.fiche == "scierie"
    assert [is_of_client(promise, name) for name in ("Scierie", "valbrun", "MENUISERIE V", "scie", "dupont")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_promises_come_by_date_then_file() -> None:
    """Those without a date come last."""
    rows = [
        make(fichier="b.yaml", pour=None),
        make(fichier="b.yaml"),
        make(fichier="a.yaml", index=1),
        make(fichier="a.yaml", pour=dt.date(2026, 12, 20)),
        make(fichier="a.yaml"),
    ]
    assert [(row.fichier, row.index, row.pour and row.pour.day) for row in sort_promesses(rows)] == [
        ("a.yaml", 0, 15),
        ("a.yaml", 1, 15),
        ("b.yaml", 0, 15),
        ("a.yaml", 0, 20),
        ("b.yaml", 0, None),
    ]


def test_an_incomplete_promise_is_listed_and_said(write: Write) -> None:
    """What it lacks is an error at its place; it is shown all the same."""
    lecture = write("devis/a.yaml", DEVIS + "promesses:\n  - {quoi: Site}\n  - {pour: 2027-01-29}\n")
    promises, findings = collect_promesses([lecture])
    assert [(promise.quoi, promise.pour) for promise in promises] == [("", dt.date(2027, 1, 29)), ("Site", None)]
    assert [(found.code, found.path, found.position.line) for found in findings] == [
        ("F217", "promesses[0]", 10),
        ("F217", "promesses[1]", 11),
    ]
    assert "« pour »" in findings[0].message and "« quoi »" in findings[1].message


def test_a_document_with_an_error_says_it_once(write: Write) -> None:
    """A date that cannot be read is said as such, and not as missing too."""
    lecture = write("devis/a.yaml", DEVIS + "promesses:\n  - {quoi: Site, pour: 29/01/2027}\n")
    promises, findings = collect_promesses([lecture])
    assert (len(promises), promises[0].pour, codes(findings)) == (1, None, ["F208"])


FACTURE = make(fichier="factures/f.yaml", type="facture", numero="F2026-001", affaires=frozenset({"d2026-014"}))
AUTRE_DEVIS = make(fichier="devis/z.yaml", numero="D2026-020", affaires=frozenset({"d2026-020", "z"}))
REPORTEE = {"statut": "renegociee", "pour": dt.date(2027, 1, 8), "historique": (etape("2026-12-15"),)}

REPETEES: dict[str, tuple[list[PromesseSuivie], list[tuple[str, str]]]] = {
    "facture-du-devis": ([make(), FACTURE], [("devis", "due")]),
    "tenue-sur-la-facture": ([make(), replace(FACTURE, statut="tenue")], [("facture", "tenue")]),
    "tenue-sur-le-devis": ([FACTURE, make(statut="tenue")], [("devis", "tenue")]),
    # The invoice does not know that the devis was renegotiated since: one promise, at its new date.
    "renegociee": ([make(**REPORTEE), FACTURE], [("devis", "renegociee")]),
    "casse-et-accents": ([make(), replace(FACTURE, quoi="MAQUETTES LIVREES")], [("devis", "due")]),
    "facture-sans-devis": ([make(), replace(FACTURE, affaires=frozenset())], [("devis", "due")]),
    "deux-factures": ([FACTURE, replace(FACTURE, fichier="factures/g.yaml")], [("facture", "due")]),
    "autre-date": ([make(), replace(FACTURE, pour=NOEL)], [("devis", "due"), ("facture", "due")]),
    "autre-texte": ([make(), replace(FACTURE, quoi="Site")], [("devis", "due"), ("facture", "due")]),
    "autre-client": ([make(), replace(FACTURE, client="Dupont")], [("devis", "due"), ("facture", "due")]),
    "autre-devis": ([make(), AUTRE_DEVIS], [("devis", "due"), ("devis", "due")]),
    "facture-d-un-autre-devis": ([AUTRE_DEVIS, FACTURE], [("devis", "due"), ("facture", "due")]),
    "deux-fois-dans-un-fichier": ([make(), make(index=1)], [("devis", "due"), ("devis", "due")]),
    "sans-texte": ([make(quoi=""), replace(FACTURE, quoi="")], [("devis", "due"), ("facture", "due")]),
}


@pytest.mark.parametrize(("rows", "expected"), REPETEES.values(), ids=REPETEES)
def test_a_promise_repeated_on_the_invoice_is_one(rows: list[PromesseSuivie], expected: list[tuple[str, str]]) -> None:
    """Same client, text and first date, in papers of one devis: one promise, the furthest along, in any order."""
    assert [(row.type, row.statut) for row in merge_repetees(rows)] == expected
    assert sorted((row.type, row.statut) for row in merge_repetees(rows[::-1])) == sorted(expected)


def test_json(write: Write) -> None:
    """The keys of the contract, in their order; a draft has no number."""
    promesses = "promesses:\n  - quoi: Site\n    pour: 2026-12-15\n    statut: renegociee\n"
    promesses += (
        "    historique: [{pour: 2026-12-01, le: 2026-11-25, motif: Textes}]\n  - {quoi: Cours, pour: 2026-12-18}\n"
    )
    lecture = write("devis.yaml", DEVIS.replace("numero: D2026-014\n", "") + promesses)
    assert to_json(list_promesses(lecture), NOEL) == {
        "date": "2026-12-18",
        "promesses": [
            {
                "fichier": "devis.yaml",
                "type": "devis",
                "numero": None,
                "client": "Menuiserie Valbrun",
                "quoi": "Site",
                "pour": "2026-12-15",
                "statut": "renegociee",
                "en_retard": True,
                "jours": 3,
                "historique": [{"pour": "2026-12-01", "le": "2026-11-25", "motif": "Textes"}],
            },
            {
                "fichier": "devis.yaml",
                "type": "devis",
                "numero": None,
                "client": "Menuiserie Valbrun",
                "quoi": "Cours",
                "pour": "2026-12-18",
                "statut": "due",
                "en_retard": False,
                "jours": 0,
                "historique": [],
            },
        ],
        "total": 2,
        "en_retard": 1,
    }


# --- Too many ---------------------------------------------------------------------------------------------------------


def week_of(*days: str, **known: object) -> list[PromesseSuivie]:
    return [
        make(quoi=f"Livraison {rank}", pour=dt.date.fromisoformat(day), index=rank, **known)
        for rank, day in enumerate(days)
    ]


def test_a_week_too_full_is_named(write: Write) -> None:
    """From Monday 28 December 2026 to Sunday 3 January 2027 is one week, the fifty-third of 2026."""
    rows = week_of("2026-12-28", "2026-12-31", "2027-01-01", "2027-01-03", "2027-01-04")
    (found,) = find_surcharges(rows, 3)
    assert (found.code, found.is_error, found.path) == ("L470", False, "promesses[3]")
    assert found.message == (
        "semaine 53, du 28 décembre 2026 au 3 janvier 2027 : 4 promesses ouvertes, pour 3 au plus : "
        "Menuiserie Valbrun : Livraison 0 ; Menuiserie Valbrun : Livraison 1 ; "
        "Menuiserie Valbrun : Livraison 2 ; Menuiserie Valbrun : Livraison 3"
    )


@pytest.mark.parametrize(
    ("rows", "par_semaine", "weeks"),
    [
        (week_of("2026-12-14", "2026-12-15", "2026-12-16"), 3, 0),
        (week_of("2026-12-14", "2026-12-15", "2026-12-16"), 2, 1),
        (week_of("2026-12-13", "2026-12-14", "2026-12-20", "2026-12-21"), 2, 0),
        (week_of("2026-12-14", "2026-12-15", statut="tenue"), 1, 0),
        (week_of("2026-12-14", "2026-12-15", statut="rompue"), 1, 0),
        (week_of("2026-12-14", "2026-12-15", statut="renegociee"), 1, 1),
        (week_of("2026-12-14", "2026-12-15", "2027-12-14", "2027-12-15"), 1, 2),
        ([make(pour=None), make(pour=None)], 1, 0),
    ],
    ids=["juste", "trop", "dimanche-et-lundi", "tenues", "rompues", "renegociees", "deux-ans", "sans-date"],
)
def test_only_open_promises_fill_a_week(rows: list[PromesseSuivie], par_semaine: int, weeks: int) -> None:
    """A week goes from Monday to Sunday, and is too full above the number, not at it."""
    assert len(find_surcharges(rows, par_semaine)) == weeks


def test_a_week_is_said_when_one_of_its_promises_is_shown() -> None:
    """Other clients fill a week too, but a week that is not on the list is not said."""
    rows = week_of("2026-12-14", "2026-12-15")
    assert codes(find_surcharges(rows, 1, {rows[0].position})) == ["L470"]
    assert find_surcharges(rows, 1, {Position("ailleurs.yaml", 1, 1)}) == []


# --- Calendar ---------------------------------------------------------------------------------------------------------


def read_ics(data: bytes) -> list[dict[str, str]]:
    """Return the events of a calendar, by property; those of an alarm are named « alarme.X ».

    RFC 5545: lines end with CRLF and hold 75 octets at most; a line that starts with a blank goes on the one before.
    """
    assert data.endswith(b"\r\n") and data.count(b"\n") == data.count(b"\r\n")
    raw = data.split(b"\r\n")[:-1]
    assert max(map(len, raw)) <= 75
    # Each line decodes alone: no character is cut in two.
    lines = re.sub("\r\n ", "", "\r\n".join(line.decode() for line in raw)).split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-1] == "END:VCALENDAR"
    events: list[dict[str, str]] = []
    opened: list[str] = []
    for line in lines:
        name, _, value = line.partition(":")
        if name == "BEGIN":
            opened.append(value)
            if value == "VEVENT":
                events.append({})
        elif name == "END":
            assert opened.pop() == value
        elif len(opened) > 1:
            text = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)
            events[-1][f"alarme.{name}" if opened[-1] == "VALARM" else name] = text
    assert opened == []
    return events


def test_an_open_promise_is_an_event_of_one_day() -> None:
    """All day on its date, the end is the day after; an alarm rings the day before."""
    (event,) = read_ics(to_ics([make()], NOEL))
    uid = event.pop("UID")
    assert re.fullmatch(r"[0-9a-f]{32}@facture", uid)
    assert event == {
        "DTSTAMP": "20261122T000000Z",
        "DTSTART;VALUE=DATE": "20261215",
        "DTEND;VALUE=DATE": "20261216",
        "SUMMARY": "Menuiserie Valbrun : Maquettes livrées",
        "DESCRIPTION": "Promis dans : devis D2026-014",
        "SEQUENCE": "0",
        "STATUS": "CONFIRMED",
        "TRANSP": "TRANSPARENT",
        "alarme.ACTION": "DISPLAY",
        "alarme.DESCRIPTION": "Menuiserie Valbrun : Maquettes livrées",
        "alarme.TRIGGER": "-P1D",
    }


def test_a_calendar_announces_itself() -> None:
    """The two properties that every calendar has, even an empty one."""
    data = to_ics([make(statut="tenue"), make(statut="rompue"), make(pour=None)], NOEL)
    assert read_ics(data) == []
    assert b"VERSION:2.0\r\n" in data and b"PRODID:-//facture//" in data


def test_a_renegotiated_promise_is_the_same_event_later() -> None:
    """Same identifier, a higher sequence, the day it changed as its stamp: the calendar moves the event."""
    (before,) = read_ics(to_ics([make()], NOEL))
    moved = make(**{**REPORTEE, "historique": (etape("2026-12-15", "2026-12-10", "Textes reçus tard"),)})
    (after,) = read_ics(to_ics([moved], NOEL))
    assert after["UID"] == before["UID"]
    assert (after["SEQUENCE"], after["DTSTAMP"]) == ("1", "20261210T000000Z")
    assert after["DTSTART;VALUE=DATE"] == "20270108"
    assert after["DESCRIPTION"] == (
        "Promis dans : devis D2026-014\nPromis d'abord pour le 15 décembre 2026 : Textes reçus tard"
    )


def test_an_event_is_known_by_its_document_not_by_its_folder() -> None:
    """The folder of a machine is not in the identifier; rank, text and document are."""
    rows = [
        make(),
        make(fichier="/home/x/devis/valbrun.yaml"),
        make(index=1),
        make(quoi="Site"),
        make(numero="D2026-015"),
        make(numero=None),
        make(numero=None, type="facture"),
    ]
    uids = [event["UID"] for event in read_ics(to_ics(rows, NOEL))]
    assert uids[0] == uids[1]
    assert len(set(uids)) == len(rows) - 1


def test_a_draft_takes_the_day_of_the_command() -> None:
    """A document without a date has no day of its own to stamp its event with."""
    (event,) = read_ics(to_ics([make(date=None, numero=None)], NOEL))
    assert (event["DTSTAMP"], event["DESCRIPTION"]) == ("20261218T000000Z", "Promis dans : devis valbrun")


def test_signs_of_the_format_are_escaped() -> None:
    """Comma, semicolon, backslash and line break are text, and a long line is cut without losing a letter."""
    quoi = "Maquettes, textes ; C:\\docs" + " éèê€" * 40 + "\nfin"
    (event,) = read_ics(to_ics([make(quoi=quoi)], NOEL))
    assert event["SUMMARY"] == f"Menuiserie Valbrun : {quoi}"
    assert b"Maquettes\\, textes \\; C:\\\\docs" in to_ics([make(quoi=quoi)], NOEL)


@given(line=st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=300))
def test_a_folded_line_unfolds(line: str) -> None:
    """Whatever its characters weigh, a line is cut at 75 octets at most, and reads back whole."""
    folded = _fold_line(line)
    assert folded.endswith(b"\r\n")
    parts = folded[:-2].split(b"\r\n")
    assert all(len(part) <= 75 for part in parts)
    # A cut comes only when the next character would not fit: at most 4 octets.
    assert all(len(part) > 71 for part in parts[:-1])
    assert parts[0].decode() + "".join(part.decode()[1:] for part in parts[1:]) == line


# --- Naming one -------------------------------------------------------------------------------------------------------

LISTE = [
    make(quoi="Maquettes livrées", index=0),
    make(quoi="Maquettes corrigées", index=1),
    make(quoi="Œuvre d’art", index=2),
    make(quoi="Cours", index=3, statut="tenue"),
    make(quoi="3 photos", index=4),
]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ("1", 0),
        ("2", 1),
        ("maquettes l", 0),
        ("MAQUETTES CORRIGEES", 1),
        ("oeuvre d'art", 2),
        ("œuvre", 2),
        # A rank wins over a text that starts with the same figure.
        ("3", 2),
        ("3 ph", 4),
    ],
)
def test_a_promise_is_named_by_rank_or_by_its_beginning(wanted: str, index: int) -> None:
    """Ranks start at 1; accents, capitals and the kind of apostrophe do not count."""
    assert find_promesse(LISTE, wanted, "devis.yaml").index == index


@pytest.mark.parametrize(
    ("promises", "wanted", "words"),
    [
        (LISTE, None, "4 promesses en cours ; dites laquelle\n  1. Maquettes livrées, pour le 15 décembre 2026\n"),
        (LISTE, "maq", "désigne plusieurs"),
        (LISTE, "livrées", "aucune promesse ne répond"),
        (LISTE, "9", "aucune promesse ne répond"),
        (LISTE, "0", "aucune promesse ne répond"),
        (LISTE, "", "aucune promesse ne répond"),
        (LISTE, "cours", "« Cours » est déjà tenue"),
        (LISTE, "4", "« Cours » est déjà tenue"),
        ([LISTE[3]], None, "aucune promesse en cours\n  4. Cours, pour le 15 décembre 2026 (tenue)"),
        ([], None, "ce document ne promet rien"),
        ([], "1", "ce document ne promet rien"),
    ],
)
def test_what_names_no_promise_or_several_is_refused(
    promises: list[PromesseSuivie], wanted: str | None, words: str
) -> None:
    """The list says what could have been meant; a promise already kept is said so."""
    with pytest.raises(UsageError) as caught:
        find_promesse(promises, wanted, "devis.yaml")
    assert words in str(caught.value)


def test_the_only_open_promise_needs_no_name() -> None:
    """One is open, the others are kept: it is the one."""
    assert find_promesse([LISTE[3], LISTE[0]], None, "devis.yaml") is LISTE[0]


# --- Keeping ----------------------------------------------------------------------------------------------------------

PROMESSES = """\
promesses:
  - {quoi: Maquettes livrées, pour: 2026-12-15}  # à l'heure
  - quoi: "Site : en ligne"
    pour: 2027-01-29
notes: Merci
"""


@pytest.mark.parametrize(
    ("index", "today", "old", "new"),
    [
        (
            0,
            "2026-12-14",
            "pour: 2026-12-15}",
            "pour: 2026-12-15, statut: tenue, historique: [{pour: 2026-12-15, le: 2026-12-14, motif: tenue}]}",
        ),
        (
            1,
            "2027-02-01",
            "    pour: 2027-01-29\n",
            "    pour: 2027-01-29\n    statut: tenue\n    historique:\n"
            "      - {pour: 2027-01-29, le: 2027-02-01, motif: tenue avec 3 jours de retard}\n",
        ),
    ],
    ids=["a-temps", "en-retard"],
)
def test_a_kept_promise_says_when(write: Write, index: int, today: str, old: str, new: str) -> None:
    """The status changes, the day goes to the history, nothing else moves."""
    lecture = write("devis/valbrun.yaml", DEVIS + PROMESSES)
    written = plan_tenue(lecture, list_promesses(lecture)[index], dt.date.fromisoformat(today))
    assert written.chemin == Path("devis/valbrun.yaml").resolve()
    assert written.octets.decode() == (DEVIS + PROMESSES).replace(old, new)
    (again,) = [p for p in list_promesses(write("devis/valbrun.yaml", written.octets.decode())) if p.index == index]
    assert (again.statut, again.nombre_reports) == ("tenue", 0)


# --- Renegotiating ----------------------------------------------------------------------------------------------------

JANVIER = dt.date(2027, 1, 8)
TEXTES = ("Les textes sont arrivés le 9 décembre", "La page d'accueil, en ligne")


def report(lecture: Lecture, index: int = 0, pour: dt.date = JANVIER, today: dt.date = dt.date(2026, 12, 10)):  # type: ignore[no-untyped-def]
    return plan_report(lecture, list_promesses(lecture)[index], pour, *TEXTES, today, Lecteur())


def test_a_renegotiated_promise_keeps_both_dates(write: Write) -> None:
    """The document has the new date, and the former one with its reason; no warning when it is done early."""
    done = report(write("devis/valbrun.yaml", DEVIS + PROMESSES))
    assert done.constats == ()
    assert done.document.octets.decode() == (DEVIS + PROMESSES).replace(
        "pour: 2026-12-15}",
        "pour: 2027-01-08, statut: renegociee, "
        "historique: [{pour: 2026-12-15, le: 2026-12-10, motif: Les textes sont arrivés le 9 décembre}]}",
    )


def test_a_second_renegotiation_keeps_the_first(write: Write) -> None:
    """The history grows; the first date stays the first."""
    text = report(write("devis/valbrun.yaml", DEVIS + PROMESSES)).document.octets.decode()
    text = report(write("devis/valbrun.yaml", text), pour=dt.date(2027, 2, 1)).document.octets.decode()
    promise = list_promesses(write("devis/valbrun.yaml", text))[0]
    assert (promise.pour, promise.premiere_date, promise.nombre_reports) == (
        dt.date(2027, 2, 1),
        dt.date(2026, 12, 15),
        2,
    )


def test_a_late_renegotiation_is_said(write: Write) -> None:
    """15 to 18 December is three days: the warning says them."""
    done = report(write("devis/valbrun.yaml", DEVIS + PROMESSES), today=NOEL)
    (found,) = done.constats
    assert (found.code, found.is_error) == ("L471", False)
    assert found.message.startswith("cette promesse est échue depuis 3 jours")
    assert report(write("devis/valbrun.yaml", DEVIS + PROMESSES), today=dt.date(2026, 12, 15)).constats == ()


REFUS = {
    "passee": ({"pour": dt.date(2026, 12, 1)}, "vient après le 10 décembre 2026"),
    "aujourd-hui": ({"pour": dt.date(2026, 12, 10)}, "vient après le 10 décembre 2026"),
    "la-meme": ({"pour": dt.date(2026, 12, 15)}, "c'est la date déjà promise"),
    "plus-tot": ({"pour": dt.date(2026, 12, 12)}, "livrer plus tôt ne demande pas de lettre"),
    "sans-date": ({"index": 2}, "n'a pas de date"),
    "sans-texte": ({"index": 3}, "n'a pas de texte"),
}


@pytest.mark.parametrize(("known", "words"), REFUS.values(), ids=REFUS)
def test_a_date_that_is_no_delay_is_refused(write: Write, known: dict[str, object], words: str) -> None:
    """A new date comes after today and after the former one; a promise without either is completed first."""
    text = PROMESSES.replace("notes", "  - {quoi: Cours}\n  - {pour: 2027-01-01}\nnotes")
    lecture = write("devis/valbrun.yaml", DEVIS + text)
    with pytest.raises(UsageError, match=words):
        report(lecture, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("motif", "words"),
    [("  ", "--motif : texte vide"), ("x" * 1001, "1000 au plus"), ("a\u200bb", r"U\+200B"), ("a\x07b", r"U\+0007")],
    ids=["vide", "long", "invisible", "controle"],
)
def test_a_reason_that_cannot_be_printed_is_refused(write: Write, motif: str, words: str) -> None:
    """What is typed is refused in the name of its option, before any file is planned."""
    lecture = write("devis/valbrun.yaml", DEVIS + PROMESSES)
    with pytest.raises(UsageError, match=words) as caught:
        plan_report(lecture, list_promesses(lecture)[0], JANVIER, motif, "Rien", NOEL, Lecteur())
    assert str(caught.value).startswith("--motif")


def test_the_letter_says_all_that_it_must(write: Write) -> None:
    """Without a project it stands beside the document, with the same parties."""
    done = report(write("devis/valbrun.yaml", DEVIS + PROMESSES))
    assert done.lettre.chemin == Path("devis/2026-12-10-report-menuiserie-valbrun.yaml").resolve()
    assert yaml.load(done.lettre.octets, yaml.BaseLoader) == {
        "type": "courrier",
        "modele": "report-delai",
        "date": "2026-12-10",
        "emetteur": {"nom": "Atelier Nord"},
        "client": {"nom": "Menuiserie Valbrun", "qualite": "professionnel"},
        "devis": "D2026-014",
        "promesse": {"quoi": "Maquettes livrées", "pour": "2026-12-15"},
        "cause": TEXTES[0],
        "nouvelle_date": "2027-01-08",
        "en_attendant": TEXTES[1],
    }


def letter_of(lecture: Lecture) -> dict[str, object]:
    return yaml.load(report(lecture).lettre.octets, yaml.BaseLoader)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("client", "name", "expected"),
    [
        ("valbrun", "clients/valbrun.yaml", "valbrun"),
        ("clients/valbrun.yaml", "clients/valbrun.yaml", "clients/valbrun.yaml"),
        ("../clients/valbrun.yaml", "clients/valbrun.yaml", "../clients/valbrun.yaml"),
        # Beside the devis: from courriers/ the name alone would no longer find it.
        ("scierie", "devis/2026/scierie.yaml", "../devis/2026/scierie.yaml"),
        ("../fiches/scierie.yaml", "devis/fiches/scierie.yaml", "../devis/fiches/scierie.yaml"),
    ],
    ids=["nom", "chemin-du-projet", "chemin-relatif", "nom-a-cote", "chemin-a-cote"],
)
def test_the_letter_names_the_same_client(write: Write, client: str, name: str, expected: str) -> None:
    """The reference stays as it was typed when it still leads there, and is counted from the letter otherwise."""
    write("facture.toml", "")
    write(name, "type: client\nnom: Menuiserie Valbrun\n")
    folder = "devis/2026" if "scierie" in client else "devis"
    lecture = write(f"{folder}/valbrun.yaml", DEVIS.replace(CLIENT, f"client: {client}\n") + PROMESSES)
    assert not lecture.has_errors, lecture.constats
    done = report(lecture)
    assert done.lettre.chemin.parent.name == "courriers"
    assert letter_of(lecture)["client"] == expected
    read = write("courriers/lettre.yaml", done.lettre.octets.decode())
    assert read.lettre is not None and read.lettre.client.nom == "Menuiserie Valbrun"


def test_the_letter_leaves_to_the_project_what_it_decides(write: Write) -> None:
    """An emetteur that comes from facture.toml is not written; the logo of one that is written is found again."""
    write("facture.toml", 'emetteur = "moi"\n')
    write("emetteurs/moi.yaml", "nom: Atelier Nord\n")
    assert "emetteur" not in letter_of(write("devis/a.yaml", DEVIS.replace(EMETTEUR, "") + PROMESSES))
    logo = EMETTEUR.replace("Nord}", "Nord, logo: images/logo.png}")
    letter = letter_of(write("devis/a.yaml", DEVIS.replace(EMETTEUR, logo) + PROMESSES))
    assert letter["emetteur"] == {"nom": "Atelier Nord", "logo": "../devis/images/logo.png"}


def test_the_letter_speaks_the_language_of_the_document(write: Write) -> None:
    """Language and purchase order follow; an invoice names its devis, a draft names none."""
    write("facture.toml", "")
    more = "langue: en\nreference_client: BC-8841\n"
    letter = letter_of(write("devis/a.yaml", DEVIS + more + PROMESSES))
    assert (letter["langue"], letter["reference_client"], letter["devis"]) == ("en", "BC-8841", "D2026-014")
    facture = DEVIS.replace("type: devis", "type: facture").replace("D2026", "F2026")
    assert letter_of(write("factures/a.yaml", facture + "devis: D2026-007\n" + PROMESSES))["devis"] == "D2026-007"
    draft = DEVIS.replace("numero: D2026-014\n", "")
    assert "devis" not in letter_of(write("devis/b.yaml", draft + PROMESSES))


def test_a_letter_is_never_written_over(write: Write) -> None:
    """A second letter of the same day to the same client takes the next free name."""
    lecture = write("devis/valbrun.yaml", DEVIS + PROMESSES)
    for expected in ("", "-2", "-3"):
        done = report(lecture)
        assert done.lettre.chemin.name == f"2026-12-10-report-menuiserie-valbrun{expected}.yaml"
        done.lettre.chemin.write_bytes(done.lettre.octets)
