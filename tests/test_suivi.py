"""Which invoice is meant, which notices it had, what the next one is, and the text that is written of it."""

from __future__ import annotations

import datetime as dt
import os
import string
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures_relances import (
    CLIENTS,
    EMETTEUR,
    day,
    dump,
    make_avoir,
    make_facture,
    make_projet,
    make_relance,
    make_seule,
    write,
)
from hypothesis import given
from hypothesis import strategies as st

from facture.decomptes import gather_to_json
from facture.dossier import build_dossier
from facture.errors import RefusError, RessourceError, UsageError
from facture.lecture import Lecteur
from facture.lettres import Relance
from facture.projet import RELANCES
from facture.source import Texte, parse
from facture.suivi import (
    Envoyee,
    check_relance,
    choose_niveau,
    draft_relance,
    free_path,
    is_open,
    list_envoyees,
    list_open,
    quote,
    read_facture,
    warn_of_end,
)


@pytest.fixture
def projet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one invoice, and the current folder in it."""
    make_projet(tmp_path)
    write(tmp_path / "factures" / "mai.yaml", make_facture())
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- Which invoice ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["F2026-019", "factures/mai.yaml", "./factures/mai.yaml"])
@pytest.mark.parametrize("here", [".", "factures", "clients"])
def test_an_invoice_is_found_by_number_or_path(
    projet: Path, monkeypatch: pytest.MonkeyPatch, here: str, text: str
) -> None:
    """A number is found from any folder of the project; a path from the current folder."""
    monkeypatch.chdir(projet / here)
    if "/" in text:
        text = os.path.relpath(projet / text)
    assert os.path.realpath(read_facture(Lecteur(), text).fichier) == str((projet / "factures/mai.yaml").resolve())


@pytest.mark.parametrize("numero", ["2026/014", "14", "F+2026-3", "NO", "0014", "a/b/c"])
def test_a_number_is_found_whatever_its_signs(projet: Path, numero: str) -> None:
    """« 2026/014 » is a number before it is a path, « 0014 » is not 14."""
    write(projet / "factures" / "autre.yaml", make_facture(numero))
    lecture = read_facture(Lecteur(), numero)
    assert lecture.document is not None
    assert lecture.document.numero == numero


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("F2026-999", "« F2026-999 » : ni un fichier, ni le numéro d'une facture du dossier factures"),
        ("2026/999", "« 2026/999 » : ni un fichier, ni le numéro d'une facture du dossier factures"),
        ("absente.yaml", "absente.yaml : introuvable"),
        ("factures", "factures : est un dossier"),
        ("", "«  » : ni un fichier, ni le numéro d'une facture du dossier factures"),
        ("F2026-01", "« F2026-01 » : ni un fichier, ni le numéro d'une facture du dossier factures"),
    ],
)
def test_what_is_not_there_is_said(projet: Path, text: str, message: str) -> None:
    """Exit 3, with where it was looked for; the beginning of a number is not the number."""
    with pytest.raises(RessourceError) as caught:
        read_facture(Lecteur(), text)
    assert (str(caught.value), caught.value.exit_code) == (message, 3)


def test_a_number_borne_twice_is_refused(projet: Path) -> None:
    """Exit 2, naming both files: nothing says which one is meant."""
    write(projet / "factures" / "juin.yaml", make_facture())
    with pytest.raises(UsageError, match=r"« F2026-019 » : factures/juin.yaml, factures/mai.yaml") as caught:
        read_facture(Lecteur(), "F2026-019")
    assert caught.value.exit_code == 2


def test_the_number_of_a_devis_is_not_that_of_an_invoice(projet: Path) -> None:
    """Only invoices, and notices, are looked for."""
    devis = make_facture("D2026-001", type="devis", validite="30 jours", date_prestation=None, nature=None)
    write(projet / "devis" / "d.yaml", devis)
    with pytest.raises(RessourceError):
        read_facture(Lecteur(), "D2026-001")


def test_a_notice_is_found_by_its_number(projet: Path) -> None:
    """A notice that has a number may be named by it."""
    write(projet / "relances" / "r.yaml", make_relance(2, "F2026-019", numero="R2026-001"))
    assert isinstance(read_facture(Lecteur(), "R2026-001").lettre, Relance)


def test_beside_a_lone_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a project, a number is looked for in the current folder, whatever else lies there."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "facture été.yaml", make_seule())
    write(tmp_path / "autre chose.yaml", "F2026-019: oui\n")
    write(tmp_path / "cassee.yaml", "F2026-019: [\n")
    write(tmp_path / "sous" / "copie.yaml", make_seule())
    assert read_facture(Lecteur(), "F2026-019").fichier == "facture été.yaml"


# --- Notices already sent --------------------------------------------------------------------------------------------

NOMS = {
    "by-number": "F2026-019",
    "by-name": "mai",
    "by-path": "../factures/mai.yaml",
    "by-path-from-the-root": "factures/mai.yaml",
}


@pytest.mark.parametrize("name", NOMS.values(), ids=NOMS)
def test_a_notice_counts_however_it_names_the_invoice(projet: Path, name: str) -> None:
    """What was sent is not forgotten because it was named otherwise."""
    write(projet / "relances" / "r.yaml", make_relance(1, name, date="2026-06-22"))
    lecteur = Lecteur()
    (sent,) = list_envoyees(lecteur, lecteur.read("factures/mai.yaml"))
    assert (sent.niveau, sent.date, sent.fichier) == (1, day("2026-06-22"), "relances/r.yaml")


def test_what_was_sent_comes_in_order(projet: Path) -> None:
    """Every notice that names the invoice, oldest first; others are not its business."""
    write(projet / "factures" / "juin.yaml", make_facture("F2026-0190", date="2026-06-01"))
    for rank, (niveau, date, name) in enumerate(
        [(3, "2026-07-20", "F2026-019"), (1, "2026-06-22", "F2026-019"), (1, "2026-07-06", "F2026-0190")]
    ):
        write(projet / "relances" / f"{rank}.yaml", make_relance(niveau, name, date=date))
    write(projet / "relances" / "ensemble.yaml", make_relance(2, "F2026-019", "F2026-0190", date="2026-07-10"))
    write(projet / "relances" / "sans-date.yaml", make_relance(2, "F2026-019").replace("date: '2026-07-10'\n", ""))
    lecteur = Lecteur()
    sent = list_envoyees(lecteur, lecteur.read("factures/mai.yaml"))
    assert [(item.niveau, item.date.isoformat()) for item in sent] == [
        (1, "2026-06-22"),
        (2, "2026-07-10"),
        (3, "2026-07-20"),
    ]


def test_the_delay_that_was_left_is_known(projet: Path) -> None:
    """A notice says until when it waits: its own delay, or that of the project."""
    write(projet / "facture.toml", 'emetteur = "moi"\n[relances]\ndelai = 10\n')
    write(projet / "relances" / "a.yaml", make_relance(1, "F2026-019", date="2026-06-20"))
    write(projet / "relances" / "b.yaml", make_relance(2, "F2026-019", date="2026-07-01", delai="15 jours"))
    write(projet / "relances" / "c.yaml", make_relance(2, "F2026-019", date="2026-07-20", delai="2026-08-31"))
    lecteur = Lecteur()
    sent = list_envoyees(lecteur, lecteur.read("factures/mai.yaml"))
    assert [item.attendue.isoformat() for item in sent] == ["2026-06-30", "2026-07-16", "2026-08-31"]


def test_a_formal_notice_noted_on_the_invoice_counts_once(projet: Path) -> None:
    """`mise_en_demeure` of the invoice is a notice of level 4; the file that brought it is the same one."""
    write(projet / "factures" / "mai.yaml", make_facture(mise_en_demeure="2026-08-01"))

    def find() -> list[tuple[int, str]]:
        # What a run has read of a folder it does not read again.
        lecteur = Lecteur()
        return [(item.niveau, item.fichier) for item in list_envoyees(lecteur, lecteur.read("factures/mai.yaml"))]

    assert find() == [(4, "factures/mai.yaml")]
    write(projet / "relances" / "r.yaml", make_relance(4, "F2026-019", date="2026-08-01"))
    assert find() == [(4, "relances/r.yaml")]


# --- The next level --------------------------------------------------------------------------------------------------

DUE = day("2026-06-15")


def sent(niveau: int, date: str, delai: int = 8) -> Envoyee:
    return Envoyee(niveau, day(date), day(date) + dt.timedelta(days=delai), "r.yaml")


ECHELLE: dict[str, tuple[list[Envoyee], str, tuple[int, str, bool]]] = {
    "too-early": ([], "2026-06-19", (1, "2026-06-20", True)),
    "first-day": ([], "2026-06-20", (1, "2026-06-20", False)),
    "never-asked-before": ([], "2026-12-01", (1, "2026-06-20", False)),
    "after-1-too-early": ([sent(1, "2026-06-20")], "2026-06-29", (2, "2026-06-30", True)),
    "after-1": ([sent(1, "2026-06-20")], "2026-06-30", (2, "2026-06-30", False)),
    # The letter of 10 July left until the 18th.
    "after-1-sent-late": ([sent(1, "2026-07-10")], "2026-07-18", (2, "2026-07-19", True)),
    "after-1-whose-delay-passed": ([sent(1, "2026-07-10")], "2026-07-19", (2, "2026-07-19", False)),
    "the-same-day": ([sent(1, "2026-07-10")], "2026-07-10", (2, "2026-07-19", True)),
    "after-2": ([sent(1, "2026-06-20"), sent(2, "2026-06-30")], "2026-07-15", (3, "2026-07-15", False)),
    "after-3": ([sent(3, "2026-07-15")], "2026-07-30", (4, "2026-07-30", False)),
    "after-3-too-early": ([sent(3, "2026-07-15")], "2026-07-29", (4, "2026-07-30", True)),
    "after-4": ([sent(4, "2026-07-30")], "2026-12-01", (4, "2026-12-01", True)),
    "after-4-at-once": ([sent(4, "2026-07-30")], "2026-07-31", (4, "2026-07-31", True)),
    "what-is-not-sent-yet": ([sent(2, "2026-08-01")], "2026-07-01", (1, "2026-06-20", False)),
    "the-highest-counts": ([sent(3, "2026-06-20"), sent(1, "2026-06-25")], "2026-07-30", (4, "2026-07-30", False)),
}


@pytest.mark.parametrize(("envoyees", "today", "wanted"), ECHELLE.values(), ids=ECHELLE)
def test_the_next_level(envoyees: list[Envoyee], today: str, wanted: tuple[int, str, bool]) -> None:
    """One above the last, from its day of the ladder (5, 15, 30, 45), and after the delay that the last one left."""
    choice = choose_niveau(envoyees, DUE, day(today), RELANCES)
    assert (choice.niveau, choice.des.isoformat(), choice.attendre) == wanted


def test_the_ladder_is_the_project_s(projet: Path) -> None:
    """`[relances]` of facture.toml moves each level; what it does not say keeps its day."""
    write(projet / "facture.toml", 'emetteur = "moi"\n[relances]\nrappel = 1\nsuspension = 20\n')
    relances = Lecteur().find_projet(projet).relances
    assert relances == {**RELANCES, "rappel": 1, "suspension": 20}
    assert choose_niveau([], DUE, day("2026-06-16"), relances).attendre is False
    assert choose_niveau([sent(2, "2026-06-25")], DUE, day("2026-07-05"), relances).attendre is False


def test_a_consumer_is_put_on_notice_before_anything_stops() -> None:
    """After 2 comes 4 for a particulier, on its own day; 3 for anybody else."""
    history = [sent(1, "2026-06-20"), sent(2, "2026-06-30")]
    choice = choose_niveau(history, DUE, day("2026-07-29"), RELANCES, "particulier")
    assert (choice.niveau, choice.des.isoformat(), choice.attendre) == (4, "2026-07-30", True)
    assert choose_niveau(history, DUE, day("2026-07-29"), RELANCES, "professionnel").niveau == 3


@given(
    history=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 400), st.integers(1, 60)), max_size=8),
    after=st.integers(0, 500),
)
def test_no_level_is_skipped_and_no_delay_cut_short(history: list[tuple[int, int, int]], after: int) -> None:
    """Whatever was sent: at most one level higher, never back, and never before the delay that was left has passed."""
    today = DUE + dt.timedelta(days=after)
    envoyees = [sent(level, (DUE + dt.timedelta(days=start)).isoformat(), delai) for level, start, delai in history]
    past = [item for item in envoyees if item.date <= today]
    choice = choose_niveau(envoyees, DUE, today, RELANCES)
    last = max((item.niveau for item in past), default=0)
    assert choice.niveau == min(last + 1, 4)
    if not choice.attendre:
        assert all(item.attendue < today for item in past)
        assert last < 4


# --- Open invoices ---------------------------------------------------------------------------------------------------


def paid(date: str, montant: str) -> dict[str, str]:
    return {"date": date, "montant": montant}


OUVERTES: dict[str, tuple[dict[str, Any], bool]] = {
    "unpaid": ({}, True),
    "paid": ({"reglements": [paid("2026-06-01", "1200")]}, False),
    "paid-in-part": ({"reglements": [paid("2026-06-01", "1199.99")]}, True),
    "paid-later": ({"reglements": [paid("2026-07-11", "1200")]}, True),
    "paid-before-the-invoice": ({"reglements": [paid("2026-05-01", "1200")]}, False),
    "all-given": ({"lignes": [{"designation": "M", "prix_unitaire": "9", "offert": "oui"}]}, False),
}


@pytest.mark.parametrize(("keys", "wanted"), OUVERTES.values(), ids=OUVERTES)
def test_an_open_invoice_has_something_left_to_pay(projet: Path, keys: dict[str, Any], wanted: bool) -> None:
    """By its payments and its credit notes up to the day."""
    write(projet / "factures" / "mai.yaml", make_facture(**keys))
    opened, found = list_open(Lecteur(), ".", day("2026-07-10"))
    assert ([item.lecture.fichier for item in opened], found) == (["factures/mai.yaml"] if wanted else [], [])


@pytest.mark.parametrize(("date", "wanted"), [("2026-07-10", False), ("2026-07-11", True)])
def test_a_credit_note_of_the_whole_closes_an_invoice(projet: Path, date: str, wanted: bool) -> None:
    """From its own date on."""
    write(projet / "avoirs" / "a.yaml", make_avoir(date, "1000"))
    lecteur = Lecteur()
    dossier = build_dossier(lecteur.read_followed("factures/mai.yaml"), day("2026-07-10"))
    assert is_open(dossier, day("2026-07-10")) is wanted


@pytest.mark.parametrize(
    "client", ["dupont", "Dupont et Fils", "DUPONT ET FILS", "dupont-et-fils", "  Dupont et fils. "]
)
def test_open_invoices_of_a_client(projet: Path, client: str) -> None:
    """A client is named by name or by file, accents and case ignored; its invoices come by due date."""
    write(projet / "factures" / "avril.yaml", make_facture("F2026-012", date="2026-04-01"))
    write(projet / "factures" / "paul.yaml", make_facture("F2026-013", client="paul"))
    write(projet / "factures" / "brouillon.yaml", make_facture(None))
    opened, found = list_open(Lecteur(), ".", day("2026-07-10"), client)
    assert [item.lecture.fichier for item in opened] == ["factures/avril.yaml", "factures/mai.yaml"]
    assert found == []


def test_the_name_of_an_invoice_s_file_is_not_that_of_its_client(projet: Path) -> None:
    """`dupont.yaml` may well be an invoice to somebody else, whose address it holds itself."""
    write(projet / "factures" / "dupont.yaml", make_facture("F2026-013", client=CLIENTS["paul"]))
    opened, _ = list_open(Lecteur(), ".", day("2026-07-10"), "dupont")
    assert [item.lecture.fichier for item in opened] == ["factures/mai.yaml"]


def test_an_invoice_that_cannot_be_summed_is_said(projet: Path) -> None:
    """Left out in silence, it would look paid; what another client's file gets wrong stays there."""
    write(projet / "factures" / "juin.yaml", make_facture("F2026-030", "mille"))
    write(projet / "factures" / "paul.yaml", make_facture("F2026-031", "mille", client="paul"))
    write(projet / "factures" / "cassee.yaml", "type: [\n")
    write(projet / "relances" / "cassee.yaml", "type: [\n")
    opened, found = list_open(Lecteur(), ".", day("2026-07-10"), "dupont")
    assert [item.lecture.fichier for item in opened] == ["factures/mai.yaml"]
    assert [(one.position.file, one.code) for one in found] == [
        ("factures/cassee.yaml", "Y104"),
        ("factures/juin.yaml", "F205"),
    ]


