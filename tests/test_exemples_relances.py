"""The late invoices and notices of examples/: what is owed on a day, worked by hand, then read back from the page."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from facture import __version__
from facture.cli import cli
from facture.composition import prepare
from facture.console import run
from facture.dossier import Dossier, build_dossier
from facture.lecture import Lecteur
from facture.lettres import Relance
from facture.page import Lettre, LigneDecompte, Page

RACINE = Path(__file__).resolve().parent.parent
EXEMPLES = RACINE / "examples"
TABLES = {path.stem: path for path in sorted((RACINE / "tests" / "tables" / "relances").glob("*.yaml"))}
FACTURES = [name for name in TABLES if name.startswith("facture-")]
RELANCES = [name for name in TABLES if name.startswith("relance-")]
JOUR = dt.date(2026, 11, 23)
"""« Today » where it must not matter: every example bears its own date."""
ECHELLE = {"relance-1-rappel": 5, "relance-2-relance": 15, "relance-3-suspension": 30, "relance-4-mise-en-demeure": 45}
"""Days late at which each notice of one invoice is sent, by default."""

CLES = ["principal", "echeance", "arrete_au", "jours", "taux", "tranches", "interets", "indemnite", "total"]
"""Keys of an account, in the order that scripts rely on; what was added comes after."""


def load_table(name: str) -> dict[str, Any]:
    """Read a table with every scalar as text."""
    table: dict[str, Any] = yaml.load(TABLES[name].read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return table


CAS = [(name, case["arrete_au"]) for name in FACTURES for case in load_table(name)["decomptes"]]
"""Each account worked by hand: an invoice, and the day it is stopped at."""


def to_text(value: Any) -> Any:
    """Return a JSON value with every scalar as text, as a table is read."""
    if isinstance(value, dict):
        return {key: to_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_text(item) for item in value]
    return "null" if value is None else str(value)


@dataclass
class Result:
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Facture = Callable[..., Result]


@pytest.fixture
def facture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Facture:
    """Run the command in a copy of the examples."""
    folder = tmp_path / "exemples"
    shutil.copytree(EXEMPLES, folder)
    monkeypatch.chdir(folder)

    def call(*arguments: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "argv", ["facture", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run(cli, __version__)
        captured = capsysbinary.readouterr()
        return Result(code, captured.out, captured.err.decode())

    return call


def find_case(name: str, arrete_au: str) -> dict[str, Any]:
    return next(case for case in load_table(name)["decomptes"] if case["arrete_au"] == arrete_au)


def show(facture: Facture, name: str, arrete_au: str) -> dict[str, Any]:
    result = facture("penalties", f"{name}.yaml", "--date", arrete_au, "--format", "json")
    assert result.code == 0, result.err
    assert isinstance(result.json, dict)
    return result.json


# --- What an invoice owes on a day ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "arrete_au"), CAS, ids=str)
def test_an_invoice_owes_what_the_pencil_found(facture: Facture, name: str, arrete_au: str) -> None:
    """Days, rates, bases, cents, flat sum, and what is left of each: as worked by hand, key by key."""
    wanted = {"arrete_au": arrete_au, **find_case(name, arrete_au)["attendu"]}
    shown = to_text(show(facture, name, arrete_au))
    assert {key: shown.get(key) for key in wanted} == wanted


@pytest.mark.parametrize(("name", "arrete_au"), CAS, ids=str)
def test_an_account_adds_up(facture: Facture, name: str, arrete_au: str) -> None:
    """Rows make the interest, sums make the total, and what is left makes it again; keys keep their order."""
    shown = show(facture, name, arrete_au)
    assert list(shown)[: len(CLES)] == CLES
    sums = {key: Decimal(shown[key]) for key in ("principal", "interets", "indemnite", "regle", "avoirs", "total")}
    assert sum((Decimal(row["interets"]) for row in shown["tranches"]), Decimal(0)) == sums["interets"]
    assert sum(row["jours"] for row in shown["tranches"]) == shown["jours"]
    owed = sums["principal"] + sums["interets"] + sums["indemnite"]
    assert owed - sums["regle"] - sums["avoirs"] == sums["total"]
    assert sum(map(Decimal, shown["reste"].values()), Decimal(0)) == sums["total"]
    for row in shown["tranches"]:
        days = (dt.date.fromisoformat(row["au"]) - dt.date.fromisoformat(row["du"])).days + 1
        exact = Decimal(row["base"]) * Decimal(row["taux"]) * days / Decimal(36500)
        assert row["jours"] == days
        assert abs(Decimal(row["interets"]) - exact) < Decimal("0.01"), row


@pytest.mark.parametrize(("name", "arrete_au"), CAS, ids=str)
def test_a_spreadsheet_adds_up_to_the_total(facture: Facture, name: str, arrete_au: str) -> None:
    """The last column of the CSV, added up by whoever opens it, is what is still owed."""
    result = facture("penalties", f"{name}.yaml", "--date", arrete_au, "--format", "csv")
    assert result.code == 0, result.err
    rows = list(csv.DictReader(io.StringIO(result.text)))
    wanted = find_case(name, arrete_au)["attendu"]
    assert sum((Decimal(row["montant"]) for row in rows), Decimal(0)) == Decimal(wanted["total"])
    ran = [row for row in rows if row["poste"] == "interets"]
    assert [row["montant"] for row in ran] == [row["interets"] for row in wanted["tranches"]]
    assert result.text.count("\r\n") == len(rows) + 1


def test_every_invoice_of_a_notice_and_every_notice_has_its_table() -> None:
    """A notice whose sums nobody worked out proves nothing; nor does an invoice it rests on."""
    assert {path.stem for path in EXEMPLES.glob("relance-*.yaml")} == set(RELANCES)
    assert {name for name in FACTURES if not (EXEMPLES / f"{name}.yaml").is_file()} == set()
    named = {
        Path(invoice.fichier).stem
        for name in RELANCES
        for invoice in Lecteur().read(str(EXEMPLES / f"{name}.yaml")).factures
    }
    assert named <= set(FACTURES)


# --- When nothing is owed but the invoice, and when nobody knows ------------------------------------------------------


@pytest.mark.parametrize("arrete_au", ["2026-05-16", "2026-06-14", "2026-06-15"])
def test_nothing_runs_until_the_due_date_has_passed(facture: Facture, arrete_au: str) -> None:
    """On the day of the invoice, on the eve of its due date and on that very day: zeros, and exit 0."""
    shown = show(facture, "facture-en-retard", arrete_au)
    assert [shown[key] for key in ("jours", "tranches", "interets", "indemnite", "total")] == [
        *(0, [], "0.00", "0.00", "1200.00")
    ]
    said = facture("penalties", "facture-en-retard.yaml", "--date", arrete_au).err
    assert said == "F2026-019 : à payer le 15 juin 2026, pas en retard ce jour-là.\n"


@pytest.mark.parametrize("arrete_au", ["2026-05-01", "2026-11-23", "2027-03-01"])
def test_a_particulier_who_was_not_put_on_notice_owes_the_invoice_alone(facture: Facture, arrete_au: str) -> None:
    """However late, and even where no rate is known: zeros, exit 0, and the reason on stderr."""
    text = Path("facture-en-retard-particulier.yaml").read_text(encoding="utf-8")
    without = re.sub(r"^mise_en_demeure:.*\n", "", text, flags=re.MULTILINE)
    assert without != text
    result = facture("penalties", "-", "--date", arrete_au, "--format", "json", stdin=without.encode())
    assert result.code == 0, result.err
    assert [result.json[key] for key in ("jours", "tranches", "interets", "indemnite", "total", "par_jour")] == [
        *(0, [], "0.00", "0.00", "732.00", None)
    ]
    assert result.err == (
        "F2026-037 : un particulier ne doit d'intérêts qu'à partir d'une mise en demeure (C. civ. art. 1231-6).\n"
    )


INCONNU = """\
{}.yaml:{}: erreur L441: paiement.penalites : taux de la BCE inconnu du 1er janvier 2027 au 30 juin 2027 : \
aucun taux n'est supposé d'un semestre à l'autre
    conseil : ajoutez à taux.yaml : bce 2027-01-01: {{valeur: …, source: …, verifie_le: …}}
    loi : C. com. art. L441-10, II
