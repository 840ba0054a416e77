"""What `facture export` gives: tables checked against rows worked by hand, and the command as a person meets it.

The default invoice: 4 days at 450.00 less 10 %, half a day given, three books at 20.00 (5.5 %), an option, and 5 % off
the whole. 1620.00 + 60.00 = 1680.00; 84.00 off, 81.00 and 3.00; VAT 307.80 on 1539.00 and 3.14 on 57.00 (3.135);
1906.94 in all, of which 100.00 was paid.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fixtures_relances import Commande, dump, tree, write
from lxml import etree

from facture.dossier import Dossier, build_dossier
from facture.errors import RefusError
from facture.exports import COLONNES, build_csv, export_document, tame
from facture.lecture import Lecteur

JOUR = dt.date(2026, 11, 22)
EXEMPLES = Path(__file__).resolve().parent.parent / "examples"

EMETTEUR = {
    "nom": "Atelier Nord",
    "forme_juridique": "EI",
    "siren": "002718286",
    "tva_intra": "FR80002718286",
    "regime_tva": "reel",
    "adresse": {"rue": "14 rue des Tanneurs", "code_postal": "59000", "ville": "Lille"},
}
CLIENT = {
    "nom": "Dupont et Fils",
    "qualite": "professionnel",
    "siren": "003141595",
    "adresse": {"rue": "4 avenue de la République", "code_postal": "59000", "ville": "Lille"},
}
LIGNES = [
    {
        "section": "Conception",
        "lignes": [
            {
                "designation": "Maquettes",
                "quantite": "4",
                "unite": "jour",
                "prix_unitaire": "450",
                "remise": {"taux": "10 %", "motif": "Tarif de lancement"},
            },
            {
                "designation": "Formation",
                "quantite": "0.5",
                "unite": "jour",
                "prix_unitaire": "450",
                "offert": "Bienvenue",
            },
        ],
    },
    {
        "designation": "Livre relié",
        "reference": "LIV-1",
        "quantite": "3",
        "unite": "ex.",
        "prix_unitaire": "20",
        "tva": "5.5",
    },
    {"designation": "Hébergement", "quantite": "12", "unite": "mois", "prix_unitaire": "25", "option": True},
]


def make(**changes: Any) -> dict[str, Any]:
    """Return the default invoice with other keys; None takes one out."""
    keys: dict[str, Any] = {
        "type": "facture",
        "numero": "F2026-001",
        "date": "2026-11-22",
        "nature": "service",
        "emetteur": EMETTEUR,
        "client": CLIENT,
        "tva": "20",
        "lignes": LIGNES,
        "remise": {"taux": "5 %", "motif": "Client fidèle"},
        "reglements": [{"date": "2026-11-22", "montant": "100", "moyen": "virement"}],
        "paiement": {"echeance": "30 jours"},
    }
    return {key: value for key, value in {**keys, **changes}.items() if value is not None}


def judge(**changes: Any) -> Dossier:
    """Return the dossier of the default invoice with other keys."""
    return build_dossier(Lecteur().read("-", dump(make(**changes)).encode()), JOUR)


def read_rows(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV as a spreadsheet of this country reads them."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def sum_column(rows: list[dict[str, str]], name: str) -> Decimal:
    return sum((Decimal(row[name].replace(",", ".")) for row in rows if row[name]), Decimal(0))


# --- CSV -------------------------------------------------------------------------------------------------------------

SHOWN = (
    "poste",
    "ligne",
    "section",
    "designation",
    "statut",
    "motif",
    "quantite",
    "prix_unitaire_ht",
    "brut_ht",
    "remise_ht",
    "net_ht",
    "option_ht",
    "tva_taux",
    "base_ht",
    "tva",
    "ttc",
)
TABLE = """\
ligne|1|Conception|Maquettes|facture|Tarif de lancement|4|450,00|1800,00|180,00|1620,00||20|||
ligne|2|Conception|Formation|offert|Bienvenue|0,5|450,00|225,00|225,00|0,00||20|||
ligne|3||Livre relié|facture||3|20,00|60,00|0,00|60,00||5,5|||
ligne|4||Hébergement|option||12|25,00||||300,00|20|||
remise|||Remise sur l'ensemble||Client fidèle||||3,00|-3,00||5,5|||
remise|||Remise sur l'ensemble||Client fidèle||||81,00|-81,00||20|||
tva||||||||||||5,5|57,00|3,14|60,14
tva||||||||||||20|1539,00|307,80|1846,80
reglement|||Paiement reçu le 2026-11-22||||||||||||-100,00
"""


def test_each_part_of_an_invoice_has_its_row() -> None:
    """Lines, the discount on the whole by rate, VAT by rate and payments: the rows, worked out by hand."""
    rows = read_rows(build_csv([judge()]))
    assert ["|".join(row[name] for name in SHOWN) for row in rows] == TABLE.splitlines()


def test_every_row_says_whose_it_is() -> None:
    """A row can be filtered or moved alone: document, client and currency are on each, the due date 30 days on."""
    rows = read_rows(build_csv([judge()]))
    names = ("type", "nature", "numero", "date", "echeance", "client", "siren", "devise")
    assert {tuple(row[name] for name in names) for row in rows} == {
        ("facture", "", "F2026-001", "2026-11-22", "2026-12-22", "Dupont et Fils", "003141595", "EUR")
    }


def test_the_file_is_one_that_a_spreadsheet_opens() -> None:
    """The mark of UTF-8, semicolons, CRLF at each line and nowhere else, one header, and no digit with a point."""
    data = build_csv([judge()])
    text = data.decode("utf-8")
    assert data.startswith(codecs.BOM_UTF8)
    assert text.count("\r\n") == text.count("\n") == 10
    assert text.lstrip("\ufeff").splitlines()[0] == ";".join(COLONNES)
    assert {len(line.split(";")) for line in text.splitlines()} == {len(COLONNES)}


def test_columns_re_add_to_the_page() -> None:
    """1596.00 HT, 310.94 of VAT, 1806.94 to pay; real value 2085.00; given and discounts 489.00; the option apart."""
    rows = read_rows(build_csv([judge()]))
    sums = {name: sum_column(rows, name) for name in ("brut_ht", "remise_ht", "net_ht", "tva", "ttc", "option_ht")}
    assert {name: str(value) for name, value in sums.items()} == {
        "brut_ht": "2085.00",
        "remise_ht": "489.00",
        "net_ht": "1596.00",
        "tva": "310.94",
        "ttc": "1806.94",
        "option_ht": "300.00",
    }


def test_a_credit_note_is_negative() -> None:
    """One column over many documents says what was billed: an avoir takes off, its quantities too, never its prices."""
    dossier = judge(
        type="avoir",
        numero="A2026-001",
        facture={"numero": "F2026-000", "date": "2026-10-01"},
        motif="Livre abîmé",
        lignes=[{"designation": "Livre", "quantite": "2", "prix_unitaire": "20", "tva": "5.5"}],
        remise=None,
        reglements=None,
        paiement=None,
    )
    rows = read_rows(build_csv([dossier]))
    assert [
        (row["poste"], row["quantite"], row["prix_unitaire_ht"], row["net_ht"], row["tva"], row["ttc"], row["echeance"])
        for row in rows
    ] == [("ligne", "-2", "20,00", "-40,00", "", "", ""), ("tva", "", "", "", "-2,20", "-42,20", "")]


def test_acomptes_are_taken_back_by_rate() -> None:
    """84.10 of VAT at two rates: 80.00 is the tax of 400.00, 4.10 of 74.55, so 474.55 HT shares as 400.00 and 74.55."""
    dossier = judge(
        nature=["solde", "service"],
        reglements=None,
        remise=None,
        lignes=[
            {"designation": "Conseil", "quantite": "2", "prix_unitaire": "450"},
            {"designation": "Livres", "quantite": "10", "prix_unitaire": "20", "tva": "5.5"},
        ],
        acomptes_verses=[
            {
                "numero": "F2025-009",
                "date": "2026-10-01",
                "montant_ttc": "558.65",
                "tva": {"20": "80.00", "5.5": "4.10"},
            }
        ],
    )
    rows = read_rows(build_csv([dossier]))
    taken = [row for row in rows if row["poste"] == "acompte"]
    assert [(row["reference"], row["tva_taux"], row["net_ht"], row["tva"], row["ttc"]) for row in taken] == [
        ("F2025-009", "20", "-400,00", "-80,00", "-480,00"),
        ("F2025-009", "5,5", "-74,55", "-4,10", "-78,65"),
    ]
    # 900 + 200 = 1100 HT and 180 + 11 = 191 of VAT, less 474.55 and 84.10.
    assert (sum_column(rows, "net_ht"), sum_column(rows, "tva"), sum_column(rows, "ttc")) == (
        Decimal("625.45"),
        Decimal("106.90"),
        Decimal("732.35"),
    )
    assert sum_column(rows, "base_ht") == Decimal("625.45")
    assert {row["nature"] for row in rows} == {"solde"}


def test_prices_set_ttc_are_both_there() -> None:
    """120.00 TTC at 20 % is 100.00 HT; the exact price is the TTC one, and three of them are 300.00 HT."""
    lignes = [{"designation": "Séance", "quantite": "3", "prix_unitaire_ttc": "120"}]
    (ligne, tva) = read_rows(build_csv([judge(lignes=lignes, remise=None, reglements=None)]))
    assert (ligne["prix_unitaire_ht"], ligne["prix_unitaire_ttc"], ligne["net_ht"]) == ("100,00", "120,00", "300,00")
    assert (tva["base_ht"], tva["tva"], tva["ttc"]) == ("300,00", "60,00", "360,00")


def test_the_currency_has_its_own_digits() -> None:
    """Yen have none, and no amount of a document in yen shows any."""
    dossier = judge(
        devise="JPY",
        cours_eur={"taux": "160", "date": "2026-11-20", "source": "BCE"},
        lignes=[{"designation": "Conseil", "prix_unitaire": "1005", "quantite": "1"}],
        remise=None,
        reglements=None,
    )
    (ligne, tva) = read_rows(build_csv([dossier]))
    assert (ligne["devise"], ligne["net_ht"], tva["tva"], tva["ttc"]) == ("JPY", "1005", "201", "1206")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+33 6 12", "'+33 6 12"),
        ("-10 points", "'-10 points"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("  =1", "'  =1"),
        ("\u202f=1", "'\u202f=1"),
        ("\uff1d1", "'\uff1d1"),
        ("Conseil = gratuit", "Conseil = gratuit"),
        ("5 - 6", "5 - 6"),
        ("", ""),
    ],
)
def test_no_text_begins_a_formula(text: str, cell: str) -> None:
    """A cell that a spreadsheet would compute is quoted; what merely holds a sign is left alone."""
    assert tame(text) == cell


def test_what_others_typed_is_tamed_and_stays_in_its_cell() -> None:
    """A designation, a client, a section or a reason may come from anybody, quotes, semicolons and lines included."""
    hostile = '=HYPERLINK("http://x";"y")'
    ligne = {"designation": hostile, "prix_unitaire": "20", "unite": "@u", "reference": "+r", "offert": "-m"}
    dossier = judge(
        client=CLIENT | {"nom": "=cmd"},
        lignes=[{"section": "+s;", "lignes": [ligne]}, {"designation": "Suite", "prix_unitaire": "1"}],
        remise=None,
        reglements=None,
        objet=None,
    )
    first = read_rows(build_csv([dossier]))[0]
    assert first["client"] == "'=cmd"
    assert (first["section"], first["designation"], first["unite"]) == ("'+s;", f"'{hostile}", "'@u")
    assert (first["reference"], first["motif"], first["brut_ht"]) == ("'+r", "'-m", "20,00")


def list_exemples() -> list[str]:
    return sorted(path.name for path in EXEMPLES.glob("*.yaml") if path.name.startswith(("facture-", "avoir", "devis")))


@pytest.mark.parametrize("name", list_exemples())
def test_the_columns_of_every_example_re_add(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in a document, three sums hold: what is billed HT, its VAT, and what is to pay."""
    monkeypatch.chdir(EXEMPLES)
    dossier = build_dossier(Lecteur().read(name), JOUR)
    _, totaux = dossier.require()
    rows = read_rows(build_csv([dossier]))
    sign = -1 if dossier.lecture.type == "avoir" else 1
    acomptes = totaux.acomptes_ttc - sum((item.ht for item in totaux.acomptes), Decimal(0))
    assert sum_column(rows, "brut_ht") == sign * totaux.brut_ht
    assert sum_column(rows, "net_ht") == sign * (totaux.total_ht - (totaux.acomptes_ttc - acomptes))
    assert sum_column(rows, "tva") == sign * (totaux.total_tva - acomptes)
    assert sum_column(rows, "ttc") == sign * totaux.net_a_payer