# --- What `check` says of rates and texts ----------------------------------------------------------------------------

FINS: dict[str, tuple[dict[str, Any], str, bool]] = {
    "a-month-before-the-end": ({}, "2026-11-30", False),
    "thirty-days-before-the-end": ({}, "2026-12-01", True),
    "due-after-the-end": ({"paiement": {"echeance": "2026-12-01"}}, "2026-07-01", True),
    "paid": ({"reglements": [paid("2026-06-01", "1200")]}, "2026-12-20", False),
    "a-draft": ({"numero": None}, "2026-12-20", False),
    "a-fixed-rate": ({"paiement": {"echeance": "30 jours", "penalites": "12 %"}}, "2026-12-20", False),
    "the-legal-rate": ({"paiement": {"echeance": "30 jours", "penalites": "legal x 3"}}, "2026-12-20", True),
    "proceedings": ({"procedure_collective": "2026-06-25"}, "2026-12-20", False),
    "a-particulier": ({"client": "paul"}, "2026-12-20", False),
    "a-particulier-put-on-notice": ({"client": "paul", "mise_en_demeure": "2026-06-20"}, "2026-12-20", True),
    "a-public-buyer-whose-rate-is-set": ({"client": "mairie"}, "2026-12-20", False),
    "a-public-buyer-due-after-the-end": (
        {"client": "mairie", "paiement": {"echeance": "2026-12-31"}},
        "2026-12-20",
        True,
    ),
}


