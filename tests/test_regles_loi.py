"""What the law says of particular operations: where each rule speaks, and the nearest document on which it does not."""

from __future__ import annotations

import copy
import datetime as dt
import inspect
import re
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from facture import regles_loi
from facture.codes import CODES
from facture.documents import Adresse
from facture.dossier import Dossier, build_dossier
from facture.droit import list_taux_tva, load_table
from facture.grammaire import SITUATIONS
from facture.lecture import Lecteur
from facture.prose import to_plain
from facture.regles_loi import ATTENDUS, LOI_ABSENCE, LOI_TOTAUX, LOI_VALEUR, Zone, find_zone

JOUR = dt.date(2026, 11, 22)
ADRESSE = {"rue": "14 rue des Tanneurs", "code_postal": "59000", "ville": "Lille"}
BELGE = {"rue": "8 rue de la Station", "code_postal": "5000", "ville": "Namur", "pays": "BE"}
ANGLAISE = {"rue": "45 Larkspur Lane", "code_postal": "BS1 4ZZ", "ville": "Bristol", "pays": "GB"}
REUNION = {"rue": "3 rue des Filaos", "code_postal": "97400", "ville": "Saint-Denis"}
CORSE = {"rue": "2 cours Napoléon", "code_postal": "20000", "ville": "Ajaccio"}
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
PARTICULIER = {"client": {"nom": "Vasseur", "qualite": "particulier", "adresse": ADRESSE}}
MEDIATEUR = {"emetteur__mediateur": "Médiation du Nord"}


class Ecriture(yaml.SafeDumper):
    """Writes the same address twice as two addresses, without an alias."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


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
                holder[key] = copy.deepcopy(value)
    text = yaml.dump(data, Dumper=Ecriture, allow_unicode=True)
    return build_dossier(Lecteur().read("-", text.encode()), JOUR)


def find(*changes: dict[str, Any]) -> list[str]:
    """Return `code path`, with a question mark after a warning's code."""
    return [f"{found.code}{'' if found.is_error else '?'} {found.path}".strip() for found in judge(*changes).constats]


def line(**keys: Any) -> dict[str, Any]:
    return {"designation": "x", "prix_unitaire": "1000", **keys}


def lines(*items: dict[str, Any]) -> dict[str, Any]:
    return {"lignes": list(items)}