# --- Which documents -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["csv", "gobl", "facturx-xml"])
def test_a_document_with_an_error_is_never_exported(style: str) -> None:
    """Every finding comes with the refusal, and there are no bytes."""
    dossier = judge(lignes=[{"designation": "Conseil", "prix_unitaire": "450", "remise": "500"}])
    with pytest.raises(RefusError) as refus:
        export_document(dossier, style)
    assert [found.code for found in refus.value.diagnostics if found.is_error] == ["M301"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": "devis", "paiement": None, "reglements": None, "validite": "30 jours", "nature": None}, "X750"),
        ({"numero": None}, "X754"),
        ({"titre": "Facture pro forma"}, "X754"),
    ],
)
def test_what_has_no_e_invoice_is_refused_as_xml(changes: dict[str, Any], code: str) -> None:
    """A quote, a draft and a pro forma have none; the words say which."""
    with pytest.raises(RefusError) as refus:
        export_document(judge(**changes), "facturx-xml")
    assert [found.code for found in refus.value.diagnostics if found.is_error] == [code]


@pytest.mark.parametrize("qualite", ["professionnel", "particulier"])
def test_the_xml_alone_is_that_of_the_e_invoice(qualite: str) -> None:
    """One CII invoice, with this number and what is left to pay; a consumer's too, when it is asked for."""
    client = CLIENT if qualite == "professionnel" else {**CLIENT, "qualite": qualite, "siren": None, "email": "a@b.fr"}
    dossier = judge(client={key: value for key, value in client.items() if value is not None})
    root = etree.fromstring(export_document(dossier, "facturx-xml").octets)
    assert etree.QName(root).localname == "CrossIndustryInvoice"
    texts = {etree.QName(node).localname: node.text for node in root.iter() if isinstance(node.tag, str)}
    numbers = [node.text for node in root.iter("{*}ExchangedDocument") for node in node.iter("{*}ID")]
    assert numbers == ["F2026-001"]
    assert texts["DuePayableAmount"] == "1806.94"


