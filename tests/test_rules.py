"""What a well-formed document must still get right: where each rule begins to speak, and where it stays silent."""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from facture.dossier import Dossier, build_dossier, default_penalites
from facture.errors import RefusError
from facture.lecture import Lecteur

JOUR = dt.date(2026, 11, 22)
ADRESSE = {"rue": "14 rue des Tanneurs", "code_postal": "59000", "ville": "Lille"}
BASE: dict[str, Any] = {
    "type": "facture",
    "numero": "F2026-001",
    "date": "2026-11-22",
    "emetteur": {
        "nom": "Atelier Nord",
        "forme_juridique": "EI",
        "siren": "002718286",
        "tva_intra": "FR80002718286",
        "regime_tva": "reel",
        "adresse": ADRESSE,
    },
    "client": {"nom": "Dupont", "siren": "003141595", "adresse": ADRESSE},
    "tva": "20",
    "lignes": [{"designation": "Conseil", "prix_unitaire": "1000"}],
    "paiement": {"echeance": "30 jours"},
}
OFFRE = {"type": "devis", "numero": "D2026-001", "validite": "30 jours", "paiement": None}
AVOIR = {
    "type": "avoir",
    "numero": "A2026-001",
    "facture": {"numero": "F1", "date": "2026-11-01"},
    "motif": "x",
    "paiement": None,
}
BROUILLON = {"numero": None}


class Ecriture(yaml.SafeDumper):
    """Writes the same address twice as two addresses, without an alias."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def dump(data: dict[str, Any]) -> bytes:
    return yaml.dump(data, Dumper=Ecriture, allow_unicode=True).encode()


def judge(*changes: dict[str, Any]) -> Dossier:
    """Judge a sound facture after changes: two underscores reach inside a group, None takes a key out."""
    data = copy.deepcopy(BASE)
    for change in changes:
        for path, value in change.items():
            *parents, key = path.split("__")
            holder: dict[str, Any] = data
            for parent in parents:
                holder = holder.setdefault(parent, {})
            if value is None:
                holder.pop(key, None)
            else:
                holder[key] = value
    return build_dossier(Lecteur().read("-", dump(data)), JOUR)


def find(*changes: dict[str, Any]) -> list[str]:
    """Return `code path`, with a question mark after a warning's code."""
    return [f"{found.code}{'' if found.is_error else '?'} {found.path}".strip() for found in judge(*changes).constats]


def line(**keys: Any) -> dict[str, Any]:
    return {"designation": "x", "prix_unitaire": "1000", **keys}


def lines(*items: dict[str, Any]) -> dict[str, Any]:
    return {"lignes": list(items)}


@pytest.mark.parametrize("changes", [{}, BROUILLON, OFFRE, AVOIR, {**OFFRE, **BROUILLON}, {**AVOIR, **BROUILLON}])
def test_a_sound_document_is_met_with_silence(changes: dict[str, Any]) -> None:
    """The documents that these tests change have nothing wrong."""
    assert find(changes) == []


# --- Draft or numbered


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"emetteur__nom": None}, "L401 emetteur"),
        ({"emetteur__adresse": None}, "L402 emetteur"),
        ({"emetteur__siren": None}, "L403 emetteur"),
        ({"emetteur__tva_intra": None}, "L404 emetteur"),
        ({"emetteur__forme_juridique": None}, "L405 emetteur"),
        ({"emetteur__forme_juridique": "SASU", "emetteur__rcs": "Lille"}, "L406 emetteur"),
        ({"emetteur__forme_juridique": "SASU", "emetteur__capital": "1"}, "L407 emetteur"),
        ({"client__nom": None}, "L408 client"),
        ({"client__adresse": None}, "L409 client"),
        ({"client__siren": None}, "L410 client"),
        ({"paiement": None}, "L412 paiement"),
        ({"tva": "autoliquidation"}, "L413 client"),
        ({**AVOIR, "facture": None}, "L415 facture"),
        ({"devise": "USD"}, "L428 devise"),
    ],
)
def test_what_is_missing_is_a_warning_on_a_draft(changes: dict[str, Any], expected: str) -> None:
    """Without a number a document may still be completed; with one it must be complete."""
    assert find(changes) == [expected]
    assert find(changes, BROUILLON) == [expected.replace(" ", "? ")]
    assert judge(changes).has_errors
    assert not judge(changes, BROUILLON).has_errors


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"tva": None}, ["F242 lignes[0]"]),
        (lines({"designation": "x"}), ["F241 lignes[0]"]),
        (lines({"prix_unitaire": "1"}), ["F217 lignes[0]"]),
        ({"lignes": None}, ["F217"]),
        ({"client": "personne"}, ["F230 client"]),
        ({"objt": "x"}, ["F203 objt"]),
        ({"emetteur__siren": "002718287", "emetteur__tva_intra": "FR80002718286"}, ["L420 emetteur.siren"]),
        ({"emetteur__regime_tva": "franchise"}, ["L427 tva"]),
    ],
)
def test_a_fault_is_an_error_even_on_a_draft(changes: dict[str, Any], expected: list[str]) -> None:
    """No price, no rate, a broken reference, a wrong number: a draft cannot be added up or trusted either."""
    assert find(changes) == expected
    assert find(changes, BROUILLON) == expected