def abroad(adresse: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A business in another country."""
    return {"client": {"nom": "Delange", "qualite": "professionnel", "adresse": adresse, **keys}}


BRUXELLES = abroad(BELGE, tva_intra="BE0403170701")


@pytest.mark.parametrize(
    "changes",
    [
        *({}, BROUILLON, OFFRE, AVOIR, PARTICULIER, {**OFFRE, **PARTICULIER, **MEDIATEUR}),
        *({"emetteur__regime_tva": "franchise", "tva": None}, {"nature": "service"}, {"tva": "5,5"}, {"tva": "10"}),
        lines(line(unite="jour", quantite="2"), line(unite="forfait"), line(unite="pièce", quantite="3")),
        {"emetteur": {**BASE["emetteur"], "forme_juridique": "SASU", "capital": "5000", "rcs": "Saint-Étienne"}},
        {"date_prestation": "2026-11-20"},
        {"periode": {"du": "2026-10-01", "au": "2026-10-31"}},
        {"paiement__moyens": ["cheque", "especes"]},
        {**PARTICULIER, "lignes": [{"designation": "x", "prix_unitaire_ttc": "12"}]},
    ],
)
def test_everyday_work_is_met_with_silence(changes: dict[str, Any]) -> None:
    """What a professional sends every week has nothing to be said of it."""
    assert find(changes) == []


# --- Where an address stands


@pytest.mark.parametrize(
    ("pays", "code_postal", "expected"),
    [
        ("FR", "59000", Zone.FRANCE),
        ("FR", "", Zone.FRANCE),
        ("FR", "20000", Zone.FRANCE),
        ("FR", "98000", Zone.FRANCE),
        ("MC", "98000", Zone.FRANCE),
        ("FR", "97400", Zone.OUTRE_MER),
        ("FR", "97 400", Zone.OUTRE_MER),
        ("FR", "98800", Zone.OUTRE_MER),
        ("RE", "", Zone.OUTRE_MER),
        ("BE", "5000", Zone.UE),
        ("ES", "28001", Zone.UE),
        ("ES", "35001", Zone.TIERS),
        ("DE", "27498", Zone.TIERS),
        ("DE", "27499", Zone.UE),
        ("GB", "BS1 4ZZ", Zone.TIERS),
        ("CH", "1200", Zone.TIERS),
    ],
)
def test_where_an_address_stands_for_vat(pays: str, code_postal: str, expected: Zone) -> None:
    """Monaco is France, territories overseas are neither France nor the Union, the Canary Islands are outside."""
    assert find_zone(Adresse(ville="x", pays=pays, code_postal=code_postal or None)) is expected


def test_no_address_says_nothing() -> None:
    """The country is France when nobody says so: alone, it proves nothing."""
    assert find_zone(Adresse()) is None
    assert find_zone(None) is None


# --- VAT situations against the parties

BIEN = {"nature": "bien"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({**BRUXELLES, "tva": "intracom", **BIEN}, []),
        ({**BRUXELLES, "tva": "intracom"}, []),
        ({**BRUXELLES, **BIEN} | lines(line(tva="intracom")), []),
        # The numbers of both parties are still wanted once the situation is right.
        ({**abroad(BELGE), "tva": "intracom", **BIEN}, ["L413 client"]),
        ({"tva": "intracom", **BIEN}, ["L472 tva"]),
        ({**abroad(ANGLAISE), "tva": "intracom", **BIEN}, ["L472 tva"]),
        ({**abroad(ANGLAISE, tva_intra="XI123456789"), "tva": "intracom", **BIEN}, ["L422 client.tva_intra"]),
        ({**abroad(REUNION, siren="003141595"), "tva": "intracom", **BIEN}, ["L472 tva"]),
        ({**BRUXELLES, "tva": "intracom", "nature": "service"}, ["L472 tva"]),
        ({**BRUXELLES} | lines(line(tva="intracom", nature="service")), ["L472 lignes[0].tva"]),
        ({**BRUXELLES, "tva": "intracom", "nature": "mixte"}, []),
        ({**BRUXELLES, "tva": "intracom", **BIEN, "client__qualite": "particulier"}, ["L472 tva"]),
        ({**abroad(BELGE, tva_intra="FR83003141595"), "tva": "intracom", **BIEN}, ["L472 client.tva_intra"]),
        # A wrong number is said once.
        ({**abroad(BELGE, tva_intra="FR84003141595"), "tva": "intracom", **BIEN}, ["L422 client.tva_intra"]),
        # Goods are followed where they go.
        ({**BRUXELLES, "tva": "intracom", **BIEN, "adresse_livraison": ADRESSE}, ["L472 tva"]),
        ({"client__tva_intra": "BE0403170701", "tva": "intracom", "adresse_livraison": BELGE, **BIEN}, []),
        # Two lines of one situation are one fault.
        (lines(line(tva="intracom"), line(tva="intracom")), ["L472 lignes[0].tva"]),
        # Nobody wrote the address: that is what is said.
        ({"tva": "intracom", **BIEN, "client__adresse": None}, ["L409 client", "L413 client"]),
    ],
)
def test_an_intra_community_supply_goes_to_a_business_in_another_state(
    changes: dict[str, Any], expected: list[str]
) -> None:
    """Goods, a taxable client, another Member State, its number there."""
    assert find(changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({**abroad(ANGLAISE), "tva": "export", **BIEN}, []),
        ({**abroad(ANGLAISE, qualite="particulier"), "tva": "export", **BIEN}, []),
        ({**abroad(REUNION, siren="003141595"), "tva": "export", **BIEN}, []),
        ({"tva": "export", "adresse_livraison": ANGLAISE, **BIEN}, []),
        ({**BRUXELLES, "tva": "export", "client__adresse_livraison": ANGLAISE, **BIEN}, []),
        ({"tva": "export", **BIEN}, ["L473 tva"]),
        ({**BRUXELLES, "tva": "export", **BIEN}, ["L473 tva"]),
        ({**abroad(ANGLAISE), "tva": "export", "nature": "service"}, ["L473 tva"]),
        ({**abroad(ANGLAISE), "tva": "hors-ue", "nature": "service"}, []),
        ({**abroad(ANGLAISE), "tva": "hors-ue"}, []),
        ({"tva": "hors-ue"}, ["L474 tva"]),
        ({**BRUXELLES, "tva": "hors-ue"}, ["L474 tva"]),
        # A service is where its client is, wherever something is delivered.
        ({"tva": "hors-ue", "adresse_livraison": ANGLAISE}, ["L474 tva"]),
        ({**abroad(ANGLAISE), "tva": "hors-ue", **BIEN}, ["L474 tva"]),
        ({**abroad(ANGLAISE, qualite="particulier"), "tva": "hors-ue"}, ["L474? tva"]),
    ],
)
def test_exports_leave_the_union_and_services_have_a_client_outside(
    changes: dict[str, Any], expected: list[str]
) -> None:
    """Goods that leave are exported; a service follows its client."""
    assert find(changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client__tva_intra": "FR83003141595"}, []),
        (BRUXELLES, []),
        ({**BRUXELLES, "nature": "service"}, []),
        ({**BRUXELLES, **BIEN}, ["L475 tva"]),
        # Between French parties, goods may be: scrap is.
        ({"client__tva_intra": "FR83003141595", **BIEN}, []),
        (PARTICULIER, ["L475 tva"]),
        (abroad(ANGLAISE), ["L475 tva"]),
        ({"client__tva_intra": "FR83003141595", "emetteur__regime_tva": "franchise"}, ["L476 tva"]),
        ({"emetteur__regime_tva": "franchise", "emetteur__tva_intra": None}, ["L476 tva"]),
        # Towards the Union a seller in franchise does use it.
        ({**BRUXELLES, "emetteur__regime_tva": "franchise"}, []),
    ],
)
def test_the_client_who_accounts_for_the_tax_is_a_business(changes: dict[str, Any], expected: list[str]) -> None:
    """In France or in the Union, for services there, and never a consumer; franchise prevails at home."""
    assert find({"tva": "autoliquidation"}, changes) == expected


@pytest.mark.parametrize(("nom", "attendu"), ATTENDUS.items())
def test_every_situation_says_what_to_write_instead(nom: str, attendu: Any) -> None:
    """Wherever the client is, there is an advice, and it names a situation that exists."""
    assert set(attendu.conseils) | attendu.zones == set(Zone)
    assert attendu.code in CODES
    assert attendu.autre in SITUATIONS and attendu.autre != nom


def test_a_seller_abroad_has_other_rules() -> None:
    """A Belgian seller is not judged by French situations, nor by French rates."""
    abroad_seller = {"emetteur": {"nom": "Atelier", "adresse": BELGE}}
    assert find(abroad_seller, {"tva": "hors-ue"}) == []
    assert find(abroad_seller, {"tva": "21"}) == []


@pytest.mark.parametrize(
    ("regime", "expected"), [("reel", ["L477? tva"]), ("debits", ["L477? tva"]), ("franchise", []), (None, [])]
)
def test_a_seller_who_bills_vat_is_not_in_franchise(regime: str | None, expected: list[str]) -> None:
    """The card and the document say two things: one finding, at the document."""
    assert find({"tva": "franchise", "emetteur__regime_tva": regime}) == expected
    # Beside a rate, it is the mixture that is said.
    assert find(lines(line(tva="franchise"), line(tva="20")), {"tva": None}) == ["L427 lignes[1].tva"]


MARGE = line(tva="marge-occasion", designation="Fauteuil", reference="A1")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (lines(MARGE) | BIEN, []),
        (lines(MARGE), []),
        (lines(MARGE) | {"nature": "service"}, ["L478 lignes[0].tva"]),
        (lines({**MARGE, "nature": "service"}), ["L478 lignes[0].tva"]),
        (lines(MARGE, line(designation="Livraison", nature="service")) | {"nature": "mixte"}, []),
        (lines(MARGE, line(designation="FAUTEUIL")), ["L478? tva"]),
        (lines(MARGE, line(designation="Autre fauteuil", reference="a1")), ["L478? tva"]),
        (lines(MARGE, line(designation="Fauteuil", option="oui")), []),
        (lines(line(tva="marge-voyages")) | {"nature": "service"}, []),
    ],
)
def test_the_margin_scheme_is_for_second_hand_goods(changes: dict[str, Any], expected: list[str]) -> None:
    """Goods alone, travel apart, and one regime for one article."""
    assert find(changes) == expected


# --- Rates


@pytest.mark.parametrize("taux", ["20", "20.00", "10", "5,5", "2.1"])
def test_the_rates_of_every_day(taux: str) -> None:
    """Four rates, however they are written."""
    assert find({"tva": taux}) == []


@pytest.mark.parametrize("taux", ["19", "21", "5", "18.6", "33.33", "100", "0.5"])
def test_a_rate_that_france_never_had_is_refused(taux: str) -> None:
    """A slip of the keyboard is said before the tax office says it."""
    assert find({"tva": taux}) == ["L479 tva"]
    assert find({"tva": taux}, BROUILLON) == ["L479 tva"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"tva": "19,6"}, ["L480? tva"]),
        ({"tva": "19,6", "date_prestation": "2013-12-31"}, []),
        ({"tva": "19,6", "date_prestation": "2014-01-01"}, ["L480? tva"]),
        ({"tva": "19,6", "periode": {"du": "2013-12-01", "au": "2013-12-31"}}, []),
        ({"tva": "19,6", **AVOIR, "facture": {"numero": "F1", "date": "2013-06-01"}}, []),
        (
            {"tva": "7", "nature": "rectificative", "facture_rectifiee": {"numero": "F0", "date": "2012-06-01"}},
            [],
        ),
        ({"tva": "7"}, ["L480? tva"]),
        ({"tva": "20.6"}, ["L480? tva"]),
        ({"tva": "20", "date": "2013-12-31"}, ["L480? tva"]),
        ({"tva": "20", "date": "2014-01-01"}, []),
        ({"tva": "10", "date": "2013-12-31"}, ["L480? tva"]),
    ],
)
def test_a_rate_is_that_of_the_day_of_the_operation(changes: dict[str, Any], expected: list[str]) -> None:
    """19.6 % ended on 31 December 2013; an operation of that year keeps it, and so does its credit note."""
    assert find(changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"tva": "8,5"}, ["L481? tva"]),
        ({"tva": "8,5", "client__adresse": REUNION}, []),
        ({"tva": "8,5", "adresse_livraison": REUNION}, []),
        ({"tva": "8,5", "emetteur__adresse": REUNION}, []),
        ({"tva": "20", "emetteur__adresse": REUNION}, []),
        ({"tva": "20", "emetteur__adresse": REUNION, "client__adresse": REUNION}, ["L481? tva"]),
        ({"tva": "2,1", "emetteur__adresse": REUNION, "client__adresse": REUNION}, []),
        ({"tva": "13"}, ["L481? tva"]),
        ({"tva": "13", "client__adresse": CORSE}, []),
        ({"tva": "20", "emetteur__adresse": CORSE, "client__adresse": CORSE}, []),
        # Nobody knows where 9.2 % applies, nor where a client without a postal code lives.
        ({"tva": "9.2"}, []),
        ({"tva": "8,5", "client__adresse": {"ville": "x"}}, []),
        # A German postal code is not a Corsican one.
        ({"tva": "13", **abroad({"code_postal": "20095", "ville": "Hambourg", "pays": "DE"})}, ["L481? tva"]),
    ],
)
def test_a_rate_is_that_of_the_place(changes: dict[str, Any], expected: list[str]) -> None:
    """Corsica and territories overseas have rates of their own."""
    assert find(changes) == expected


def test_a_consumer_in_another_state_may_owe_the_rate_of_that_state() -> None:
    """The one-stop shop bills 21 % to a Belgian consumer, not to a Belgian business."""
    assert find({**abroad(BELGE, qualite="particulier"), "tva": "21"}) == []
    assert find({**BRUXELLES, "tva": "21"}) == ["L479 tva"]


def test_a_rate_that_cannot_be_is_not_judged_further() -> None:
    """In franchise no rate would do: that is said once (L427)."""
    assert find({"tva": "19", "emetteur__regime_tva": "franchise"}) == ["L427 tva"]


def test_each_rate_is_said_once_and_an_option_never() -> None:
    """Forty lines at 19 % hold one mistake; what is only proposed is judged when it is billed."""
    assert find(lines(line(tva="19"), line(tva="19"), line())) == ["L479 lignes[0].tva"]
    assert find(lines(line(), line(tva="19", option="oui"))) == []


def test_the_table_of_rates_is_that_of_the_e_invoice() -> None:
    """Every rate that BR-FR-16 admits but 0, and no other; on any day since 2014, four in mainland France."""
    admitted = "0.9 1.05 1.75 2.1 5.5 7 8.5 9.2 9.6 10 13 19.6 20 20.6"
    assert sorted(row.taux for row in list_taux_tva()) == [Decimal(text) for text in admitted.split()]
    for day in (dt.date(2014, 1, 1), JOUR):
        usual = {str(row.taux) for row in list_taux_tva() if row.holds(day) and "metropole" in row.territoires}
        assert usual == {"20", "10", "5.5", "2.1"}
    for row in load_table("taux_tva"):
        assert row["depuis"] <= row["verifie_le"]
        assert row["jusqu_au"] is None or row["depuis"] < row["jusqu_au"]
        assert row["source"].strip()
        assert set(row["territoires"]) <= {"metropole", "corse", "outre-mer"}


# --- Works

CHANTIER = {"lieu": "9 rue des Lilas, 59000 Lille", "deplacement": "compris", "dechets": "aucun"}
ASSURE = {"emetteur__assurance": "Mutuelle du Faîtage", **MEDIATEUR}
TRAVAUX = {**OFFRE, **PARTICULIER, **ASSURE, "travaux": CHANTIER, **lines(line(unite="m²", quantite="12,5"))}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"tva": "10"}, ["L482? travaux"]),
        ({"tva": "5,5"}, ["L482? travaux"]),
        ({"tva": "10", "travaux__logement_plus_de_deux_ans": "oui"}, []),
        ({"tva": "10", "travaux__logement_plus_de_deux_ans": "non"}, ["L482? travaux.logement_plus_de_deux_ans"]),
        ({"tva": "20", "travaux__logement_plus_de_deux_ans": "non"}, []),
        # Without works, 10 % may be a meal or a journey.
        ({"tva": "10", "travaux": None}, []),
        ({"travaux__lieu": None}, ["L483 travaux"]),
        ({"travaux__deplacement": None}, ["L483 travaux"]),
        ({"travaux__lieu": None, "travaux__deplacement": None}, ["L483 travaux"]),
        ({"travaux__dechets": None}, ["L485 travaux"]),
        ({"emetteur__assurance": None}, ["L486? emetteur"]),
    ],
)
def test_a_devis_for_works_says_what_the_law_wants(changes: dict[str, Any], expected: list[str]) -> None:
    """Place, travel, waste, insurance, and the age of the dwelling when the rate depends on it."""
    assert find(TRAVAUX, changes) == expected


def test_what_is_missing_on_a_draft_of_works_is_a_warning() -> None:
    """A draft may still be completed."""
    assert find(TRAVAUX, BROUILLON, {"travaux__lieu": None, "travaux__dechets": None}) == [
        "L483? travaux",
        "L485? travaux",
    ]


def test_a_business_is_owed_less_than_a_consumer() -> None:
    """The order of 2017 protects consumers; waste is for every devis."""
    business = {"client": BASE["client"], **lines(line())}
    assert find(TRAVAUX, business, {"travaux": {"devis_gratuit": "oui"}}) == ["L485 travaux"]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([line(unite="forfait")], []),
        ([line(quantite="6")], []),
        ([line(quantite="6", unite="m²")], []),
        ([line()], ["L484? lignes[0]"]),
        ([line(quantite="1")], []),
        ([line(quantite="6,5")], ["L484 lignes[0]"]),
        ([line(quantite="2"), line(), line()], ["L484? lignes[1]"]),
        ([line(), line(quantite="6,5")], ["L484? lignes[0]", "L484 lignes[1]"]),
    ],
)
def test_works_are_counted(items: list[dict[str, Any]], expected: list[str]) -> None:
    """A unit and a quantity; a whole number of things counts itself."""
    assert find(TRAVAUX, lines(*items)) == expected


def test_an_invoice_of_works_may_leave_the_certificate_on_its_devis() -> None:
    """The client certifies on the devis or on the invoice."""
    invoice = {**PARTICULIER, **ASSURE, "travaux": CHANTIER, "tva": "10"}
    assert find(invoice) == ["L482? travaux"]
    assert find(invoice, {"devis": "D2026-001"}) == []
    assert find(invoice, {"devis": "D2026-001", "travaux__logement_plus_de_deux_ans": "non"}) == [
        "L482? travaux.logement_plus_de_deux_ans"
    ]


# --- Off-premises contracts

DEHORS = {**OFFRE, **PARTICULIER, **MEDIATEUR, "hors_etablissement": "oui", "emetteur__email": "a@nord.example"}
PROTEGE = {"clauses": ["retractation", "formulaire-de-retractation"]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (PROTEGE, []),
        ({"clauses": ["retractation"], "notes": "Le formulaire type de rétractation est joint."}, []),
        ({"clauses": ["retractation"], "mentions": "FORMULAIRE DE RETRACTATION en annexe"}, []),
        ({"conditions": {"type": "conditions", "public": "particulier", **PROTEGE, "version": 1, "date": "2026-01-01",
                         "emetteur": {"nom": "x"}}}, []),
        ({}, ["L487 hors_etablissement"]),
        ({"clauses": ["retractation"]}, ["L487 hors_etablissement"]),
        ({"clauses": ["formulaire-de-retractation"]}, ["L487 hors_etablissement"]),
        ({"clauses": ["retractation"], "notes": "Un formulaire de contact est en ligne."}, ["L487 hors_etablissement"]),
        ({"hors_etablissement": "non"}, []),
        ({"client": BASE["client"]}, ["L487? hors_etablissement"]),
        # A clause that is there and refused is said once.
        ({"clauses": ["retractation@9", "formulaire-de-retractation"]}, ["C502 clauses[0]"]),
    ],
)  # fmt: skip
def test_a_contract_signed_at_home_says_how_to_withdraw(changes: dict[str, Any], expected: list[str]) -> None:
    """The clause, and the form: ours, or one that the document says is annexed."""
    assert find(DEHORS, changes) == expected


MODELE = """
(Veuillez compléter et renvoyer le présent formulaire uniquement si vous souhaitez vous rétracter du contrat.)
À l'attention de Atelier Nord, 14 rue des Tanneurs, 59000 Lille, a@nord.example :
Je/nous (*) vous notifie/notifions (*) par la présente ma/notre (*) rétractation du contrat portant sur la vente du bien
(*)/pour la prestation de services (*) ci-dessous :
Commandé le (*)/reçu le (*) :
Nom du (des) consommateur(s) :
Adresse du (des) consommateur(s) :
Signature du (des) consommateur(s) (uniquement en cas de notification du présent formulaire sur papier) :
Date :
(*) Rayez la mention inutile.
"""
"""Annex to C. conso. art. R221-1, filled in with the seller's name, address and e-mail."""


def test_the_withdrawal_form_is_the_official_one() -> None:
    """Word for word, in a frame, with room to write; nothing of it is ours."""
    articles = judge(DEHORS, PROTEGE).corpus.particulieres
    form = next(article for article in articles if article.retenue.lue.id == "formulaire-de-retractation")
    assert form.retenue.lue.clause.encadre
    assert _plain(to_plain(form.blocs)) == _plain(MODELE)


def _plain(text: str) -> str:
    words = re.sub(r"[\u00a0\u202f]", " ", text).replace("’", "'").replace("…", "")
    return " ".join(words.split())


def test_a_form_without_an_address_is_refused_where_the_address_is_missing() -> None:
    """The client has to know where to send it; the address is said once, the e-mail on its own."""
    found = find(DEHORS, PROTEGE, {"emetteur__adresse": None})
    assert found == ["L402 emetteur"]
    assert [item[:4] for item in find(DEHORS, PROTEGE, {"emetteur__email": None})] == ["C505"]


def test_withdrawal_is_a_warning_on_a_draft() -> None:
    """A draft may still be completed."""
    assert find(DEHORS, BROUILLON) == ["L487? hors_etablissement"]


def echeancier(**first: str) -> dict[str, Any]:
    return {"paiement": {"echeancier": [{"part": "30 %", **first}, {"part": "70 %", "quand": "à la fin"}]}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"acompte": "30 %"}, ["L488 acompte"]),
        (echeancier(quand="au début des travaux"), []),
        (echeancier(quand="à la commande"), ["L488 paiement.echeancier[0].quand"]),
        (echeancier(quand="À la SIGNATURE"), ["L488 paiement.echeancier[0].quand"]),
        (echeancier(quand="huit jours après la signature"), []),
        # Signed on 22 November at the earliest: the seven days end on the 29th.
        (echeancier(date="2026-11-29"), ["L488 paiement.echeancier[0].date"]),
        (echeancier(date="2026-11-30"), []),
        ({"paiement": {"echeance": "2026-11-25"}}, ["L488 paiement.echeance"]),
        ({"paiement": {"echeance": "à réception"}}, []),
        ({"acompte": "30 %", "hors_etablissement": "non"}, []),
    ],
)
def test_nothing_is_paid_within_seven_days(changes: dict[str, Any], expected: list[str]) -> None:
    """Neither an acompte at the order, nor an instalment, nor a date."""
    assert find(DEHORS, PROTEGE, changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"paiement": {"echeance": "à réception"}}, ["L488? paiement.echeance"]),
        ({"paiement": {"echeance": "7 jours"}}, ["L488? paiement.echeance"]),
        ({"paiement": {"echeance": "8 jours"}}, []),
        ({"paiement": {"echeance": "à réception"}, "devis": "D2026-001", "clauses": None}, []),
        ({"reglements": [{"date": "2026-11-29", "montant": "100"}]}, ["L488? reglements[0].date"]),
        ({"reglements": [{"date": "2026-11-30", "montant": "100"}]}, []),
        ({"clauses": None}, ["L487 hors_etablissement"]),
    ],
)
def test_an_invoice_without_devis_may_be_the_contract(changes: dict[str, Any], expected: list[str]) -> None:
    """Nothing says when it was signed: the invoice is judged as the contract, and its payments with a warning."""
    facture = {**PARTICULIER, "hors_etablissement": "oui", "emetteur__email": "a@nord.example", **PROTEGE}
    assert find(facture, changes) == expected