@pytest.mark.parametrize(("keys", "today", "wanted"), FINS.values(), ids=FINS)
def test_an_open_invoice_warns_before_the_table_ends(
    projet: Path, keys: dict[str, Any], today: str, wanted: bool
) -> None:
    """L455 comes for open invoices only, when 31 days do not separate them from the last known half-year's end."""
    write(projet / "factures" / "mai.yaml", make_facture(**keys))
    lecteur = Lecteur()
    dossier = build_dossier(lecteur.read("factures/mai.yaml"), day(today))
    found = warn_of_end(lecteur, [dossier], day(today))
    assert [(one.code, one.is_error) for one in found] == ([("L455", False)] if wanted else [])


def test_a_credit_note_silences_the_warning(projet: Path) -> None:
    """An invoice credited in full is not open."""
    write(projet / "avoirs" / "a.yaml", make_avoir("2026-06-20", "1000"))
    lecteur = Lecteur()
    dossier = build_dossier(lecteur.read("factures/mai.yaml"), day("2026-12-20"))
    assert warn_of_end(lecteur, [dossier], day("2026-12-20")) == []


def test_a_project_is_warned_once(projet: Path) -> None:
    """A rate is missing for all alike: the open invoice that was due first says it."""
    write(projet / "factures" / "avril.yaml", make_facture("F2026-012", date="2026-04-01"))
    payee = make_facture("F2026-011", date="2026-03-01", reglements=[paid("2026-03-02", "1200")])
    write(projet / "factures" / "mars.yaml", payee)
    lecteur = Lecteur()
    dossiers = [
        build_dossier(lecteur.read(f"factures/{name}.yaml"), day("2026-12-20")) for name in ("mai", "avril", "mars")
    ]
    found = warn_of_end(lecteur, dossiers, day("2026-12-20"))
    assert [one.position.file for one in found] == ["factures/avril.yaml"]