def test_a_number_wants_a_date_and_a_draft_does_not() -> None:
    """A draft takes the day of the command; a numbered document would change every day."""
    assert find({"date": None}) == ["F224 numero"]
    dossier = judge({"date": None}, BROUILLON)
    assert dossier.constats == ()
    assert (dossier.date, dossier.echeance) == (JOUR, dt.date(2026, 12, 22))


@pytest.mark.parametrize("key", ["objt", "paiment"])
def test_absence_is_not_judged_while_the_text_is_wrong(key: str) -> None:
    """A misspelt key hides nothing else than itself."""
    changes = {key: "x", "client__nom": None, "tva": None, "paiement": None, "emetteur__siren": None}
    assert find(changes) == [f"F203 {key}"]


# --- Identity


@pytest.mark.parametrize(
    ("forme", "expected"),
    [
        ("EI", []),
        ("micro", []),
        ("association", []),
        ("EURL", ["L406", "L407"]),
        ("SARL", ["L406", "L407"]),
        ("SASU", ["L406", "L407"]),
        ("SAS", ["L406", "L407"]),
        ("SA", ["L406", "L407"]),
        ("SELARL", ["L406", "L407"]),
        ("SNC", ["L407"]),
    ],
)
def test_identity_depends_on_the_legal_form(forme: str, expected: list[str]) -> None:
    """Capital and registry for companies with shares, registry alone for an SNC, neither for a person."""
    assert find({"emetteur__forme_juridique": forme}) == [f"{code} emetteur" for code in expected]
    complete = {"emetteur__forme_juridique": forme, "emetteur__rcs": "Lille"}
    assert find(complete, {"emetteur__capital": "5000"} if expected else {}) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # An offer may go without; so does a seller in franchise.
        (OFFRE, []),
        ({"emetteur__regime_tva": "franchise", "tva": None}, []),
        ({"tva": "franchise", "emetteur__regime_tva": None}, []),
        # 150 euros HT and less: the number may be left out.
        (lines(line(prix_unitaire="150")), []),
        (lines(line(prix_unitaire="150.01")), ["L404 emetteur"]),
        # Towards another Member State it is wanted whatever the sum.
        (
            {
                **lines(line(prix_unitaire="100", tva="intracom")),
                "client__tva_intra": "BE0403170701",
                "client__adresse": {**ADRESSE, "pays": "BE"},
                "client__qualite": "professionnel",
                "client__siren": None,
            },
            ["L413 emetteur"],
        ),
    ],
)
def test_the_vat_number_of_the_seller(changes: dict[str, Any], expected: list[str]) -> None:
    """It is on every invoice above 150 euros HT of a seller who bills VAT."""
    assert find(changes, {"emetteur__tva_intra": None}) == expected


def test_a_seller_abroad_has_no_siren() -> None:
    """French identifiers are those of a seller in France."""
    abroad = {"nom": "Atelier", "adresse": {**ADRESSE, "pays": "BE"}}
    assert find({"emetteur": abroad}) == []


def test_a_siret_is_enough_for_a_siren() -> None:
    """A SIRET begins with the SIREN."""
    assert find({"emetteur__siren": None, "emetteur__siret": "00271828600012"}) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client__siren": None, "client__qualite": "particulier"}, []),
        ({"client__siren": None, "client__qualite": "public"}, ["L493? client"]),
        ({"client__siren": None, "client__qualite": "professionnel"}, ["L411? client"]),
        ({"client__siren": None, "client__siret": "00314159500011"}, []),
        ({"client__siren": None, "client__tva_intra": "FR83003141595"}, ["L411? client"]),
        (
            {"client__siren": None, "client__qualite": "professionnel", "client__adresse": {**ADRESSE, "pays": "GB"}},
            [],
        ),
        ({**OFFRE, "client__siren": None, "client__qualite": "professionnel"}, []),
        ({"client__adresse": None, "adresse_facturation": ADRESSE}, []),
    ],
)
def test_the_identity_of_the_buyer(changes: dict[str, Any], expected: list[str]) -> None:
    """An identifier makes a business; a French business should have a SIREN on its invoices."""
    assert find(changes) == expected