# --- Consumers


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["L489? emetteur"]),
        (MEDIATEUR, []),
        ({"client": BASE["client"]}, []),
        ({"emetteur": {"nom": "Atelier", "adresse": BELGE}}, []),
    ],
)
def test_a_consumer_is_told_of_the_mediator(changes: dict[str, Any], expected: list[str]) -> None:
    """Before the contract: on a devis, and for consumers alone."""
    assert find(OFFRE, PARTICULIER, changes) == expected
    assert find(PARTICULIER, changes, {"hors_etablissement": None}) in ([], ["L411? client"])


def test_the_clause_that_names_the_mediator_says_it_alone() -> None:
    """Its missing value is one finding, not two."""
    found = find(OFFRE, PARTICULIER, {"clauses": ["mediation-consommation"]})
    assert [item.split()[0] for item in found] == ["C505"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pénalités de l'article L441-10 du code de commerce.", True),
        ("Pénalités (art. L. 441-10 du Code de commerce).", True),
        ("Indemnité D. 441-5.", True),
        ("Indemnité forfaitaire de 40 € pour frais de recouvrement.", True),
        ("40 euros de frais de recouvrement", True),
        ("Frais de recouvrement : 40 €", True),
        ("Reste 40 € à régler sur place.", False),
        ("Votre dossier L441-100.", False),
        ("Merci de votre confiance.", False),
    ],
)
def test_a_consumer_reads_nothing_of_what_businesses_owe(text: str, expected: bool) -> None:
    """Neither the articles of the commercial code nor its 40 euros; on a business's papers, both may stand."""
    for key in ("notes", "mentions", "emetteur__mentions", "introduction"):
        place = key.replace("__", ".")
        assert find(PARTICULIER, {key: ["Bonjour.", text]}) == ([f"L490? {place}[1]"] if expected else [])
        assert find({key: [text]}) == []


