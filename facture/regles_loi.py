"""What a lawyer would point at in one document: a VAT situation that does not fit the parties, a contract signed at a
client's home, a number used twice.

Why apart from `rules`: there, what any document must hold; here, what the law says of particular operations. Each rule
stays silent where its facts are not known, and on any document of everyday work. What it has in common with a rule of
`rules` is left to that one: identifiers and their keys, franchise and rates (L427), numbers of both parties (L413),
terms of payment (L426), late interest (L432, L434, L445), the validity of an offer (L414), dates in the wrong order
(F229), acomptes taken back elsewhere than on a solde (F228).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from facture.amounts import ZERO, to_plain
from facture.documents import Adresse, Avoir, Devis, Document, Facture, Ligne, Periode
from facture.droit import PAYS_UE, list_taux_tva
from facture.errors import Chemin, Diagnostic
from facture.grammaire import Tva
from facture.rules import Contexte, Regle
from facture.totaux import tva_of
from facture.typo import format_date, join_list, strip_accents

JOURS_SANS_PAIEMENT = 7
"""Days after an off-premises contract during which nothing may be paid (C. conso. art. L221-10)."""
AVANCE_TOLEREE = 7
"""Days between an invoice and the end of the work that are a matter of course, not of law."""

# --- Where the parties are -------------------------------------------------------------------------------------------


class Zone(StrEnum):
    """Where an address stands for VAT."""

    FRANCE = "en France"
    OUTRE_MER = "outre-mer"
    UE = "dans l'Union européenne"
    TIERS = "hors de l'Union européenne"


_OUTRE_MER = frozenset({"GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "PF", "NC", "WF", "TF"})
_HORS_TERRITOIRE = {
    "ES": ("35", "38", "51", "52"),
    "IT": ("23041",),
    "DE": ("27498", "78266"),
    "FI": ("22",),
    "GR": ("63086",),
}
"""Postal codes of Member States that are outside the territory of VAT: Canary Islands, Ceuta, Melilla, Livigno,
Heligoland, Büsingen, Åland, Mount Athos."""


def find_zone(adresse: Adresse | None) -> Zone | None:
    """Return where an address stands for VAT, or None when nobody wrote it.

    Why: Monaco counts as France; French territories overseas and some corners of Member States do not count as the
    Union, whatever the code of the country says.

    Source: directive 2006/112/CE (territory); EN 16931 BT-40, BT-55, BT-80.
    """
    if adresse is None or adresse.is_empty:
        return None
    code = re.sub(r"\s", "", adresse.code_postal or "")
    if adresse.pays in _OUTRE_MER or (adresse.pays == "FR" and re.match(r"97|98[1-9]", code)):
        return Zone.OUTRE_MER
    if adresse.pays in ("FR", "MC"):
        return Zone.FRANCE
    if adresse.pays in PAYS_UE and not code.startswith(_HORS_TERRITOIRE.get(adresse.pays, ("-",))):
        return Zone.UE
    return Zone.TIERS


def _livraison(document: Document) -> Adresse | None:
    return document.adresse_livraison or document.client.adresse_livraison


def _describe(zone: Zone, adresse: Adresse | None) -> str:
    country = adresse.pays if adresse is not None and zone in (Zone.UE, Zone.TIERS) else ""
    return f"{zone} ({country})" if country else str(zone)


def _sells_from_france(c: Contexte) -> bool:
    return c.document.emetteur.adresse.pays in ("FR", "MC")


# --- VAT situations against the parties ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attendu:
    """What a VAT situation takes for granted.

    Attributes:
        code: of the finding when it does not hold.
        zones: where the client, or the goods, have to be.
        nature: `bien` or `service`.
        conseils: what to write instead, by the zone where they are.
        autre: the situation of the other nature of operation.
    """

    code: str
    zones: frozenset[Zone]
    nature: str
    conseils: dict[Zone, str]
    autre: str


_FRANCAISE = "mettez le taux français : tva: 20"
_LOIN = frozenset({Zone.TIERS, Zone.OUTRE_MER})
ATTENDUS: dict[str, Attendu] = {
    "intracom": Attendu(
        "L472",
        frozenset({Zone.UE}),
        "bien",
        {Zone.FRANCE: _FRANCAISE, Zone.OUTRE_MER: "écrivez tva: export", Zone.TIERS: "écrivez tva: export"},
        "autoliquidation",
    ),
    "export": Attendu(
        "L473",
        _LOIN,
        "bien",
        {Zone.FRANCE: _FRANCAISE, Zone.UE: "écrivez tva: intracom si le client est assujetti ; sinon, facturez la TVA"},
        "hors-ue",
    ),
    "hors-ue": Attendu(
        "L474",
        _LOIN,
        "service",
        {
            Zone.FRANCE: _FRANCAISE,
            Zone.UE: "écrivez tva: autoliquidation si le client est assujetti ; sinon, facturez la TVA",
        },
        "export",
    ),
}
"""Situations that depend on where the client is, and on what is sold. Source: CGI art. 259-1°, 262 and 262 ter."""
_ECRITS = {"bien": "des biens", "service": "des services"}


def _list_tva(c: Contexte) -> list[tuple[Chemin, Ligne, Tva]]:
    """Every line that is billed or given, with its rate or situation."""
    return [
        (chemin, ligne, tva)
        for chemin, ligne in c.lignes
        if not ligne.option and (tva := tva_of(ligne, c.document)) is not None
    ]


def _place_tva(c: Contexte, chemin: Chemin, ligne: Ligne) -> Chemin:
    """Return where the rate or situation of a line was typed: on it, on the document, or on the card of the seller."""
    typed: Chemin = (*chemin, "tva") if ligne.tva is not None else ("tva",)
    return typed if c.has(*typed) else ("emetteur", "regime_tva")


def _group_situations(c: Contexte) -> dict[str, list[tuple[Chemin, Ligne]]]:
    """Lines by named situation, in the order of the page."""
    groups: dict[str, list[tuple[Chemin, Ligne]]] = {}
    for chemin, ligne, tva in _list_tva(c):
        if isinstance(tva, str):
            groups.setdefault(tva, []).append((chemin, ligne))
    return groups


def _find_nature(c: Contexte, lignes: list[tuple[Chemin, Ligne]], nature: str) -> Chemin | None:
    """Return where a situation was typed for a line of that nature; a line that says nothing is not judged."""
    for chemin, ligne in lignes:
        if (ligne.nature or c.document.nature_operation) == nature:
            return _place_tva(c, chemin, ligne)
    return None


def check_destination(c: Contexte) -> Iterator[Diagnostic]:
    """Intra-Community supplies, exports and services outside the Union, each where it takes place.

    Source: CGI art. 262 ter, I (goods to another Member State), 262, I (goods out of the Union), 259-1° (services to a
    taxable person outside the Union).
    """
    if not _sells_from_france(c):
        return
    client = c.document.client
    for nom, lignes in _group_situations(c).items():
        attendu = ATTENDUS.get(nom)
        if attendu is None:
            continue
        chemin = _place_tva(c, *lignes[0])
        # Goods are followed where they go, services where the client is.
        goods = _livraison(c.document) if attendu.nature == "bien" else None
        places = [adresse for adresse in (goods, client.adresse) if adresse is not None and not adresse.is_empty]
        judged = places[:1] if nom == "intracom" else places
        zones = [zone for adresse in judged if (zone := _zone_of_goods(nom, adresse, client.tva_intra)) is not None]
        if zones and not any(zone in attendu.zones for zone in zones):
            where = _describe(zones[0], judged[0])
            goal = "une livraison" if attendu.nature == "bien" else "un client"
            yield c.find(attendu.code, chemin, f"« {nom} » pour {goal} {where}", attendu.conseils[zones[0]])
        elif nom == "intracom" and c.public == "particulier":
            yield c.find("L472", chemin, "« intracom » pour un particulier : la TVA est due", "facturez la TVA")
        elif nom == "intracom" and _is_french(client.tva_intra):
            message = "livraison intracommunautaire à un client qui donne un numéro de TVA français"
            yield c.find("L472", ("client", "tva_intra"), message, "donnez son numéro dans l'État d'arrivée")
        elif (wrong := _find_nature(c, lignes, "service" if attendu.nature == "bien" else "bien")) is not None:
            other = _ECRITS["service" if attendu.nature == "bien" else "bien"]
            advice = f"écrivez tva: {attendu.autre}, ou nature: {attendu.nature}"
            yield c.find(attendu.code, wrong, f"« {nom} » pour {other}", advice)
        elif nom == "hors-ue" and c.public == "particulier":
            message = "« hors-ue » pour un particulier : la TVA française est souvent due"
            yield c.find(
                "L474", chemin, message, "vérifiez ce service avec votre comptable, ou facturez la TVA"
            ).as_warning()


def _zone_of_goods(nom: str, adresse: Adresse, tva_intra: str | None) -> Zone | None:
    # Northern Ireland has no code of its own: for goods, its VAT numbers say that it follows the Union.
    if nom == "intracom" and adresse.pays == "GB" and (tva_intra or "").startswith("XI"):
        return Zone.UE
    return find_zone(adresse)


def _is_french(number: str | None) -> bool:
    """Say whether a VAT number is a sound French one: a wrong one has its own finding."""
    from stdnum.fr import tva

    return number is not None and number.startswith("FR") and tva.is_valid(number)


def check_autoliquidation(c: Contexte) -> Iterator[Diagnostic]:
    """The client accounts for the tax when it is a business, in France or in the Union; in the Union, for services.

    Source: CGI art. 283-1, 283-2 and 283-2 nonies; directive 2006/112/CE art. 196; ann. II art. 242 nonies A, I-13°.
    """
    lignes = _group_situations(c).get("autoliquidation")
    if not lignes or not _sells_from_france(c):
        return
    chemin = _place_tva(c, *lignes[0])
    zone = find_zone(c.document.client.adresse)
    goods = _find_nature(c, lignes, "bien")
    if c.public == "particulier":
        yield c.find(
            "L475", chemin, "autoliquidation pour un particulier, qui ne déclare pas de TVA", "facturez la TVA"
        )
    elif zone is Zone.TIERS:
        where = _describe(zone, c.document.client.adresse)
        advice = f"écrivez tva: {'hors-ue' if goods is None else 'export'}"
        yield c.find("L475", chemin, f"autoliquidation pour un client {where}", advice)
    elif zone is Zone.UE and goods is not None:
        advice = "écrivez tva: intracom, ou nature: service"
        yield c.find("L475", goods, "autoliquidation pour des biens vendus dans l'Union européenne", advice)
    elif zone is Zone.FRANCE and c.document.emetteur.regime_tva == "franchise":
        yield c.find("L476", chemin, "autoliquidation par un émetteur en franchise, pour un client en France")


def check_regime(c: Contexte) -> Iterator[Diagnostic]:
    """A seller who bills VAT is not in franchise; a few may be both, for two activities.

    Source: CGI art. 293 B and 293 E.
    """
    regime = c.document.emetteur.regime_tva
    lignes = _group_situations(c).get("franchise")
    # A rate beside it has its own finding (L427).
    rated = any(isinstance(tva_of(ligne, c.document), Decimal) for _, ligne in c.lignes)
    if lignes and not rated and regime in ("reel", "debits"):
        yield c.find("L477", _place_tva(c, *lignes[0]), f"franchise, alors que l'émetteur est au régime « {regime} »")


def check_marge(c: Contexte) -> Iterator[Diagnostic]:
    """The margin scheme is for goods, travel apart, and shows no VAT: not beside a rate for the same article.

    Source: CGI art. 297 A; ann. II art. 242 nonies A, I-16°.
    """
    lignes = _group_situations(c).get("marge-occasion")
    if not lignes:
        return
    wrong = _find_nature(c, lignes, "service")
    if wrong is not None:
        message = "régime de la marge des biens d'occasion pour des services"
        yield c.find("L478", wrong, message, "mettez le taux du service, ou nature: bien")
        return
    names = {name for _, ligne in lignes for name in _names_of(ligne)}
    for chemin, ligne, tva in _list_tva(c):
        if isinstance(tva, Decimal) and tva and names & _names_of(ligne):
            message = f"« {ligne.designation} » est aussi vendu sous le régime de la marge"
            yield c.find("L478", _place_tva(c, chemin, ligne), message).as_warning()
            return


def _names_of(ligne: Ligne) -> frozenset[tuple[str, str]]:
    named = [("designation", ligne.designation), ("reference", ligne.reference), ("article", ligne.article)]
    return frozenset((kind, name.casefold()) for kind, name in named if name)


# --- VAT rates -------------------------------------------------------------------------------------------------------


def find_jour_taxe(document: Document, date: dt.date) -> dt.date:
    """Return the day whose rates a document takes: that of the operation when it says so, never a later one.

    Why: an operation of December may be billed in January, and a credit note takes the rate of its invoice.

    Source: CGI art. 269 (the tax is that of the day of the operation).
    """
    said: list[dt.date | None] = []
    if isinstance(document, Avoir):
        said.append(document.facture.date if document.facture is not None else None)
    if isinstance(document, Facture):
        said.append(document.facture_rectifiee.date if document.facture_rectifiee is not None else None)
        said.append(document.date_prestation)
    said.append(document.periode.au if document.periode is not None else None)
    return min([day for day in said if day is not None] + [date])


def _show_taux(taux: Decimal) -> str:
    return f"{to_plain(taux).replace('.', ',')} %"


def check_taux_tva(c: Contexte) -> Iterator[Diagnostic]:
    """A rate that France applies, on the day, in the place.

    Why: a consumer in another Member State may owe the rate of that State, through the one-stop shop: not judged.

    Source: CGI art. 278 to 281 and 297; BR-FR-16 (rates that an invoice may carry).
    """
    zones = {find_zone(c.document.client.adresse), find_zone(_livraison(c.document))}
    if not _sells_from_france(c) or (Zone.UE in zones and c.public not in ("professionnel", "public")):
        return
    if c.document.emetteur.regime_tva == "franchise":
        # No rate would do: that is what is said.
        return
    places: dict[Decimal, tuple[Chemin, Ligne]] = {}
    for chemin, ligne, tva in _list_tva(c):
        if isinstance(tva, Decimal) and tva:
            places.setdefault(tva, (chemin, ligne))
    jour = find_jour_taxe(c.document, c.date)
    for taux, place in places.items():
        yield from _judge_taux(c, taux, _place_tva(c, *place), jour)


def _judge_taux(c: Contexte, taux: Decimal, chemin: Chemin, jour: dt.date) -> Iterator[Diagnostic]:
    shown = _show_taux(taux)
    rows = [row for row in list_taux_tva() if row.taux == taux]
    if not rows:
        usual = [_show_taux(row.taux) for row in list_taux_tva() if row.holds(jour) and "metropole" in row.territoires]
        advice = f"taux en métropole ce jour-là : {join_list(usual, 'fr')}"
        yield c.find("L479", chemin, f"« {shown} » n'est pas un taux de TVA français", advice)
        return
    held = [row for row in rows if row.holds(jour)]
    if not held:
        past = [row.jusqu_au for row in rows if row.jusqu_au is not None and row.jusqu_au < jour]
        when = (
            f"a pris fin le {format_date(max(past), 'fr')}"
            if past
            else f"ne s'applique que depuis le {format_date(min(row.depuis for row in rows), 'fr')}"
        )
        yield c.find("L480", chemin, f"le taux de {shown} {when}")
        return
    territoires = frozenset[str]().union(*(row.territoires for row in held))
    here = _find_territoires(c)
    if territoires and here and not territoires & here:
        where = " et ".join(_TERRITOIRES[name] for name in sorted(territoires))
        yield c.find("L481", chemin, f"le taux de {shown} est celui de {where}")


_TERRITOIRES = {"corse": "la Corse", "metropole": "la métropole", "outre-mer": "l'outre-mer"}


def _find_territoires(c: Contexte) -> frozenset[str]:
    """Return the French territories that a document touches; empty when one address leaves it open."""
    travaux = c.document.travaux if isinstance(c.document, Devis | Facture) else None
    addresses = [c.document.emetteur.adresse, c.document.client.adresse]
    addresses += [
        adresse for adresse in (_livraison(c.document), c.document.adresse_facturation) if adresse is not None
    ]
    codes = [(adresse.pays, adresse.code_postal or "") for adresse in addresses]
    if any(pays == "FR" and not code for pays, code in codes) or (travaux is not None and travaux.lieu is None):
        return frozenset()
    codes += [("FR", code) for code in re.findall(r"\b\d{5}\b", travaux.lieu or "")] if travaux is not None else []
    french = [(pays, code) for pays, code in codes if pays in _OUTRE_MER | {"FR", "MC"}]
    return frozenset(_name_territoire(pays, code) for pays, code in french)


def _name_territoire(pays: str, code: str) -> str:
    if pays in _OUTRE_MER or code.startswith("97"):
        return "outre-mer"
    return "corse" if code.startswith("20") else "metropole"


def check_taux_travaux(c: Contexte) -> Iterator[Diagnostic]:
    """Works in a dwelling take a reduced rate when the client certifies that it is more than two years old.

    Source: CGI art. 279-0 bis (10 %) and 278-0 bis A (5.5 %); loi 2025-127 art. 41 (certified on the devis or invoice).
    """
    document = c.document
    if not isinstance(document, Devis | Facture) or document.travaux is None:
        return
    old = document.travaux.logement_plus_de_deux_ans
    # An invoice that names its devis may leave the certificate there.
    if old or (old is None and isinstance(document, Facture) and document.devis is not None):
        return
    reduced = sorted({tva for _, _, tva in _list_tva(c) if tva in (Decimal(10), Decimal("5.5"))}, key=str)
    if not reduced:
        return
    rates = join_list([_show_taux(taux) for taux in reduced if isinstance(taux, Decimal)], "fr")
    if old is None:
        message = f"TVA à {rates} sans que le client certifie l'âge du logement"
        yield c.find("L482", ("travaux",), message, at_key=True)
    else:
        message = f"TVA à {rates} pour un logement de moins de deux ans"
        yield c.find("L482", ("travaux", "logement_plus_de_deux_ans"), message, "mettez le taux de 20 %")


# --- Works -----------------------------------------------------------------------------------------------------------


def need_travaux(c: Contexte) -> Iterator[Diagnostic]:
    """A devis for works at a consumer's says where, and what travelling costs.

    Source: order of 24 January 2017 (place of the work, travel costs).
    """
    if not isinstance(c.document, Devis) or c.document.travaux is None or c.public != "particulier":
        return
    said = {"lieu": "le lieu d'exécution", "deplacement": "les frais de déplacement"}
    missing = [key for key in said if getattr(c.document.travaux, key) is None]
    if missing:
        advice = "ajoutez " + " et ".join(f"{key}: …" for key in missing) + " sous travaux"
        word = "ni" if len(missing) > 1 else "pas"
        message = f"ce devis de travaux ne dit {word} " + " ni ".join(said[key] for key in missing)
        yield c.incomplete("L483", ("travaux",), message, advice)


def need_decompte(c: Contexte) -> Iterator[Diagnostic]:
    """A devis for works counts each service and product, in quantity and in price.

    Why: a whole number of windows counts itself, six and a half do not; a price with neither unit nor quantity may be a
    lump sum that hides what it is made of, or a single thing: that is worth a word, not a refusal.

    Source: order of 24 January 2017 (unit price, unit and planned quantity of each service and product).
    """
    if not isinstance(c.document, Devis) or c.document.travaux is None or c.public != "particulier":
        return
    lignes = [(chemin, ligne.quantite) for chemin, ligne in c.lignes if ligne.unite is None]
    parts = [chemin for chemin, quantite in lignes if quantite % 1 != 0]
    bare = [chemin for chemin, _ in lignes if not c.has(*chemin, "quantite")]
    if parts:
        yield c.incomplete("L484", parts[0], f"quantité de travaux sans unité{_count_others(parts)}")
    if bare:
        found = c.find("L484", bare[0], f"ligne de travaux sans unité ni quantité{_count_others(bare)}")
        yield found.as_warning()


def _count_others(found: list[Chemin]) -> str:
    more = len(found) - 1
    return f" (et {more} autre{'s' if more > 1 else ''} ligne{'s' if more > 1 else ''})" if more else ""


def need_dechets(c: Contexte) -> Iterator[Diagnostic]:
    """A devis for works says what becomes of their waste.

    Source: C. env. art. L541-21-2-3.
    """
    if isinstance(c.document, Devis) and c.document.travaux is not None and c.document.travaux.dechets is None:
        yield c.incomplete("L485", ("travaux",), "ce devis de travaux ne dit rien des déchets du chantier")


def need_assurance(c: Contexte) -> Iterator[Diagnostic]:
    """Works that the ten-year liability covers are insured, and their papers say by whom.

    Source: C. assur. art. L243-2.
    """
    document = c.document
    if isinstance(document, Devis | Facture) and document.travaux is not None and document.emetteur.assurance is None:
        yield c.find("L486", ("emetteur",), "aucune assurance n'est nommée pour ces travaux")


# --- Consumers -------------------------------------------------------------------------------------------------------


def _is_hors_etablissement(c: Contexte) -> bool:
    document = c.document
    return isinstance(document, Devis | Facture) and document.hors_etablissement and c.public == "particulier"


def need_retractation(c: Contexte) -> Iterator[Diagnostic]:
    """A contract signed away from the seller's premises says the right of withdrawal and comes with its form.

    Why: an invoice that names its devis comes after the contract, which said it.

    Source: C. conso. art. L221-5, L221-9 and L242-1; R221-1 (the form).
    """
    document = c.document
    if not _is_hors_etablissement(c) or (isinstance(document, Facture) and document.devis is not None):
        return
    missing = []
    if "retractation" not in c.clauses:
        missing.append("la clause « retractation »")
    texts = [*document.introduction, *document.notes, *document.mentions]
    if "formulaire-de-retractation" not in c.clauses and not any(_FORMULAIRE.search(_fold(text)) for text in texts):
        missing.append("le formulaire de rétractation")
    if missing:
        message = f"contrat hors établissement sans {' ni '.join(missing)}"
        yield c.incomplete("L487", ("hors_etablissement",), message)


_FORMULAIRE = re.compile(r"formulaire[^.]{0,80}retractation")


def _fold(text: str) -> str:
    return strip_accents(text.lower())


def check_hors_etablissement(c: Contexte) -> Iterator[Diagnostic]:
    """The key speaks of consumers; a small business may have the same rights, which it does not check.

    Source: C. conso. art. L221-3.
    """
    document = c.document
    if (
        isinstance(document, Devis | Facture)
        and document.hors_etablissement
        and c.public in ("professionnel", "public")
    ):
        message = f"clé sans effet pour un client « {c.public} »"
        advice = "retirez-la ; un professionnel de cinq salariés au plus a parfois ces droits, hors de son métier"
        found = c.find("L487", ("hors_etablissement",), message, advice, law="C. conso. art. L221-3", at_key=True)
        yield found.as_warning()


def check_sept_jours(c: Contexte) -> Iterator[Diagnostic]:
    """Nothing is paid within seven days of an off-premises contract.

    Why: a devis is signed on its own day at the earliest; when an invoice names no devis, nobody can say from which day
    the seven count.

    Source: C. conso. art. L221-10.
    """
    document = c.document
    if not _is_hors_etablissement(c):
        return
    limit = c.date + dt.timedelta(days=JOURS_SANS_PAIEMENT)
    if isinstance(document, Devis):
        for chemin, message in _list_trop_tot(document, limit):
            yield c.find("L488", chemin, message)
    elif isinstance(document, Facture) and document.devis is None:
        due = document.paiement.echeance
        paid = [i for i, r in enumerate(document.reglements) if r.date is not None and c.date <= r.date <= limit]
        advice = "ajoutez devis: le numéro du devis signé, ou attendez sept jours pour être payé"
        if due is not None and due.compute_date(c.date) <= limit:
            message = "payable dans les sept jours, et rien ne dit quand le contrat a été signé"
            yield c.find("L488", ("paiement", "echeance"), message, advice).as_warning()
        elif paid:
            message = "payé dans les sept jours, et rien ne dit quand le contrat a été signé"
            yield c.find("L488", ("reglements", paid[0], "date"), message, advice).as_warning()


_A_LA_COMMANDE = re.compile(r"\b(commande|signature|acceptation|reservation|comptant)\b")
_PLUS_TARD = re.compile(r"\b(apres|jours?|semaines?|mois)\b")


def _list_trop_tot(devis: Devis, limit: dt.date) -> list[tuple[Chemin, str]]:
    found: list[tuple[Chemin, str]] = []
    if devis.acompte is not None:
        found.append((("acompte",), "acompte à la commande d'un contrat hors établissement"))
    for index, tranche in enumerate(devis.paiement.echeancier):
        place: Chemin = ("paiement", "echeancier", index)
        when = _fold(tranche.quand or "")
        if tranche.date is not None and tranche.date <= limit:
            found.append(((*place, "date"), "paiement dans les sept jours d'un contrat hors établissement"))
        elif tranche.date is None and _A_LA_COMMANDE.search(when) and not _PLUS_TARD.search(when):
            found.append(((*place, "quand"), "paiement à la commande d'un contrat hors établissement"))
    due = devis.paiement.echeance
    if due is not None and due.date is not None and due.date <= limit:
        found.append((("paiement", "echeance"), "paiement dans les sept jours d'un contrat hors établissement"))
    return found


def need_mediateur(c: Contexte) -> Iterator[Diagnostic]:
    """A consumer is told of the mediator before the contract; the clause that names it says the same.

    Source: C. conso. art. L612-1 and L616-1.
    """
    if not isinstance(c.document, Devis) or c.public != "particulier" or not c.has("emetteur"):
        return
    if _sells_from_france(c) and c.document.emetteur.mediateur is None and "mediation-consommation" not in c.clauses:
        yield c.find("L489", ("emetteur",), "médiateur de la consommation absent d'un devis à un particulier")


_ENTRE_PROFESSIONNELS = re.compile(
    r"\b[ld]\.?\s*441-(?:10|5|6)\b|indemnite forfaitaire|\b40\s*(?:€|eur\b|euros\b).{0,60}recouvrement"
    r"|recouvrement.{0,60}\b40\s*(?:€|eur\b|euros\b)"
)


def check_indemnite_particulier(c: Contexte) -> Iterator[Diagnostic]:
    """The 40 euros and the late interest of businesses are not claimed from a consumer.

    Source: C. com. art. L441-10 and D441-5 (between businesses); C. conso. art. R212-2, 3°.
    """
    if c.public != "particulier":
        return
    document = c.document
    texts: list[tuple[Chemin, tuple[str, ...]]] = [
        *(((key,), getattr(document, key)) for key in ("introduction", "notes", "mentions")),
        (("emetteur", "mentions"), document.emetteur.mentions),
    ]
    for chemin, items in texts:
        for index, text in enumerate(items):
            if _ENTRE_PROFESSIONNELS.search(" ".join(_fold(text).split())):
                typed = (*chemin, index) if c.has(*chemin, index) else chemin
                yield c.find(
                    "L490", typed, "ce texte réclame à un particulier ce qui ne se doit qu'entre professionnels"
                )


# --- Professionals and public buyers ---------------------------------------------------------------------------------


def check_prix_ttc(c: Contexte) -> Iterator[Diagnostic]:
    """The invoice of a business shows its unit prices before VAT.

    Source: CGI ann. II art. 242 nonies A, I-8°; C. com. art. L441-9.
    """
    if not isinstance(c.document, Facture) or c.totaux is None or c.public not in ("professionnel", "public"):
        return
    if c.totaux.en_ttc and c.totaux.total_tva != 0:
        place = next(chemin for chemin, ligne in c.lignes if ligne.prix_unitaire_ttc is not None)
        yield c.find(
            "L491", (*place, "prix_unitaire_ttc"), f"prix unitaires TTC pour un client « {c.public} »", at_key=True
        )


def check_especes(c: Contexte) -> Iterator[Diagnostic]:
    """Cash above the limit is not taken from somebody who lives in France.

    Source: the limit is in the table of figures (`especes-maximum`); its article was not read.
    """
    document = c.document
    if not isinstance(document, Facture) or c.totaux is None or document.devise != "EUR":
        return
    most = c.find_seuil("especes-maximum")
    if most is None or document.client.adresse.pays != "FR":
        return
    shown = f"{to_plain(most)} €"
    if document.paiement.moyens == ("especes",) and c.totaux.net_a_payer > most:
        due = to_plain(c.totaux.net_a_payer).replace(".", ",")
        yield c.find("L492", ("paiement", "moyens"), f"{due} € payables en espèces seulement : {shown} au plus")
        return
    taken = ZERO
    for index, reglement in enumerate(document.reglements):
        if reglement.moyen == "especes" and reglement.devise in (None, "EUR"):
            taken += reglement.montant or ZERO
            if taken > most:
                message = f"plus de {shown} reçus en espèces sur cette facture"
                yield c.find("L492", ("reglements", index), message, "vérifiez le moyen de paiement noté").as_warning()
                return


def need_siret_public(c: Contexte) -> Iterator[Diagnostic]:
    """The portal of the public sector finds a buyer by its SIRET.

    Source: usage of Chorus Pro, where invoices of the public sector are deposited; no article was read.
    """
    client = c.document.client
    if isinstance(c.document, Devis) or c.public != "public" or client.adresse.pays != "FR" or not c.has("client"):
        return
    if client.siren is None and client.siret is None:
        yield c.find("L493", ("client",), "acheteur public sans SIRET")


# --- Dates, acomptes and numbers -------------------------------------------------------------------------------------


def check_avance(c: Contexte) -> Iterator[Diagnostic]:
    """What is billed before it is done is an acompte.

    Why: a subscription is billed ahead by nature; a line counted in months or years is one.

    Source: CGI art. 289, I-1-c; ann. II art. 242 nonies A, I-10°.
    """
    document = c.document
    if not isinstance(document, Facture) or document.nature_document == "acompte":
        return
    latest = c.date + dt.timedelta(days=AVANCE_TOLEREE)
    subscribed = any(_is_abonnement(ligne) for _, ligne in c.lignes)
    ends: list[tuple[Chemin, dt.date | None, bool]] = [(("date_prestation",), document.date_prestation, False)]
    ends.append((("periode", "au"), _end_of(document.periode), subscribed))
    ends += [((*chemin, "periode", "au"), _end_of(ligne.periode), _is_abonnement(ligne)) for chemin, ligne in c.lignes]
    for chemin, end, excused in ends:
        if end is not None and end > latest and not excused:
            yield c.find("L494", chemin, f"prestation qui finit le {format_date(end, 'fr')}, après la facture")
            return


def _end_of(periode: Periode | None) -> dt.date | None:
    return periode.au if periode is not None else None


_DUREES = frozenset({"mois", "month", "an", "annee", "year", "trimestre", "quarter", "semestre", "semaine", "week"})


def _is_abonnement(ligne: Ligne) -> bool:
    return _name_unit(ligne.unite) in _DUREES


def _name_unit(unite: str | None) -> str:
    """Return a unit without accents, dot nor plural."""
    name = _fold(unite or "").strip().rstrip(".")
    return name if name == "mois" else name.removesuffix("s")


def need_acomptes(c: Contexte) -> Iterator[Diagnostic]:
    """A solde takes back the acomptes that came before it.

    Source: BOI-TVA-DECLA-30-20-20-10 § 60 (the last invoice names those of the acomptes).
    """
    document = c.document
    if isinstance(document, Facture) and document.nature_document == "solde" and not document.acomptes_verses:
        yield c.find("L495", ("nature",), "facture de solde qui ne déduit aucun acompte")


def check_acomptes(c: Contexte) -> Iterator[Diagnostic]:
    """An acompte is taken back once, and after it was invoiced.

    Source: BOI-TVA-DECLA-30-20-20-10 § 60.
    """
    if not isinstance(c.document, Facture):
        return
    seen: set[str] = set()
    for index, acompte in enumerate(c.document.acomptes_verses):
        place: Chemin = ("acomptes_verses", index)
        if acompte.numero is not None and acompte.numero in seen:
            yield c.find(
                "L496", (*place, "numero"), f"acompte {acompte.numero} déduit deux fois", "retirez l'un des deux"
            )
        elif acompte.date is not None and acompte.date > c.date:
            day = format_date(acompte.date, "fr")
            yield c.find("L496", (*place, "date"), f"acompte du {day}, après cette facture", "vérifiez les deux dates")
        if acompte.numero is not None:
            seen.add(acompte.numero)


def check_numero(c: Contexte) -> Iterator[Diagnostic]:
    """A document does not cite its own number: a credit note, a correction, a solde each have theirs.

    Source: CGI art. 289, I-5; ann. II art. 242 nonies A, I-7° (one number, used once).
    """
    document = c.document
    if document.numero is None:
        return
    cited: list[tuple[Chemin, str | None]] = []
    if isinstance(document, Avoir) and document.facture is not None:
        cited.append((("facture", "numero"), document.facture.numero))
    if isinstance(document, Facture):
        if document.facture_rectifiee is not None:
            cited.append((("facture_rectifiee", "numero"), document.facture_rectifiee.numero))
        cited += [(("acomptes_verses", i, "numero"), a.numero) for i, a in enumerate(document.acomptes_verses)]
    for chemin, numero in cited:
        if numero == document.numero:
            yield c.find("L497", chemin, f"« {numero} » est aussi le numéro de ce document")
            return


# --- Identity and nature ---------------------------------------------------------------------------------------------

_SANS_CAPITAL = {"EI": "une entreprise individuelle", "micro": "une micro-entreprise", "association": "une association"}


def check_identite(c: Contexte) -> Iterator[Diagnostic]:
    """What a card says of the seller holds together.

    Source: C. com. art. R123-237 and R123-238 (capital and RCS of companies); CGI ann. II art. 242 nonies A, I-2°.
    """
    emetteur = c.document.emetteur
    who = _SANS_CAPITAL.get(emetteur.forme_juridique or "")
    if who is not None and emetteur.capital is not None:
        advice = "retirez capital, ou corrigez forme_juridique"
        message = f"capital social pour {who}"
        yield c.find("L498", ("emetteur", "capital"), message, advice, law="C. com. art. R123-238", at_key=True)
    if emetteur.rcs is not None and re.search(r"\d|\brcs\b|\bregistre\b", emetteur.rcs, re.IGNORECASE):
        message = f"« {emetteur.rcs} » : « RCS » et le SIREN sont imprimés à côté"
        advice = "écrivez la ville du greffe seule : rcs: Nantes"
        yield c.find("L498", ("emetteur", "rcs"), message, advice, law="C. com. art. R123-237")
    prefix = (emetteur.tva_intra or "FR")[:2]
    if emetteur.adresse.pays == "FR" and prefix.isalpha() and prefix != "FR" and _is_sound(emetteur.tva_intra or ""):
        message = f"numéro de TVA « {prefix} » pour un émetteur établi en France"
        advice = "donnez votre numéro français, qui commence par FR"
        yield c.find("L498", ("emetteur", "tva_intra"), message, advice, law="CGI ann. II art. 242 nonies A, I-2°")


def _is_sound(number: str) -> bool:
    """Say whether `rules` has nothing to say of a foreign VAT number: a wrong one has its own finding."""
    from stdnum.eu import vat

    return number[:2] not in (PAYS_UE | {"EL", "XI"}) or vat.is_valid(number)


UNITES_DE_BIENS = frozenset(
    {
        *("kg", "kilo", "kilogramme", "g", "gramme", "t", "tonne", "quintal", "quintaux"),
        *("l", "litre", "cl", "centilitre", "ml", "millilitre", "hl", "hectolitre", "m3", "m³", "stere"),
        *("palette", "carton", "sac", "bouteille", "bidon", "fut", "magnum"),
    }
)
"""Units, without accents nor plural, in which one counts goods."""


def check_unites(c: Contexte) -> Iterator[Diagnostic]:
    """What is counted in kilogrammes is most likely sold, not done: the invoice says which of the two.

    Source: CGI ann. II art. 242 nonies A, I-8° bis (goods, services, or both).
    """
    document = c.document
    if isinstance(document, Devis) or document.nature_operation is not None or getattr(document, "travaux", None):
        return
    found = [
        (chemin, ligne)
        for chemin, ligne in c.lignes
        if ligne.nature is None and not ligne.option and _name_unit(ligne.unite) in UNITES_DE_BIENS
    ]
    if found:
        chemin, ligne = found[0]
        others = _count_others([place for place, _ in found])
        yield c.find("L499", (*chemin, "unite"), f"« {ligne.unite} » : bien ou service ?{others}")


LOI_VALEUR: tuple[Regle, ...] = (
    check_destination,
    check_autoliquidation,
    check_regime,
    check_marge,
    check_taux_tva,
    check_taux_travaux,
    check_hors_etablissement,
    check_sept_jours,
    check_indemnite_particulier,
    check_avance,
    check_acomptes,
    check_numero,
    check_identite,
    check_unites,
)
LOI_ABSENCE: tuple[Regle, ...] = (
    need_travaux,
    need_decompte,
    need_dechets,
    need_assurance,
    need_retractation,
    need_mediateur,
    need_siret_public,
    need_acomptes,
)
LOI_TOTAUX: tuple[Regle, ...] = (check_prix_ttc, check_especes)