# --- Numbers of the administration


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client__siren": "003 141 595"}, []),
        ({"client__siren": "003.141.595"}, []),
        ({"client__siren": "003141596"}, ["L420"]),
        ({"client__siren": "031141595"}, ["L420"]),
        ({"client__siren": "00314159"}, ["L420"]),
        ({"client__siren": "0031415950"}, ["L420"]),
        ({"client__siren": "ABC141595"}, ["L420"]),
        ({"client__siren": "٠٠٣١٤١٥٩٥"}, ["L420"]),
        ({"client__siret": "00314159500011"}, []),
        ({"client__siret": "003 141 595 00011"}, []),
        ({"client__siret": "00314159500012"}, ["L421"]),
        ({"client__siret": "00271828600012"}, ["L421"]),
        # A wrong SIREN says nothing of the SIRET, nor of the VAT number.
        ({"client__siren": "003141596", "client__siret": "00314159500011"}, ["L420"]),
        ({"client__siren": "003141596", "client__tva_intra": "FR83003141595"}, ["L420"]),
        ({"client__tva_intra": "FR83003141595"}, []),
        ({"client__tva_intra": "FR 83 003 141 595"}, []),
        ({"client__tva_intra": "fr83003141595"}, []),
        ({"client__tva_intra": "FR84003141595"}, ["L422"]),
        ({"client__tva_intra": "FR80002718286"}, ["L422"]),
        ({"client__tva_intra": "BE0403170701"}, []),
        ({"client__tva_intra": "BE0403170702"}, ["L422"]),
        ({"client__tva_intra": "DE136695976"}, []),
        ({"client__tva_intra": "DE136695977"}, ["L422"]),
        ({"client__tva_intra": "EL094259216"}, []),
        ({"client__tva_intra": "XI123"}, ["L422"]),
        ({"client__tva_intra": "GB123456789"}, []),
        ({"client__tva_intra": "CHE-123.456.788 TVA"}, []),
        ({"client__tva_intra": "83003141595"}, ["L422"]),
        ({"emetteur__iban": "FR76 9999 8000 2000 0271 8281 844"}, []),
        ({"emetteur__iban": "fr7699998000200002718281844"}, []),
        ({"emetteur__iban": "FR76 9999 8000 2000 0271 8281 845"}, ["L423"]),
        ({"emetteur__iban": "FR76"}, ["L423"]),
        ({"emetteur__iban": "9999"}, ["L423"]),
        ({"emetteur__bic": "BQEXFRPP"}, []),
        ({"emetteur__bic": "BQEXFRPPXXX"}, []),
        ({"emetteur__bic": "BQEXFRPPXX"}, ["L424"]),
        ({"emetteur__bic": "12345678"}, ["L424"]),
    ],
)
def test_identifiers_are_checked_by_their_keys(changes: dict[str, Any], expected: list[str]) -> None:
    """One wrong digit is one finding, where it is; what follows from it is not said."""
    assert [found.code for found in judge(changes).constats if found.code.startswith("L42")] == expected


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable()))
def test_any_identifier_gets_an_answer(text: str) -> None:
    """Whatever is typed for a number, there is a finding or none, never an accident."""
    keys = ("client__siren", "client__siret", "client__tva_intra", "emetteur__iban", "emetteur__bic")
    judge(dict.fromkeys(keys, text))


# --- Terms of payment


@pytest.mark.parametrize(
    ("echeance", "date", "expected"),
    [
        ("60 jours", "2026-11-22", []),
        ("61 jours", "2026-11-22", ["L426 paiement.echeance"]),
        ("2027-01-21", "2026-11-22", []),
        ("2027-01-22", "2026-11-22", ["L426 paiement.echeance"]),
        # 59 days from 1 January, 62 from 1 July.
        ("2 mois", "2026-01-01", []),
        ("2 mois", "2026-07-01", ["L426 paiement.echeance"]),
        ("à réception", "2026-11-22", []),
        # 45 days end of month, in both readings, may go past 60 days.
        ("45 jours fin de mois", "2026-11-22", []),
        ("fin de mois 45 jours", "2026-11-01", []),
        ("46 jours fin de mois", "2026-11-22", ["L426 paiement.echeance"]),
        ("fin de mois 60 jours", "2026-11-22", ["L426 paiement.echeance"]),
        ("fin de mois", "2026-11-22", []),
        ("30 jours fin de mois", "2026-11-22", []),
        # 10 January is 49 days after 22 November, and 70 days after 1 November.
        ("30 jours fin de mois le 10", "2026-11-22", []),
        ("30 jours fin de mois le 10", "2026-11-01", ["L426 paiement.echeance"]),
        ("45 jours fin de mois le 10", "2026-11-22", ["L426 paiement.echeance"]),
    ],
)
def test_terms_between_businesses_have_caps(echeance: str, date: str, expected: list[str]) -> None:
    """Sixty days from the invoice, or forty-five days end of month."""
    assert find({"paiement__echeance": echeance, "date": date}) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client__qualite": "public", "paiement__echeance": "30 jours"}, []),
        ({"client__qualite": "public", "paiement__echeance": "31 jours"}, ["L426? paiement.echeance"]),
        ({"client__qualite": "particulier", "paiement__echeance": "90 jours"}, []),
        ({**OFFRE, "paiement": {"echeance": "90 jours"}}, []),
    ],
)
def test_other_clients_have_other_terms(changes: dict[str, Any], expected: list[str]) -> None:
    """Thirty days for public buyers, said as a warning since some have more; none for a consumer."""
    assert find(changes) == expected