# --- Professionals and public buyers

TTC = {"designation": "x", "prix_unitaire_ttc": "12"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (lines(TTC), ["L491? lignes[0].prix_unitaire_ttc"]),
        (lines(TTC, TTC), ["L491? lignes[0].prix_unitaire_ttc"]),
        (lines(TTC) | PARTICULIER, []),
        (lines(TTC) | OFFRE, []),
        # Without VAT, a price is a price.
        (lines(TTC) | {"emetteur__regime_tva": "franchise", "tva": None}, []),
    ],
)
def test_a_business_reads_prices_before_vat(changes: dict[str, Any], expected: list[str]) -> None:
    """On its invoices, when there is VAT."""
    assert find(changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # 1000.00 HT is 1200.00 TTC; 833.33 is 1000.00, and 833.34 is 1000.01.
        ({}, ["L492 paiement.moyens"]),
        (lines(line(prix_unitaire="833.33")), []),
        (lines(line(prix_unitaire="833.34")), ["L492 paiement.moyens"]),
        ({"paiement": {"echeance": "à réception", "moyens": ["especes", "cheque"]}}, []),
        ({"devise": "CHF", "tva": "exonere-formation"}, []),
        (abroad(ANGLAISE), []),
        ({"date": "2015-08-31"}, []),
        ({"reglements": [{"date": "2026-11-22", "montant": "200", "moyen": "virement"}]}, []),
    ],
)
def test_cash_alone_does_not_pay_a_large_invoice(changes: dict[str, Any], expected: list[str]) -> None:
    """One thousand euros at most, for somebody who lives in France."""
    assert find({"paiement": {"echeance": "à réception", "moyens": ["especes"]}}, changes) == expected