"""


@pytest.mark.parametrize(
    "name",
    ["facture-en-retard", "facture-impayee", "facture-paiement-partiel", "facture-en-retard-avoir"],
)
def test_a_half_year_that_nobody_gave_is_an_error_and_never_a_guess(facture: Facture, name: str) -> None:
    """Exit 5, no figure on stdout, and the very line to add; once it is added, the account is there."""
    text = Path(f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    line = next(number for number, row in enumerate(text, 1) if row.startswith("  penalites:"))
    column = text[line - 1].index("bce+10") + 1
    for style in ("text", "json", "csv"):
        result = facture("penalties", f"{name}.yaml", "--date", "2027-03-01", "--format", style)
        assert (result.code, result.text) == (5, "")
        assert result.err == INCONNU.format(name, f"{line}:{column}")
    Path("taux.yaml").write_text(
        "bce 2027-01-01: {valeur: 2.65, source: https://www.ecb.europa.eu, verifie_le: 2027-01-04}\n", encoding="utf-8"
    )
    shown = show(facture, name, "2027-03-01")
    assert [row["taux"] for row in shown["tranches"]][-1] == "12.65"


def test_the_last_day_that_the_table_knows_is_computed(facture: Facture) -> None:
    """31 December 2026 has its rate; the day after has none, so what it would add is not said.

    1200 x 12.15 x 15 / 36500 = 5.9918; 1 July to 31 December, 184 days: 1200 x 12.40 x 184 / 36500 = 75.0115; sum
    81.0033, so 81.00, and 1 321.00 with the 40 euros.
    """
    shown = show(facture, "facture-en-retard", "2026-12-31")
    assert (shown["interets"], shown["total"], shown["par_jour"]) == ("81.00", "1321.00", None)
    assert facture("penalties", "facture-en-retard.yaml", "--date", "2027-01-01").code == 5


def test_a_public_buyer_keeps_the_rate_of_the_first_half_year(facture: Facture) -> None:
    """Interest that began in the first half of 2026 needs no rate of 2027.

    12 June to 1 March: 19 + 184 + 31 + 28 + 1 = 263 days; 2740 x 10.15 x 263 / 36500 = 200.3916.
    """
    shown = show(facture, "facture-en-retard-public", "2027-03-01")
    assert [(row["jours"], row["taux"]) for row in shown["tranches"]] == [(263, "10.15")]
    assert (shown["interets"], shown["total"]) == ("200.39", "2980.39")


# --- Notices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RELANCES)
def test_a_notice_asks_for_the_sums_worked_by_hand(facture: Facture, name: str) -> None:
    """Stopped at its own date whatever today is, invoice by invoice, then all together."""
    table = load_table(name)
    result = facture("penalties", f"{name}.yaml", "--date", JOUR.isoformat(), "--format", "json")
    assert result.code == 0, result.err
    shown = to_text(result.json)
    assert {key: shown[key] for key in table["attendu"]} == table["attendu"]
    keys = ("numero", "jours", "interets", "total")
    assert [{key: row[key] for key in keys} for row in shown["factures"]] == table["factures"]
    for key in ("principal", "interets", "indemnite", "total", "regle", "avoirs"):
        assert sum((Decimal(row[key]) for row in shown["factures"]), Decimal(0)) == Decimal(shown[key])
    rows = list(csv.DictReader(io.StringIO(facture("penalties", f"{name}.yaml", "--format", "csv").text)))
    assert sum((Decimal(row["montant"]) for row in rows), Decimal(0)) == Decimal(shown["total"])


def read_notice(name: str) -> tuple[Dossier, Page, Lettre]:
    dossier = build_dossier(Lecteur().read(str(EXEMPLES / f"{name}.yaml")), JOUR)
    assert [found.to_text() for found in dossier.constats] == []
    page = prepare(dossier)
    assert page.lettre is not None
    return dossier, page, page.lettre


def figure(text: str, langue: str) -> Decimal:
    """Return the amount that a person reads in « −3 000,00 € » or "£1,724.83"."""
    digits = re.sub(r"[^0-9.,]", "", text)
    digits = digits.replace(",", "") if langue == "en" else digits.replace(",", ".")
    return -Decimal(digits) if "−" in text else Decimal(digits)


def iter_rows(lettre: Lettre) -> Iterator[tuple[list[LigneDecompte], LigneDecompte]]:
    """Yield the rows that earn, and the total, of each working."""
    for decompte in lettre.decomptes:
        yield [row for row in decompte.lignes if row.kind == "tranche"], decompte.lignes[-1]


@pytest.mark.parametrize("name", RELANCES)
def test_what_a_notice_asks_for_adds_up_on_its_page(name: str) -> None:
    """Whoever adds up the printed rows finds the sum asked for, which is also the one to transfer."""
    wanted = load_table(name)["page"]
    _, page, lettre = read_notice(name)
    *rows, total = lettre.sommes
    printed = [figure(row.montant, page.langue) for row in rows]
    assert printed == [Decimal(text) for text in wanted["sommes"]]
    assert total.kind == "total"
    assert sum(printed, Decimal(0)) == figure(total.montant, page.langue) == Decimal(wanted["a_regler"])
    assert page.paiement is not None
    assert figure(page.paiement.montant, page.langue) == Decimal(wanted["a_regler"])


@pytest.mark.parametrize("name", RELANCES)
def test_the_printed_working_can_be_done_again(name: str) -> None:
    """From the base, the rate and the days of a row one finds its four decimals; from the rows, the total."""
    wanted = load_table(name)["tranches"]
    _, page, lettre = read_notice(name)
    seen = []
    for rows, total in iter_rows(lettre):
        for row in rows:
            base, rate, days = figure(row.base, page.langue), figure(row.taux, page.langue), int(row.jours)
            exact = (base * rate * days / Decimal(36500)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            assert figure(row.detail, page.langue) == exact
            seen.append([str(figure(row.detail, page.langue)), str(figure(row.montant, page.langue))])
        assert total.kind == "total"
        assert sum((figure(row.montant, page.langue) for row in rows), Decimal(0)) == figure(total.montant, page.langue)
        assert sum(int(row.jours) for row in rows) == int(total.jours)
    assert seen == wanted


@pytest.mark.parametrize("name", [name for name in RELANCES if name != "relance-1-rappel"])
def test_interest_asked_for_is_the_interest_worked_out(name: str) -> None:
    """The row of the sums that asks for interest is what the workings above it come to."""
    dossier, page, lettre = read_notice(name)
    worked = sum((figure(total.montant, page.langue) for _, total in iter_rows(lettre)), Decimal(0))
    asked = sum((impaye.decompte.interets for impaye in dossier.impayes), Decimal(0))
    assert worked == asked
    assert not asked or asked in [figure(row.montant, page.langue) for row in lettre.sommes]


def test_a_first_reminder_asks_for_the_invoice_alone() -> None:
    """What the law already adds, 2.00 and 40.00, is said and not asked for; no working is printed."""
    _, page, lettre = read_notice("relance-1-rappel")
    assert lettre.decomptes == ()
    assert figure(lettre.sommes[-1].montant, page.langue) == Decimal("1200.00")
    said = " ".join(lettre.encart)
    assert re.search(r"\b2,00\b", said) and re.search(r"\b40,00\b", said)


def test_a_part_payment_says_where_it_went() -> None:
    """267.67 of interest and 2 732.33 of principal stand between the rows of before and those of after."""
    _, page, lettre = read_notice("relance-avec-paiement")
    kinds = [row.kind for row in lettre.decomptes[0].lignes]
    assert kinds == ["tranche", "tranche", "mouvement", "tranche", "total"]
    moved = f"{lettre.decomptes[0].lignes[2].montant} {lettre.decomptes[0].lignes[2].detail}".replace("−", "")
    found = [figure(text, page.langue) for text in re.findall(r"\d[\d\s]*,\d\d", moved)]
    assert sorted(found) == [Decimal("267.67"), Decimal("2732.33"), Decimal("3000.00")]


def test_the_flat_sum_in_euros_stays_out_of_pounds() -> None:
    """A notice in pounds says the 40 euros in words, and no code for a transfer in euros is drawn."""
    _, page, lettre = read_notice("relance-anglaise")
    assert page.langue == "en"
    assert [row.montant for row in lettre.sommes if "40.00" in row.montant] == []
    assert "€40.00" in " ".join(lettre.encart)
    assert page.paiement is not None and page.paiement.epc == ""


def test_gifts_are_remembered_in_one_line() -> None:
    """What was given on the invoices is named with its value, and adds nothing to what is asked."""
    _, page, lettre = read_notice("relance-plusieurs-factures")
    found = [figure(text, page.langue) for text in re.findall(r"\d+,\d\d", lettre.offerts)]
    # Two hours at 75.00; an hour and a half at 75.00. The photographs had no gift.
    assert found == [Decimal("150.00"), Decimal("112.50")]


# --- The ladder -------------------------------------------------------------------------------------------------------


def test_the_four_notices_climb_the_ladder() -> None:
    """5, 15, 30 and 45 days after the due date, each naming all those sent before."""
    sent: list[tuple[int, dt.date]] = []
    for niveau, (name, days) in enumerate(ECHELLE.items(), 1):
        dossier, _, _ = read_notice(name)
        relance = dossier.lettre
        due = dossier.impayes[0].decompte.creance.echeance
        assert isinstance(relance, Relance)
        assert (relance.niveau, relance.date) == (niveau, due + dt.timedelta(days=days))
        assert [(item.niveau, item.date) for item in relance.precedentes] == sent
        sent.append((niveau, dossier.date))


@pytest.mark.parametrize(("name", "days"), ECHELLE.items(), ids=str)
def test_each_notice_is_the_one_that_the_program_would_write(facture: Facture, name: str, days: int) -> None:
    """With only the earlier notices kept: on the eve it is too soon, and on the day this level comes."""
    for later in [path for path in ECHELLE if ECHELLE[path] >= days]:
        Path(f"{later}.yaml").unlink()
    due = dt.date(2026, 6, 15)
    eve = facture("remind", "F2026-019", "--date", (due + dt.timedelta(days=days - 1)).isoformat(), "--dry-run")
    assert (eve.code, eve.text) == (0, "")
    assert eve.err.startswith("F2026-019 : rien à envoyer avant le ")
    day = facture("remind", "F2026-019", "--date", (due + dt.timedelta(days=days)).isoformat(), "--dry-run")
    assert day.code == 0, day.err
    label = re.sub(r"^relance-\d-", "", name)
    assert day.text.splitlines()[0].endswith(f"-{label}.yaml"), day.text


def test_a_client_is_asked_for_everything_at_once(facture: Facture) -> None:
    """`remind --client` finds the three late invoices of the tannery, and the same total as the example."""
    result = facture(
        "remind", "--client", "tannerie-brasselune", "--level", "2", "--date", "2026-09-30", "-o", "r.yaml"
    )
    assert result.code == 0, result.err
    written = yaml.safe_load(Path("r.yaml").read_text(encoding="utf-8"))
    assert written["factures"] == ["F2026-020", "F2026-022", "F2026-024"]
    shown = facture("penalties", "r.yaml", "--format", "json").json
    assert shown["total"] == load_table("relance-plusieurs-factures")["attendu"]["total"]


# --- The whole folder -------------------------------------------------------------------------------------------------


def test_late_examples_are_free_of_findings(facture: Facture) -> None:
    """On a day when every rate is known for a month to come, none of these files has an error or a warning."""
    names = [f"{name}.yaml" for name in TABLES] + ["avoir-partiel.yaml"]
    result = facture("check", *names, "--date", "2026-11-23", "--strict")
    assert result.code == 0, result.err
    assert [line for line in result.err.splitlines() if " avertissement " in line] == []


def test_numbers_of_a_sender_grow_with_its_dates() -> None:
    """The examples are one story: in each series, a later invoice has a higher number, and no number comes twice."""
    series: dict[tuple[str, str], list[tuple[str, str]]] = {}
    numeros: list[str] = []
    for path in EXEMPLES.glob("*.yaml"):
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        if raw.get("type") in ("facture", "avoir") and "numero" in raw:
            sender = raw.get("emetteur", "studio-orvenne")
            series.setdefault((sender, raw["type"]), []).append((raw["date"], raw["numero"]))
            numeros.append(raw["numero"])
    assert len(numeros) == len(set(numeros))
    assert {("studio-orvenne", "facture"), ("reliure-sauvageon", "avoir")} <= set(series)
    for issued in series.values():
        assert [numero for _, numero in sorted(issued)] == sorted(numero for _, numero in issued)