@pytest.mark.parametrize("date", ["1990-01-01", "2012-12-31", "2018-06-30", "2019-04-25", "2026-11-22", "2100-12-31"])
@pytest.mark.parametrize("qualite", ["professionnel", "public", "particulier"])
def test_a_day_that_no_table_covers_is_no_accident(date: str, qualite: str) -> None:
    """An old invoice typed again, or a far one: the tables of law may not reach, the program goes on."""
    gift = line(offert="oui", nature="bien")
    dossier = judge({"date": date, "client__qualite": qualite}, lines(line(), gift))
    assert dossier.totaux is not None
    assert [found.code for found in dossier.constats if found.is_error and found.exit_code != 5] == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"paiement": {"echeancier": [{"part": "100 %", "quand": "à la commande"}]}}, []),
        ({"paiement": {"moyens": ["carte"]}, "reglements": [{"date": "2026-11-22", "montant": "1200"}]}, []),
        ({"paiement": {"moyens": ["carte"]}}, ["L412 paiement"]),
        (lines(line(offert="oui")) | {"paiement": None}, []),
        ({"paiement__moyens": ["virement"]}, ["L425? emetteur"]),
        ({"paiement__moyens": ["virement"], "emetteur__iban": "FR76 9999 8000 2000 0271 8281 844"}, []),
        ({"paiement__moyens": ["cheque", "carte"]}, []),
        ({**OFFRE, "paiement": {"moyens": ["virement"]}}, []),
    ],
)
def test_when_and_where_to_pay(changes: dict[str, Any], expected: list[str]) -> None:
    """A due date when something is to pay, an account when a transfer is offered."""
    assert find(changes) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["30 %", "70 %"], []),
        (["33.33 %", "33.33 %", "33.34 %"], []),
        (["30 %", "60 %"], ["F227 paiement.echeancier"]),
        (["60 %", "60 %"], ["F227 paiement.echeancier"]),
        (["100.0001 %"], ["F207 paiement.echeancier[0].part"]),
        (["30 %", "840"], ["F227 paiement.echeancier"]),
        (["360", "840"], []),
        (["360", "840.01"], ["F227 paiement.echeancier"]),
        ([None, "100 %"], ["F217 paiement.echeancier[0]"]),
    ],
)
def test_instalments_make_the_whole(parts: list[str | None], expected: list[str]) -> None:
    """All in rates that make 100 %, or all in amounts that make what is to pay, here 1200.00."""
    tranches = [{"part": part, "quand": "un jour"} if part else {"quand": "un jour"} for part in parts]
    assert find({"paiement__echeancier": tranches}) == expected


@pytest.mark.parametrize(
    ("escompte", "expected"),
    [
        ("néant", []),
        ("neant", []),
        ("aucun", []),
        ({"taux": "2 %", "jours": "8"}, []),
        ({"taux": "2 %"}, ["F217 paiement.escompte"]),
        ({"jours": "8"}, ["F217 paiement.escompte"]),
        ({}, ["F210 paiement.escompte"]),
        ("2 %", ["F209 paiement.escompte"]),
    ],
)
def test_a_discount_for_early_payment_is_a_rate_and_a_delay(escompte: Any, expected: list[str]) -> None:
    """Both, or neither in so many words."""
    assert find({"paiement__escompte": escompte}) == expected


# --- VAT


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"emetteur__regime_tva": "franchise", "tva": None}, []),
        ({"emetteur__regime_tva": "franchise", "tva": "franchise"}, []),
        ({"emetteur__regime_tva": "franchise", "tva": "exonere-formation"}, []),
        ({"emetteur__regime_tva": "franchise", "tva": "20"}, ["L427 tva"]),
        ({"emetteur__regime_tva": "franchise", "tva": None} | lines(line(tva="20"), line()), ["L427 lignes[0].tva"]),
        (lines(line(tva="franchise"), line(tva="20")) | {"tva": None}, ["L427 lignes[1].tva"]),
        # The rate of the document matters only when a line takes it.
        (lines(line(tva="franchise")) | {"emetteur__regime_tva": None}, []),
        ({"tva": "0"}, ["L431? tva"]),
        ({"tva": "0,00 %"}, ["L431? tva"]),
        (lines(line(tva="0"), line()), ["L431? lignes[0].tva"]),
        (lines(line(tva="hors-champ"), line()), ["L433 lignes[0]"]),
        (lines(line(), line(tva="hors-ue")) | {"client__adresse__pays": "GB"}, ["L433 lignes[1]"]),
        (lines(line(tva="hors-champ"), line(tva="hors-champ")), []),
        (lines(line(tva="hors-champ"), line(option="oui")), []),
        (OFFRE | lines(line(tva="hors-champ"), line()), []),
        # In franchise a line without a rate is in category E.
        (
            {"emetteur__regime_tva": "franchise", "tva": None} | lines(line(), line(tva="hors-champ")),
            ["L433 lignes[1]"],
        ),
        ({"tva": "autoliquidation", "client__tva_intra": "FR83003141595"}, []),
        (OFFRE | {"tva": "autoliquidation"}, []),
    ],
)
def test_rates_and_situations(changes: dict[str, Any], expected: list[str]) -> None:
    """Franchise bills no VAT, zero is almost never a rate, what is out of scope stands alone."""
    assert find(changes) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"tva": "exonere-formation"},
        lines(line(tva="exonere-formation")),
        {"tva": "franchise", "emetteur__regime_tva": None},
        # Franchise is printed without being typed as a situation.
        {"emetteur__regime_tva": "franchise", "tva": None},
    ],
)
def test_a_reference_to_the_old_code_is_good_until_june_2028(changes: dict[str, Any]) -> None:
    """The articles of the CGI are accepted up to 30 June 2028; from the next day the mention is pointed out, once."""
    assert find(changes, {"date": "2028-06-30"}) == []
    assert [item[:5] for item in find(changes, {"date": "2028-07-01"})] == ["L435?"]