@pytest.mark.parametrize(
    ("montants", "expected"),
    [
        (["1000"], []),
        (["1000.01"], ["L492? reglements[0]"]),
        (["600", "600"], ["L492? reglements[1]"]),
        (["600", "400"], []),
    ],
)
def test_cash_received_adds_up(montants: list[str], expected: list[str]) -> None:
    """Two halves of a payment are one payment."""
    received = [{"date": "2026-11-25", "montant": montant, "moyen": "especes"} for montant in montants]
    assert find({"reglements": received}) == expected
    assert find({"reglements": [{**item, "moyen": "cheque"} for item in received]}) == []


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, ["L493? client"]),
        ({"siren": "003141595"}, []),
        ({"siret": "00314159500011"}, []),
        ({"adresse": BELGE}, []),
    ],
)
def test_a_public_buyer_is_found_by_its_number(keys: dict[str, Any], expected: list[str]) -> None:
    """On invoices and credit notes; a devis is not deposited."""
    client = {"client": {"nom": "Commune", "qualite": "public", "adresse": ADRESSE, **keys}}
    assert find(client) == expected
    assert find(client, AVOIR) == expected
    assert find(client, OFFRE) == []


# --- Dates, acomptes, numbers


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"date_prestation": "2026-11-29"}, []),
        ({"date_prestation": "2026-11-30"}, ["L494? date_prestation"]),
        ({"date_prestation": "2026-11-30", "nature": "acompte"}, []),
        ({"periode": {"du": "2026-11-16", "au": "2026-11-29"}}, []),
        ({"periode": {"du": "2026-11-16", "au": "2026-11-30"}}, ["L494? periode.au"]),
        # A subscription is billed ahead.
        ({"periode": {"du": "2026-12-01", "au": "2027-11-30"}} | lines(line(unite="mois", quantite="12")), []),
        ({"periode": {"du": "2026-12-01", "au": "2027-11-30"}} | lines(line(unite="an")), []),
        ({"periode": {"du": "2026-12-01", "au": "2027-11-30"}} | lines(line(unite="jour")), ["L494? periode.au"]),
        (lines(line(periode={"du": "2026-12-01", "au": "2026-12-31"})), ["L494? lignes[0].periode.au"]),
        (lines(line(periode={"du": "2026-12-01", "au": "2026-12-31"}, unite="mois")), []),
        (
            {"date_prestation": "2026-12-30", "periode": {"du": "2026-12-01", "au": "2026-12-31"}},
            ["L494? date_prestation"],
        ),
        ({**OFFRE, "periode": {"du": "2026-12-01", "au": "2027-11-30"}}, []),
    ],
)
def test_what_is_billed_before_it_is_done_is_an_acompte(changes: dict[str, Any], expected: list[str]) -> None:
    """More than seven days ahead, for what is not a subscription; said once."""
    assert find(changes) == expected