# --- The command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def facture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Commande:
    """Run the command in a folder with two invoices and one that has an error."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "mai.yaml", dump(make()))
    write(
        tmp_path / "juin.yaml",
        dump(make(numero="F2026-002", lignes=[{"designation": "Suite", "prix_unitaire": "100"}])),
    )
    write(tmp_path / "faute.yaml", dump(make(numero="F2026-003", tva=None)))
    return Commande(monkeypatch, capsysbinary)


@pytest.mark.parametrize(("style", "suffix"), [("csv", ".csv"), ("gobl", ".json"), ("facturx-xml", ".xml")])
def test_a_written_path_a_line(facture: Commande, style: str, suffix: str) -> None:
    """Named as its PDF would be, in the current folder; stdout holds the path, stderr nothing."""
    before = set(tree())
    result = facture("export", "mai.yaml", "--format", style)
    name = f"F2026-001-dupont-et-fils{suffix}"
    assert (result.code, result.text, result.err) == (0, f"{name}\n", "")
    assert set(tree()) - before == {name}
    assert Path(name).read_bytes() == export_document(judge(), style).octets


@pytest.mark.parametrize("style", ["csv", "gobl", "facturx-xml"])
def test_stdout_takes_the_bytes_and_nothing_else(facture: Commande, style: str) -> None:
    """`-o -` writes no file; twice the same input, twice the same bytes."""
    before = tree()
    first = facture("export", "mai.yaml", "--format", style, "-o", "-")
    second = facture("export", "-", "--format", style, "-o", "-", stdin=Path("mai.yaml").read_bytes())
    assert (first.code, first.err) == (0, "")
    assert first.text == second.text == export_document(judge(), style).octets.decode()
    assert tree() == before


def test_several_documents_in_one_table(facture: Commande) -> None:
    """One file, one header, the documents in the order of the command; the same name twice is one."""
    result = facture("export", "juin.yaml", "mai.yaml", "juin.yaml", "--format", "csv", "-o", "tout/2026.csv")
    assert (result.code, result.text) == (0, f"{Path('tout/2026.csv')}\n")
    rows = read_rows(Path("tout/2026.csv").read_bytes())
    assert list(dict.fromkeys(row["numero"] for row in rows)) == ["F2026-002", "F2026-001"]
    assert Path("tout/2026.csv").read_bytes().count(b"poste") == 1


def test_one_table_is_whole_or_not_at_all(facture: Commande) -> None:
    """An invoice left out would be missed by nobody: the table is refused, and the fault said at its line."""
    result = facture("export", "mai.yaml", "faute.yaml", "--format", "csv", "-o", "2026.csv")
    assert result.code == 1
    assert result.text == ""
    assert "faute.yaml:" in result.err
    assert "Rien n'est écrit : le tableau serait incomplet." in result.err
    assert not Path("2026.csv").exists()


def test_files_of_their_own_do_not_wait_for_one_another(facture: Commande) -> None:
    """Into a folder, each document has its file; the one in error has none, and the status says so."""
    result = facture("export", "mai.yaml", "faute.yaml", "juin.yaml", "--format", "csv", "--output-dir", "sortie")
    assert result.code == 1
    names = ["F2026-001-dupont-et-fils.csv", "F2026-002-dupont-et-fils.csv"]
    assert result.text.splitlines() == [os.path.join("sortie", name) for name in names]
    assert sorted(os.listdir("sortie")) == names


def test_dry_run_names_and_writes_nothing(facture: Commande) -> None:
    """The path that would be written, the findings, and no file."""
    before = tree()
    result = facture("export", "mai.yaml", "--format", "gobl", "--dry-run")
    assert (result.code, result.text) == (0, "F2026-001-dupont-et-fils.json\n")
    assert "rien n'est écrit" in result.err
    assert tree() == before


def test_a_value_set_on_the_command_line_counts(facture: Commande) -> None:
    """`--set` is read before anything is computed: 2 days at 450.00 less 10 % are 810.00."""
    result = facture("export", "mai.yaml", "--format", "csv", "-o", "-", "--set", "lignes[0].lignes[0].quantite=2")
    assert read_rows(result.text.encode())[0]["net_ht"] == "810,00"


def test_a_draft_takes_the_day_of_the_command_and_says_so(facture: Commande) -> None:
    """Without number nor date, the file is named after its source; --quiet keeps the remark away, not the data."""
    write(Path("essai.yaml"), dump(make(numero=None, date=None)))
    result = facture("export", "essai.yaml", "--format", "csv", "--date", "2026-11-25")
    assert (result.code, result.text) == (0, "essai.csv\n")
    assert "essai.yaml : sans date, le brouillon prend celle du 2026-11-25" in result.err
    assert {row["date"] for row in read_rows(Path("essai.csv").read_bytes())} == {"2026-11-25"}
    assert facture("export", "essai.yaml", "--format", "csv", "--date", "2026-11-25", "--quiet").err == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mai.yaml",), "--format"),
        (("mai.yaml", "--format", "gobl", "-o", "x.json", "--output-dir", "d"), "ne vont pas ensemble"),
        (("mai.yaml", "juin.yaml", "--format", "gobl", "-o", "-"), "un seul document"),
        (("mai.yaml", "juin.yaml", "--format", "gobl", "-o", "x.json"), "doit être un dossier"),
        (("-", "-", "--format", "csv"), "ne se lit qu'une fois"),
        (("mai.yaml", "--format", "csv", "-o", "mai.yaml"), "ne peut pas être aussi sa sortie"),
        (("mai.yaml", "copie.yaml", "--format", "csv"), "donneraient le même fichier"),
    ],
)
def test_a_call_that_cannot_be_carried_out(facture: Commande, arguments: tuple[str, ...], words: str) -> None:
    """Exit 2 before anything is written, in words that say what to change."""
    write(Path("copie.yaml"), Path("mai.yaml").read_text(encoding="utf-8"))
    before = tree()
    result = facture("export", *arguments)
    assert result.code == 2
    assert words in result.err
    assert tree() == before


def test_a_missing_file_is_a_missing_file(facture: Commande) -> None:
    """Exit 3, said as for every command."""
    result = facture("export", "rien.yaml", "--format", "csv")
    assert (result.code, result.text) == (3, "")
    assert "rien.yaml:1:1: erreur F230" in result.err