def test_the_interest_of_a_public_buyer_is_set_by_law() -> None:
    """ECB plus eight points, typed or not; for others it is a matter of agreement."""
    public = {"client__qualite": "public"}
    assert find(public) == find(public, {"paiement__penalites": "BCE + 8"}) == []
    for rule in ("bce+10", "legal x 3", "12 %"):
        assert find(public, {"paiement__penalites": rule}) == ["L434 paiement.penalites"]
        assert find({"paiement__penalites": rule}) == []


@pytest.mark.parametrize("rule", ["legal", "legal x 2", "legal x 2,9999", "2 x legal"])
def test_penalties_between_businesses_have_a_floor(rule: str) -> None:
    """Less than three times the legal rate is refused, whatever the day; a consumer may owe the legal rate."""
    assert [item[5:] for item in find({"paiement__penalites": rule})] == ["paiement.penalites"]
    # With a consumer there is no floor: more than the legal rate is what is worth a warning.
    consumer = {"paiement__penalites": rule, "client__siren": None, "client__qualite": "particulier"}
    assert find(consumer) == ([] if rule == "legal" else ["L445? paiement.penalites"])


@pytest.mark.parametrize(
    ("rule", "date", "expected"),
    [
        # Legal rates 2.75 (2026 S2) and 5.07 % (2024 S1): floors 8.25 and 15.21 %. ECB 2.40 and 4.50 %.
        ("8,24 %", "2026-11-22", ["L454? paiement.penalites"]),
        ("8,25 %", "2026-11-22", []),
        ("12 %", "2024-03-01", ["L454? paiement.penalites"]),
        ("bce+5", "2026-11-22", ["L454? paiement.penalites"]),
        ("bce+5,85", "2026-11-22", []),
        # The floor bears on what the parties agree, not on the rate that the law sets: 14.50 % in 2024.
        ("bce+10", "2024-03-01", []),
        # No table, no judgment.
        ("1 %", "2027-02-01", []),
    ],
)
def test_an_agreed_rate_is_held_to_the_floor_of_its_half_year(rule: str, date: str, expected: list[str]) -> None:
    """Three times the legal rate, by the half-year of the document: a warning, and nothing is raised in silence."""
    changes = {"paiement__penalites": rule, "date": date, "paiement__echeance": "30 jours"}
    assert [item for item in find(changes) if "penalites" in item] == expected


COURS = {"taux": "1.0845", "date": "2026-11-20", "source": "BCE"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"devise": "USD", "cours_eur": COURS}, []),
        ({"devise": "USD", "cours_eur": {"taux": "1.0845"}}, ["F217 cours_eur", "F217 cours_eur"]),
        ({"devise": "USD", "tva": "exonere-sante"}, []),
        (OFFRE | {"devise": "USD"}, []),
        (AVOIR | {"devise": "USD"}, ["L428 devise"]),
    ],
)
def test_vat_is_given_in_euros(changes: dict[str, Any], expected: list[str]) -> None:
    """An invoice in another currency gives its VAT in euros too, at a rate that has a date and a source."""
    assert find(changes) == expected


@pytest.mark.parametrize("taux", ["0", "0,00", "-1"])
def test_a_rate_of_exchange_is_above_zero(taux: str) -> None:
    """A rate of nothing would leave the VAT in euros out in silence."""
    dossier = judge({"devise": "USD", "cours_eur": {**COURS, "taux": taux}})
    assert dossier.has_errors
    assert {found.path for found in dossier.constats} == {"cours_eur.taux"}


def test_a_payment_in_another_currency_is_not_one_for_one() -> None:
    """Fifty dollars are not fifty euros: the payment is refused, or leaves what is to pay as it was."""
    same = judge({"reglements": [{"date": "2026-11-20", "montant": "50", "devise": "EUR"}]})
    assert same.totaux is not None
    assert same.totaux.net_a_payer == Decimal("1150.00")
    other = judge({"reglements": [{"date": "2026-11-20", "montant": "50", "devise": "USD"}]})
    assert other.has_errors or (other.totaux is not None and other.totaux.net_a_payer == Decimal("1200.00"))


@pytest.mark.parametrize(
    ("devise", "taux", "expected"),
    # 200.00 / 1.0845 = 184.4168...; 200 / 163.25 = 1.2251...; 200.000 / 3.3875 = 59.0405...
    [("USD", "1.0845", "184.42"), ("JPY", "163.25", "1.23"), ("TND", "3.3875", "59.04"), ("EUR", "1", None)],
)
def test_vat_in_euros_is_rounded_once(devise: str, taux: str, expected: str | None) -> None:
    """Total VAT over the rate, as the ECB quotes it."""
    tva_eur = judge({"devise": devise, "cours_eur": {**COURS, "taux": taux}}).tva_eur
    assert (None if tva_eur is None else str(tva_eur)) == expected


# --- Lines