def test_a_longer_table_silences_the_warning(projet: Path) -> None:
    """Once taux.yaml gives the next half-year, nothing is missing; a wrong file says so itself."""
    lecteur = Lecteur()
    dossier = build_dossier(lecteur.read("factures/mai.yaml"), day("2026-12-20"))
    write(projet / "taux.yaml", "bce 2027-01-01: {valeur: 2.65, source: BCE, verifie_le: 2026-12-18}\n")
    assert warn_of_end(lecteur, [dossier], day("2026-12-20")) == []
    write(projet / "taux.yaml", "bce: 3\n")
    assert warn_of_end(lecteur, [dossier], day("2026-12-20")) == []
    (projet / "taux.yaml").unlink()
    (projet / "taux.yaml").mkdir()
    assert warn_of_end(lecteur, [dossier], day("2026-12-20")) == []


# --- The text of a notice --------------------------------------------------------------------------------------------


def draft(niveau: int, *names: str, date: str = "2026-07-10", **more: Any) -> tuple[Path, dict[str, Any]]:
    """Return where a notice would be written, and its keys as YAML reads them."""
    lecteur = Lecteur()
    redige = draft_relance(lecteur, [lecteur.read_followed(name) for name in names], niveau, day(date), **more)
    return redige.chemin, yaml.load(redige.texte, yaml.BaseLoader)