def verse(numero: str, date: str = "2026-10-01") -> dict[str, Any]:
    return {"numero": numero, "date": date, "montant_ttc": "100"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["L495? nature"]),
        ({"nature": ["solde", "service"]}, ["L495? nature"]),
        ({"nature": "situation"}, []),
        ({"acomptes_verses": [verse("F1")]}, []),
        ({"acomptes_verses": [verse("F1"), verse("F2")]}, []),
        ({"acomptes_verses": [verse("F1"), verse("F1")]}, ["L496 acomptes_verses[1].numero"]),
        ({"acomptes_verses": [verse("F1", "2026-11-22")]}, []),
        ({"acomptes_verses": [verse("F1", "2026-11-23")]}, ["L496 acomptes_verses[0].date"]),
        ({"acomptes_verses": [verse("F2026-001")]}, ["L497 acomptes_verses[0].numero"]),
    ],
)
def test_a_solde_takes_each_acompte_back_once(changes: dict[str, Any], expected: list[str]) -> None:
    """Those that came before it, each by its own number."""
    assert find({"nature": "solde"}, changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({**AVOIR, "facture": {"numero": "A2026-001", "date": "2026-11-01"}}, ["L497 facture.numero"]),
        (AVOIR, []),
        ({"nature": "rectificative", "facture_rectifiee": {"numero": "F2026-001", "date": "2026-11-01"}},
         ["L497 facture_rectifiee.numero"]),
        ({"nature": "rectificative", "facture_rectifiee": {"numero": "F2026-000", "date": "2026-11-01"}}, []),
        ({**AVOIR, "numero": None}, []),
    ],
)  # fmt: skip
def test_a_document_never_cites_itself(changes: dict[str, Any], expected: list[str]) -> None:
    """A credit note and a corrective invoice have numbers of their own."""
    assert find(changes) == expected