@pytest.mark.parametrize(
    ("ligne", "expected"),
    [
        ({"offert": "oui", "option": "oui"}, ["F211 lignes[0].option"]),
        ({"offert": "oui", "option": "non"}, []),
        ({"offert": "oui", "remise": "10 %"}, ["F212 lignes[0].remise"]),
        ({"option": "oui", "remise": "10 %"}, ["F212 lignes[0].remise"]),
        ({"offert": "non", "remise": "10 %"}, []),
        ({"offert": "oui", "prix_unitaire": "0"}, ["F235? lignes[0]"]),
        ({"offert": "oui", "quantite": "0"}, ["F235? lignes[0]"]),
        ({"prix_unitaire": "0"}, []),
        ({"remise": "100 %"}, ["F236? lignes[0].remise"]),
        ({"remise": "99.9999 %"}, []),
        ({"offert": "oui", "quantite": "-1"}, ["F234 lignes[0].quantite"]),
        ({"option": "oui", "quantite": "-1"}, ["F234 lignes[0].quantite"]),
        ({"remise": {"taux": "10 %", "montant": "5"}}, ["F213 lignes[0].remise"]),
        ({"remise": {"motif": "x"}}, ["F213 lignes[0].remise"]),
        ({"remise": "-5"}, ["F207 lignes[0].remise"]),
        ({"remise": "100.01 %"}, ["F207 lignes[0].remise"]),
        ({"prix_unitaire_ttc": "12"}, ["F220 lignes[0].prix_unitaire_ttc"]),
        ({"periode": {"du": "2026-11-02", "au": "2026-11-01"}}, ["F229 lignes[0].periode.au"]),
        ({"periode": {"du": "2026-11-01", "au": "2026-11-01"}}, []),
        ({"periode": {"du": "2026-11-01"}}, ["F217 lignes[0].periode"]),
        ({"nature": "mixte"}, ["F209 lignes[0].nature"]),
    ],
)
def test_a_line_does_not_contradict_itself(ligne: dict[str, Any], expected: list[str]) -> None:
    """Given, proposed, discounted, taken back: each has its rules."""
    assert find(OFFRE, lines(line(**ligne))) == expected


def test_an_avoir_has_positive_amounts() -> None:
    """What is given back is written without a minus."""
    assert find(AVOIR, lines(line(quantite="-1"))) == ["F234 lignes[0].quantite"]
    assert find(OFFRE, lines(line(), line(quantite="-1"))) == []
    assert find(lines(line(), line(quantite="-1"))) == []


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        *(("true", True), ("True", True), ("oui", True), ("OUI", True), ("yes", True)),
        *(("false", False), ("non", False), ("No", False), ("Bienvenue", "Bienvenue"), ("1", "1")),
    ],
)
def test_a_gift_is_a_word_or_its_reason(value: str, flag: bool | str) -> None:
    """Yes and no in any case, in French or in YAML; any other text is the reason."""
    document = judge(OFFRE, lines(line(offert=value))).document
    assert document is not None
    assert document.iter_lignes()[0][2].offert == flag


TTC = {"designation": "x", "prix_unitaire_ttc": "12"}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([line(), line(), TTC], ["F220 lignes[2].prix_unitaire_ttc"]),
        ([TTC, line(), TTC], ["F220 lignes[1].prix_unitaire"]),
        ([TTC, {**TTC, "option": "oui"}], []),
    ],
)
def test_prices_are_all_ht_or_all_ttc(items: list[dict[str, Any]], expected: list[str]) -> None:
    """The lines that differ from most others are shown."""
    assert find(OFFRE, lines(*items)) == expected


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], ["F215 lignes"]),
        ([{"section": "S", "lignes": []}], ["F215 lignes[0]"]),
        ([{"section": "S"}, line()], ["F215 lignes[0]"]),
        # The wrong shape is said, and nothing follows from it.
        ([{"section": "S", "lignes": "texte"}, line()], ["F204 lignes[0].lignes"]),
        ("texte", ["F204 lignes"]),
        ([{"section": "", "lignes": [line()]}], ["F210 lignes[0].section"]),
    ],
)
def test_a_list_holds_something(items: Any, expected: list[str]) -> None:
    """A document has lines, and so has a section."""
    assert find({"lignes": items}) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"devise": "EUR", "remise": {"montant": "10.05"}}, []),
        ({"devise": "EUR", "remise": {"montant": "10.005"}}, ["F206 remise.montant"]),
        ({"devise": "TND", "remise": {"montant": "10.005"}}, []),
        ({"devise": "TND", "remise": {"montant": "10.0005"}}, ["F206 remise.montant"]),
        ({"devise": "JPY", "remise": {"montant": "10"}}, []),
        ({"devise": "JPY", "remise": {"montant": "10.5"}}, ["F206 remise.montant"]),
        ({"acompte": {"montant": "10.005"}}, ["F206 acompte.montant"]),
        ({"controle": {"total_ht": "1000.001"}}, ["F206 controle.total_ht"]),
        (lines(line(remise={"montant": "0.001"})), ["F206 lignes[0].remise.montant"]),
        (
            {"paiement": {"echeancier": [{"part": {"montant": "1200.001"}}]}},
            ["F206 paiement.echeancier[0].part.montant"],
        ),
        # A price is no amount: it has six decimals.
        (lines(line(prix_unitaire="0.123456")), []),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(changes: dict[str, Any], expected: list[str]) -> None:
    """One more is an error, never a rounding."""
    assert find(OFFRE, changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"acomptes_verses": [{"numero": "F1", "date": "2026-10-01", "montant_ttc": "1.005"}]},
            "acomptes_verses[0].montant_ttc",
        ),
        ({"reglements": [{"date": "2026-12-01", "montant": "1.005"}]}, "reglements[0].montant"),
    ],
)
def test_amounts_paid_have_them_too(changes: dict[str, Any], expected: str) -> None:
    """Deposits and payments are amounts."""
    assert find({"nature": "solde"}, changes) == [f"F206 {expected}"]