NIVEAUX = {1: "rappel", 2: "relance", 3: "suspension", 4: "mise-en-demeure"}


@pytest.mark.parametrize("niveau", NIVEAUX)
def test_a_notice_re_reads_as_what_it_is(projet: Path, niveau: int) -> None:
    """At every level: the file is named after the day, the invoice and the level, and asks for the same sums again."""
    lecteur = Lecteur()
    lecture = lecteur.read_followed("factures/mai.yaml")
    redige = draft_relance(lecteur, [lecture], niveau, day("2026-07-10"))
    assert redige.chemin == projet / "relances" / f"2026-07-10-F2026-019-{NIVEAUX[niveau]}.yaml"
    dossier = check_relance(lecteur, redige, day("2026-07-10"))
    write(redige.chemin, redige.texte)
    again = build_dossier(Lecteur().read(str(redige.chemin)), day("2030-01-01"))
    assert again.constats == ()
    assert gather_to_json(again.impayes) == gather_to_json(dossier.impayes)
    assert gather_to_json(again.impayes)["total"] == "1250.07"
    assert isinstance(again.lettre, Relance)
    assert (again.lettre.niveau, again.lettre.date, again.echeance) == (niveau, day("2026-07-10"), day("2026-07-18"))
    assert redige.texte.splitlines()[0] == "# yaml-language-server: $schema=../schemas/relance.schema.json"