# --- Identity and nature


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"capital": "5000"}, ["L498? emetteur.capital"]),
        ({"forme_juridique": "micro", "capital": "1"}, ["L498? emetteur.capital"]),
        ({"forme_juridique": "association", "capital": "1"}, ["L498? emetteur.capital"]),
        ({"forme_juridique": "SCI", "capital": "1000", "rcs": "Lille"}, []),
        # A trader may be registered without being a company.
        ({"rcs": "Lille"}, []),
        ({"rcs": "RCS Lille"}, ["L498? emetteur.rcs"]),
        ({"rcs": "Lille 002718286"}, ["L498? emetteur.rcs"]),
        ({"rcs": "Saint-Marcsy"}, []),
        ({"tva_intra": "BE0403170701"}, ["L498? emetteur.tva_intra"]),
        # A wrong number is said once.
        ({"tva_intra": "BE0403170702"}, ["L422 emetteur.tva_intra"]),
    ],
)
def test_the_card_of_a_seller_holds_together(keys: dict[str, Any], expected: list[str]) -> None:
    """Capital for companies, the town alone, a French number in France."""
    assert find({f"emetteur__{key}": value for key, value in keys.items()}) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (lines(line(unite="kg")), ["L499? lignes[0].unite"]),
        (lines(line(unite="Litres")), ["L499? lignes[0].unite"]),
        (lines(line(unite="m³")), ["L499? lignes[0].unite"]),
        (lines(line(unite="fûts")), ["L499? lignes[0].unite"]),
        (lines(line(), line(unite="kg"), line(unite="kg")), ["L499? lignes[1].unite"]),
        (lines(line(unite="kg", nature="bien")), []),
        (lines(line(unite="kg", nature="service")), []),
        (lines(line(unite="kg")) | {"nature": "bien"}, []),
        (lines(line(unite="kg")) | {"nature": ["acompte", "service"]}, []),
        (lines(line(unite="kg")) | OFFRE, []),
        (lines(line(unite="kg")) | AVOIR, ["L499? lignes[0].unite"]),
        (lines(line(), line(unite="kg", option="oui")), []),
        # Works are services, whatever they are measured in.
        (lines(line(unite="m³")) | {"travaux": CHANTIER, "emetteur__assurance": "x"}, []),
        *(
            (lines(line(unite=unite)), [])
            for unite in ("jour", "h", "m²", "ex.", "pièce", "mois", "km", "forfait", "mots")
        ),
    ],
)
def test_what_is_weighed_is_most_likely_sold(changes: dict[str, Any], expected: list[str]) -> None:
    """Kilogrammes and litres without a word: goods or a service? Days, copies and square metres are not asked."""
    assert find(changes) == expected