# --- Gifts of goods


CADEAU_TTC = {"designation": "x", "nature": "bien", "offert": "oui"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # 60.83 HT is 72.996 TTC, 60.84 is 73.008.
        (lines(line(prix_unitaire="60.83", nature="bien", offert="oui")), []),
        (lines(line(prix_unitaire="60.84", nature="bien", offert="oui")), ["L429? lignes[0]"]),
        (lines(line(prix_unitaire="60.84", nature="service", offert="oui")), []),
        (lines(line(prix_unitaire="60.84", offert="oui")), []),
        (lines(line(prix_unitaire="60.84", offert="oui")) | {"nature": "bien"}, ["L429? lignes[0]"]),
        (lines(line(prix_unitaire="60.84", nature="bien", option="oui")), []),
        # Two gifts of one client add up: 31.00 x 1.2 x 2 = 74.40.
        (lines(*[line(prix_unitaire="31", nature="bien", offert="oui")] * 2), ["L429? lignes[0]"]),
        ({"tva": "20"} | lines({**CADEAU_TTC, "prix_unitaire_ttc": "73"}), []),
        # 73.00 TTC at 2.1 % is 71.50 HT once rounded: it is still 73.00.
        ({"tva": "2,1"} | lines({**CADEAU_TTC, "prix_unitaire_ttc": "73"}), []),
        ({"tva": "2,1"} | lines({**CADEAU_TTC, "prix_unitaire_ttc": "73.01"}), ["L429? lignes[0]"]),
    ],
)
def test_gifts_of_goods_have_a_threshold(changes: dict[str, Any], expected: list[str]) -> None:
    """Seventy-three euros TTC a year and a beneficiary, for goods alone."""
    assert find(OFFRE, changes) == expected


# --- The document


@pytest.mark.parametrize(
    ("nature", "expected"),
    [
        ("service", []),
        ("facture", []),
        (["facture", "mixte"], []),
        (["service", "acompte"], []),
        (["acompte", "solde"], ["F221 nature"]),
        (["service", "bien"], ["F221 nature"]),
        (["service", "service"], ["F221 nature"]),
        ("autofacture", ["F225 nature"]),
        ("rectificative", ["F226 nature"]),
        ("avance", ["F209 nature"]),
    ],
)
def test_natures_of_a_facture(nature: Any, expected: list[str]) -> None:
    """One nature of the document, one of the operation."""
    assert find({"nature": nature}) == expected


def test_only_a_facture_has_a_nature_of_facture() -> None:
    """A devis or an avoir may say the nature of the operation."""
    assert find(OFFRE, {"nature": "mixte"}) == []
    assert find(OFFRE, {"nature": "acompte"}) == ["F221 nature"]
    assert find(AVOIR, {"nature": "solde"}) == ["F221 nature"]


RECTIFIEE = {"numero": "F0", "date": "2026-11-01"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"nature": "rectificative", "facture_rectifiee": RECTIFIEE}, []),
        ({"facture_rectifiee": RECTIFIEE}, ["F226 facture_rectifiee"]),
        ({"nature": "rectificative", "facture_rectifiee": {"numero": "F0"}}, ["F217 facture_rectifiee"]),
        (
            {"nature": "rectificative", "facture_rectifiee": {**RECTIFIEE, "date": "2026-11-23"}},
            ["F229 facture_rectifiee.date"],
        ),
        ({"nature": "rectificative", "facture_rectifiee": {**RECTIFIEE, "date": "2026-11-22"}}, []),
        ({"paiement__echeance": "2026-11-22"}, []),
        ({"paiement__echeance": "2026-11-21"}, ["F229 paiement.echeance"]),
        ({"periode": {"du": "2026-11-01", "au": "2026-10-31"}}, ["F229 periode.au"]),
        ({"periode": {"au": "2026-10-31"}}, ["F217 periode"]),
        ({**OFFRE, "validite": "2026-11-22"}, []),
        ({**OFFRE, "validite": "2026-11-21"}, ["F229 validite"]),
        ({**OFFRE, "validite": None}, ["L414?"]),
        ({**AVOIR, "motif": None}, ["L416?"]),
        ({**AVOIR, "facture": {"numero": "F1"}}, ["L415 facture"]),
        ({**AVOIR, "facture": {"numero": "F1", "date": "2026-11-23"}}, ["F229 facture.date"]),
        ({**OFFRE, "promesses": [{"quoi": "x", "pour": "2026-12-01"}]}, []),
        ({**OFFRE, "promesses": [{"quoi": "x"}, {"pour": "2026-12-01"}]}, ["F217 promesses[0]", "F217 promesses[1]"]),
    ],
)
def test_dates_and_references_hold_together(changes: dict[str, Any], expected: list[str]) -> None:
    """Nothing ends before it begins, nothing cites what comes after."""
    assert find(changes) == expected