def test_what_was_sent_before_is_recalled(projet: Path) -> None:
    """`precedentes` holds every earlier notice once, oldest first; what comes later does not."""
    for rank, (niveau, date) in enumerate([(1, "2026-06-22"), (2, "2026-07-01"), (4, "2026-07-20")]):
        write(projet / "relances" / f"{rank}.yaml", make_relance(niveau, "F2026-019", date=date))
    _, data = draft(3, "factures/mai.yaml")
    assert data["precedentes"] == [{"niveau": "1", "date": "2026-06-22"}, {"niveau": "2", "date": "2026-07-01"}]


def test_only_what_was_sent_for_every_invoice_is_recalled(projet: Path) -> None:
    """One letter for both is one letter; one that spoke of the first alone would be read as false."""
    write(projet / "factures" / "juin.yaml", make_facture("F2026-030", date="2026-06-01"))
    write(projet / "relances" / "a.yaml", make_relance(1, "F2026-019", date="2026-06-22"))
    write(projet / "relances" / "b.yaml", make_relance(1, "F2026-019", "F2026-030", date="2026-07-06"))
    path, data = draft(2, "factures/mai.yaml", "factures/juin.yaml")
    assert data["precedentes"] == [{"niveau": "1", "date": "2026-07-06"}]
    assert data["factures"] == ["F2026-019", "F2026-030"]
    assert path.name == "2026-07-10-dupont-et-fils-relance.yaml"


def test_the_delay_is_the_project_s(projet: Path) -> None:
    """`[relances] delai` is the delay of the letter, and of what stops after it."""
    write(projet / "facture.toml", 'emetteur = "moi"\n[relances]\ndelai = 15\n')
    _, data = draft(3, "factures/mai.yaml")
    assert data["delai"] == "15 jours"
    assert data["suspension"]["a_compter_du"] == "2026-07-26"