# --- All rules together


@pytest.mark.parametrize(
    "changes",
    [
        {"client__siren": "003141596"},
        {"client__tva_intra": "FR84003141595"},
        {"emetteur__siren": "002718287", "emetteur__tva_intra": "FR80002718286"},
        {"emetteur__siret": "00271828600013"},
    ],
)
@pytest.mark.parametrize("more", [{}, {"tva": "autoliquidation", "client__tva_intra": "FR83003141595"}])
def test_one_wrong_digit_is_one_finding(changes: dict[str, Any], more: dict[str, Any]) -> None:
    """What follows from it is not said."""
    assert len(find(more, changes)) == 1


@settings(max_examples=60, deadline=None)
@given(
    tva=st.sampled_from(
        ["intracom", "export", "hors-ue", "autoliquidation", "franchise", "marge-occasion", "20", "19"]
    ),
    pays=st.sampled_from(["FR", "BE", "GB", "RE", "MC", "ES", "ZZ"]),
    code=st.text(max_size=8),
    quand=st.text(min_size=1, max_size=40),
    unite=st.text(min_size=1, max_size=20),
)
def test_any_text_gets_an_answer(tva: str, pays: str, code: str, quand: str, unite: str) -> None:
    """Whatever is typed, there are findings or none, never an accident."""
    adresse = {"rue": "x", "code_postal": code, "ville": "y", "pays": pays}
    keys = {"tva": tva, "client__adresse": adresse, "travaux": {"lieu": quand}, "notes": quand, "emetteur__rcs": quand}
    judge(keys, lines(line(unite=unite)))
    judge({**keys, **OFFRE, "hors_etablissement": "oui", "client__qualite": "particulier"}, echeancier(quand=quand))


RULES = (*LOI_VALEUR, *LOI_ABSENCE, *LOI_TOTAUX)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_names_its_source(rule: Any) -> None:
    """A rule of law says which text it rests on."""
    assert re.search(r"Source: \S", inspect.getdoc(rule) or "")


def test_every_rule_is_applied_once() -> None:
    """A rule that is written is used, in one of the three passes."""
    written = {name for name in vars(regles_loi) if re.match(r"(check|need)_", name)}
    assert sorted(written) == sorted(rule.__name__ for rule in RULES)


OURS = [f"L{number}" for number in range(472, 500)]


@pytest.mark.parametrize("code", OURS)
def test_every_code_has_its_row_of_law(code: str) -> None:
    """The table says what a finding shows; what nobody read names no article, in the table or in the finding."""
    rows = [row for row in load_table("regles") if row["code"] == code]
    assert len(rows) == 1
    row = rows[0]
    assert list(row) == ["code", "point", "texte", "depuis", "jusqu_au", "source", "verifie_le"]
    assert row["texte"] == CODES[code].law
    assert row["point"]
    assert row["depuis"] <= row["verifie_le"]
    assert row["jusqu_au"] is None
    if not row["source"]:
        assert not re.search(r"\bart\.|\d", row["texte"] + CODES[code].law)