VERSES = [{"numero": "F0", "date": "2026-10-01", "montant_ttc": "300"}]


@pytest.mark.parametrize(
    ("nature", "expected"),
    [("solde", []), ("situation", []), ("facture", ["F228? acomptes_verses"]), ("acompte", ["F228? acomptes_verses"])],
)
def test_deposits_are_taken_back_on_a_solde(nature: str, expected: list[str]) -> None:
    """Elsewhere it is most likely a nature forgotten."""
    assert find({"nature": nature, "acomptes_verses": VERSES}) == expected


def test_a_deposit_is_asked_on_a_devis_only() -> None:
    """`acompte:` asks; on a facture or an avoir the key does not exist."""
    assert find(OFFRE, {"acompte": "30 %"}) == []
    assert find({"acompte": "30 %"}) == ["F203 acompte"]
    assert find(AVOIR, {"acompte": "30 %"}) == ["F203 acompte"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("brut_ht", "1300"), ("offert_ht", "200"), ("remises_ht", "100"), ("total_ht", "1000"), ("total_tva", "200")),
        *(("total_ttc", "1200"), ("acomptes_ttc", "300"), ("net_a_payer", "900"), ("options_ht", "50")),
    ],
)
def test_a_control_must_agree(key: str, value: str) -> None:
    """1100.00 less 100.00, a gift of 200.00, an option of 50.00, a deposit of 300.00: every total can be controlled."""
    changes = lines(
        line(prix_unitaire="1100", remise="100"),
        line(prix_unitaire="200", offert="oui"),
        line(prix_unitaire="50", option="oui"),
    ) | {"nature": "solde", "acomptes_verses": VERSES}
    assert find(changes, {"controle": {key: value}}) == []
    assert find(changes, {"controle": {key: value + ".00"}}) == []
    assert find(changes, {"controle": {key: value + ".01"}}) == [f"M304 controle.{key}"]


def test_a_character_without_a_drawing_is_shown_where_it_is() -> None:
    """The first of each text, at its own column."""
    text = "type: devis\nobjet: aé🎉b🎉\nnotes:\n  - sœur 中\n  - € – « ’ × ² œ\n"
    found = build_dossier(Lecteur().read("-", text.encode()), JOUR).constats
    shown = [(item.position.line, item.position.column, item.path) for item in found if item.code == "R608"]
    assert shown == [(2, 10, "objet"), (4, 10, "notes[0]")]


# --- The dossier


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ({"qualite": "professionnel"}, "bce+10"),
        ({"siren": "003141595"}, "bce+10"),
        ({"qualite": "public", "siren": "003141595"}, "bce+8"),
        ({"qualite": "particulier"}, "legal"),
        ({}, "None"),
    ],
)
def test_default_penalties_follow_the_client(client: dict[str, str], expected: str) -> None:
    """Never the highest of two rules: the one of the client, and none when the client is unknown."""
    document = judge({"client": {"nom": "x", "adresse": ADRESSE, **client}}).document
    assert document is not None
    assert str(default_penalites(document.client.qualite_deduite)) == expected


def test_typed_penalties_win() -> None:
    """What the document says is what the dossier holds."""
    assert str(judge({"paiement__penalites": "legal x 3"}).penalites) == "legal x 3"
    assert str(judge().penalites) == "bce+10"


def test_a_dossier_holds_actual_dates() -> None:
    """The due date and the last day of an offer, as dates."""
    assert judge({"paiement__echeance": "45 jours fin de mois"}).echeance == dt.date(2027, 1, 31)
    offer = judge(OFFRE, {"validite": "1 mois"})
    assert (offer.validite, offer.echeance) == (dt.date(2026, 12, 22), None)


def test_a_refused_dossier_cannot_be_used() -> None:
    """With an error there is nothing to print, and the refusal holds every finding."""
    dossier = judge({"client__nom": None, "tva": "0"})
    with pytest.raises(RefusError) as caught:
        dossier.require()
    assert {found.code for found in caught.value.diagnostics} == {"L431", "L408"}
    assert caught.value.exit_code == 1
    document, totaux = judge().require()
    assert (document.numero, totaux.total_ttc) == ("F2026-001", Decimal("1200.00"))


def test_the_day_of_the_command_never_shows_on_a_dated_document() -> None:
    """Judged ten years later, a dated document is the same."""
    first, second = (build_dossier(Lecteur().read("-", dump(BASE)), day) for day in (JOUR, dt.date(2036, 1, 1)))
    assert (first.date, first.echeance, first.totaux, first.mentions, first.constats) == (
        *(second.date, second.echeance, second.totaux, second.mentions, second.constats),
    )