ARRETS: dict[str, tuple[dict[str, Any], str]] = {
    "by-its-object": ({"objet": "Refonte du site"}, "Refonte du site"),
    "by-its-lines": ({"objet": None}, "Maquettes"),
    "odd-signs": ({"objet": 'Site « A » : "B" #3 [x] {y}'}, 'Site « A » : "B" #3 [x] {y}'),
    "in-english": ({"objet": "New website", "langue": "en"}, "New website"),
}


@pytest.mark.parametrize(("keys", "wanted"), ARRETS.values(), ids=ARRETS)
def test_what_stops_is_named_from_what_was_billed(projet: Path, keys: dict[str, Any], wanted: str) -> None:
    """A vague suspension is worth nothing; what was guessed is to be checked before it is sent."""
    write(projet / "factures" / "mai.yaml", make_facture(**keys))
    _, data = draft(3, "factures/mai.yaml")
    (stopped,) = data["suspension"]["prestations"]
    assert wanted in stopped
    assert ("work in progress" in stopped) == ("langue" in keys)
    lecteur = Lecteur()
    redige = draft_relance(lecteur, [lecteur.read_followed("factures/mai.yaml")], 3, day("2026-07-10"))
    assert stopped in redige.annonce


def test_what_stops_may_be_given(projet: Path) -> None:
    """The first day without the services, and which, as the person says."""
    stops = ("Hébergement : le site", "- maintenance # 2")
    _, data = draft(3, "factures/mai.yaml", suspension=(day("2026-09-01"), stops))
    assert data["suspension"]["a_compter_du"] == "2026-09-01"
    assert data["suspension"]["prestations"] == list(stops)


def test_a_number_borne_twice_is_named_by_its_file(projet: Path) -> None:
    """A number that two files bear would not say which: the path does, even before the folder of notices is there."""
    write(projet / "factures" / "copie: d'été.yaml", make_facture())
    assert not (projet / "relances").exists()
    lecteur = Lecteur()
    redige = draft_relance(lecteur, [lecteur.read_followed("factures/copie: d'été.yaml")], 1, day("2026-07-10"))
    dossier = check_relance(lecteur, redige, day("2026-07-10"))
    (read,) = dossier.lecture.factures
    assert os.path.realpath(read.fichier) == os.path.realpath("factures/copie: d'été.yaml")


@pytest.mark.parametrize(
    "numero", ["NO", "true", "null", "Null", "2026001", "0014", "1e3", "0x1A", "2026/014", "-", "+1"]
)
def test_odd_numbers_stay_texts(projet: Path, numero: str) -> None:
    """Whatever YAML could take a number for, the notice finds its invoice again."""
    write(projet / "factures" / "autre.yaml", make_facture(numero))
    lecteur = Lecteur()
    redige = draft_relance(lecteur, [lecteur.read_followed("factures/autre.yaml")], 2, day("2026-07-10"))
    dossier = check_relance(lecteur, redige, day("2026-07-10"))
    assert [item.numero for item in dossier.impayes] == [numero]


@given(st.text(string.printable[:95] + "éÉœß€—«» ’\u00a0", min_size=1, max_size=60))
def test_any_text_is_one_scalar(text: str) -> None:
    """Quoted or not, a text is read back as it was, in a list as well."""
    root, found = parse(f"a: {quote(text)}\nb: [{quote(text)}, x]\n".encode(), "essai.yaml")
    assert root is not None
    assert found == []
    node = root.entries["a"]
    assert isinstance(node, Texte)
    assert (node.value, node.nul) == (text, False)
    (first, _) = root.entries["b"].items  # type: ignore[union-attr]
    assert isinstance(first, Texte)
    assert first.value == text


def test_a_notice_that_would_be_refused_is_not_written(projet: Path) -> None:
    """Judged before it is there: the finding stands in its text, and no file is left behind."""
    lecteur = Lecteur()
    redige = draft_relance(lecteur, [lecteur.read_followed("factures/mai.yaml")], 2, day("2026-06-15"))
    with pytest.raises(RefusError) as caught:
        check_relance(lecteur, redige, day("2026-06-15"))
    assert [one.code for one in caught.value.diagnostics] == ["L459"]
    assert not redige.chemin.exists()


def test_a_free_name_is_found(tmp_path: Path, projet: Path) -> None:
    """The same text is already there: nothing to write. Another one: a name with a number, never over it."""
    lecteur = Lecteur()
    redige = draft_relance(lecteur, [lecteur.read_followed("factures/mai.yaml")], 2, day("2026-07-10"))
    assert free_path(redige) == (redige.chemin, True)
    write(redige.chemin, redige.texte)
    assert free_path(redige) == (redige.chemin, False)
    write(redige.chemin, redige.texte + "# relu\n")
    second = redige.chemin.with_name("2026-07-10-F2026-019-relance-2.yaml")
    assert free_path(redige) == (second, True)
    second.symlink_to(tmp_path / "nulle-part")
    third = redige.chemin.with_name("2026-07-10-F2026-019-relance-3.yaml")
    assert free_path(redige) == (third, True)
    write(third, redige.texte)
    assert free_path(redige) == (third, False)


def test_without_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notice stands beside the invoice, and finds it there, from any folder."""
    folder = tmp_path / "mes factures d'été"
    write(folder / "facture n° 1.yaml", make_seule())
    (tmp_path / "ailleurs").mkdir()
    monkeypatch.chdir(tmp_path / "ailleurs")
    lecteur = Lecteur()
    name = os.path.relpath(folder / "facture n° 1.yaml")
    redige = draft_relance(lecteur, [lecteur.read_followed(name)], 2, day("2026-07-10"))
    assert redige.chemin == folder / "F2026-019-relance.yaml"
    assert redige.texte.startswith("type: relance\n")
    assert [item.numero for item in check_relance(lecteur, redige, day("2026-07-10")).impayes] == ["F2026-019"]


def test_the_schema_is_found_from_any_folder(projet: Path) -> None:
    """The first line points to the project's schema from where the notice is."""
    lecteur = Lecteur()
    lecture = lecteur.read_followed("factures/mai.yaml")
    redige = draft_relance(lecteur, [lecture], 2, day("2026-07-10"), target="relances/2026/juillet/r.yaml")
    assert redige.texte.splitlines()[0].endswith("=../../../schemas/relance.schema.json")
    assert [item.numero for item in check_relance(lecteur, redige, day("2026-07-10")).impayes] == ["F2026-019"]


@given(
    dates=st.lists(st.integers(0, 60), min_size=1, max_size=5),
    niveau=st.integers(1, 4),
    sender=st.booleans(),
)
def test_any_set_of_late_invoices_makes_a_sound_notice(dates: list[int], niveau: int, sender: bool) -> None:
    """Whatever their number: the text is accepted, and asks for what its invoices come to one by one."""
    with tempfile.TemporaryDirectory() as name:
        folder = make_projet(Path(name))
        keys: dict[str, Any] = {"emetteur": {**EMETTEUR, "nom": "Atelier : Sud"}} if sender else {}
        names = [
            str(
                write(
                    folder / "factures" / f"n° {rank}.yaml",
                    make_facture(f"F-{rank}", date=(day("2026-03-01") + dt.timedelta(days=after)).isoformat(), **keys),
                )
            )
            for rank, after in enumerate(dates)
        ]
        lecteur = Lecteur()
        lectures = [lecteur.read_followed(one) for one in names]
        dossier = check_relance(lecteur, draft_relance(lecteur, lectures, niveau, day("2026-07-10")), day("2026-07-10"))
    assert [item.numero for item in dossier.impayes] == [f"F-{rank}" for rank in range(len(dates))]
    assert dossier.constats == ()


def test_fixtures_are_sound(projet: Path) -> None:
    """The clients and the sender used here have nothing to be said of."""
    for path in ("emetteurs/moi.yaml", *(f"clients/{name}.yaml" for name in CLIENTS)):
        assert build_dossier(Lecteur().read(path), day("2026-07-10")).constats == ()
    assert dump({"a": None, "b": 1}) == "b: 1\n"
