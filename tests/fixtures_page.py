"""Hand-made pages: what the engine would hand over, so that the page can be judged without it."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from facture.epc import build_epc
from facture.page import (
    Article,
    Chapitre,
    Colonnes,
    DecompteImprime,
    Echeance,
    Emetteur,
    Frise,
    Lettre,
    Ligne,
    LigneDecompte,
    LigneDeduction,
    LigneVentilation,
    Logo,
    Meta,
    Option,
    Page,
    Paiement,
    PartieContrat,
    Promesse,
    Recueil,
    Reduction,
    Repere,
    Section,
    Segment,
    Signature,
    Somme,
    Tableau,
)
from facture.prose import Bloc, Morceau
from facture.typo import NBSP, NNBSP

LOGO_SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20" width="60mm" height="20mm">
<path fill="#1d4e5f" d="M0 0h4l6 12V0h4v20h-4L4 8v12H0z"/><path fill="#8a3b1f" d="M16 0h4v20h-4z"/></svg>"""
LOGO = Logo("logo.svg", LOGO_SVG, "Atelier Nord")

EMETTEUR = Emetteur(
    "Atelier Nord SASU",
    (
        "14 rue des Tanneurs, 59000 Lille",
        f"bonjour@ateliernord.example, 03{NBSP}20{NBSP}00{NBSP}00{NBSP}00",
        f"SIREN 123{NBSP}456{NBSP}789, TVA FR32{NBSP}123456789",
    ),
)
ADRESSE = (
    "Dupont et Fils SARL",
    "Madame Hélène Dupont",
    "4 avenue de la République",
    "BP 1204",
    "59000 LILLE",
)
PIED = (
    f"Atelier Nord, SASU au capital de 5{NNBSP}000{NBSP}€. Siège{NBSP}: 14 rue des Tanneurs, 59000 Lille. "
    "RCS Lille Métropole",
    f"123{NBSP}456{NBSP}789. SIRET 123{NBSP}456{NBSP}789{NBSP}00012. TVA FR32{NBSP}123456789.",
)
IBAN = NBSP.join(("FR76", "3000", "6000", "0112", "3456", "7890", "189"))
HT = Colonnes("Prix unitaire HT", "Montant HT")


def fr(value: Decimal | int | str, decimals: int = 2) -> str:
    """Return « 1 234,50 » with the narrow no-break space of French typography."""
    text = f"{abs(Decimal(value)):,.{decimals}f}".replace(",", NNBSP).replace(".", ",")
    return ("−" if Decimal(value) < 0 else "") + text


def pourcent(taux: str) -> str:
    """Return « 20 % »."""
    return f"{taux}{NNBSP}%"


def ligne(
    designation: str,
    quantite: str,
    unite: str,
    prix: str,
    cumul: Decimal,
    *,
    remise: tuple[str, str] | None = None,
    offert: str | None = None,
    tva: str = "20",
    **rest: object,
) -> tuple[Ligne, Decimal]:
    """Return a formatted line and the running total after it."""
    brut = (Decimal(quantite) * Decimal(prix)).quantize(Decimal("0.01"))
    reduction, net = None, brut
    if offert is not None:
        net = Decimal("0.00")
        reduction = Reduction("offert", f"Remise 100{NNBSP}%, offert", "", offert, fr(net))
    elif remise is not None:
        taux, motif = remise
        net = brut - (brut * Decimal(taux) / 100).quantize(Decimal("0.01"))
        reduction = Reduction("remise", f"Remise {pourcent(taux)}", f"sur {fr(brut)}", motif, fr(net))
    decimales = len(quantite.partition(".")[2])
    made = Ligne(
        designation=designation,
        quantite=fr(quantite, decimales),
        decimales=decimales,
        unite=unite,
        prix=fr(prix),
        tva=pourcent(tva.replace(".", ",")),
        montant=fr(brut),
        cumul=fr(cumul + net),
        reduction=reduction,
        **rest,  # type: ignore[arg-type]
    )
    return made, cumul + net


def make_devis() -> Page:
    """The devis of the brief: two sections, a discount, two gifts, an option, two VAT rates."""
    total = Decimal(0)
    rows: list[Ligne] = []

    def add(*args: str, **kwargs: object) -> None:
        nonlocal total
        row, total = ligne(*args, total, **kwargs)  # type: ignore[arg-type, misc]
        rows.append(row)

    add("Maquettes", "4", "jour", "450", remise=("10", "tarif de lancement"),
        contenu=("Deux pistes graphiques", f"Trois gabarits{NBSP}: accueil, rubrique, article"))  # fmt: skip
    add("Atelier de cadrage", "1", "jour", "450", offert="bienvenue, c’est notre premier projet commun")
    add("Intégration et développement", "6.5", "jour", "480",
        contenu=("Gabarits adaptés au mobile", "Reprise de vos quarante pages"))  # fmt: skip
    add("Formation à l’administration du site", "0.5", "jour", "450",
        offert="pour que vous soyez autonomes dès le premier jour")  # fmt: skip
    add("Guide de marque imprimé", "20", "ex.", "18.50", tva="5.5")
    return Page(
        genre="devis",
        titre="Devis",
        numero=f"n°{NBSP}D2026-014",
        courant="Devis D2026-014 du 22 novembre 2026, Atelier Nord pour Dupont et Fils",
        titre_pdf="Devis D2026-014, Refonte du site vitrine",
        auteur="Atelier Nord",
        sujet="Refonte du site vitrine",
        date_iso="2026-11-22",
        metas=(
            Meta("Date", "22 novembre 2026"),
            Meta("Valable jusqu’au", "22 décembre 2026"),
            Meta("Votre référence", "BC-8841"),
            Meta("Votre SIREN", f"987{NBSP}654{NBSP}324"),
        ),
        emetteur=EMETTEUR,
        destinataire=ADRESSE,
        objet="Refonte du site vitrine",
        colonnes=HT,
        sections=(
            Section(tuple(rows[:2]), "Conception", fr("1620")),
            Section(tuple(rows[2:]), "Réalisation", fr("3490")),
        ),
        options=(
            Option(
                "Hébergement renforcé",
                f"{fr(300)} HT",
                f"12 mois à 25,00, TVA {pourcent('20')}. Cochez pour l’ajouter.",
            ),
        ),
        sommes=(
            Somme("reel", "Valeur réelle", fr(5965)),
            Somme("offert", "Offert", fr(-675)),
            Somme("remise", "Remises", fr(-180)),
            Somme("ht", "Total HT", fr(5110)),
            Somme("tva", f"TVA {pourcent('5,5')} sur {fr(370)}", fr("20.35")),
            Somme("tva", f"TVA {pourcent('20')} sur {fr(4740)}", fr(948)),
            Somme("total", "Total TTC", f"{fr('6078.35')}{NBSP}€"),
            Somme("suite", f"Acompte de {pourcent('30')} à la commande", fr("1823.51")),
            Somme("suite", "Solde par virement, à 30 jours", fr("4254.84")),
        ),
        conditions_de_reussite=(
            "Un interlocuteur unique, joignable sous deux jours ouvrés",
            "Textes et photos définitifs remis avant le 4 décembre",
        ),
        promesses=(
            Promesse("15 décembre 2026", "Maquettes livrées"),
            Promesse("29 janvier 2027", "Site en ligne, pages reprises"),
        ),
        signature=Signature(
            pour="Pour Atelier Nord",
            pour_detail="Claire Martin, présidente, le 22 novembre 2026",
            accord=f"Bon pour accord, devis D2026-014, {fr('6078.35')}{NBSP}€ TTC",
            accord_detail="Date, nom, qualité et signature du client",
        ),
        pied=PIED,
        logo=LOGO,
    )


_MOIS = ("Juillet 2026", "Août 2026", "Septembre 2026", "Octobre 2026")
_TRAVAUX = (
    ("Développement, lot {}", "1.5", "jour", "480"),
    ("Revue de code et corrections", "2.5", "heure", "75"),
    ("Réunion de suivi avec compte rendu", "1", "ex.", "120"),
    ("Maintenance corrective, tickets {}", "12", "ticket", "35.50"),
    ("Veille de sécurité et mises à jour", "1", "mois", "190"),
)


def make_facture(count: int = 60, *, gift: bool = True, sections: bool = True) -> Page:
    """A facture of `count` lines over four months, some given, some discounted."""
    total = Decimal(0)
    offered = reduced = Decimal(0)
    months: list[Section] = []
    per_month = max(1, -(-count // 4)) if sections else count
    rows: list[Ligne] = []
    before = Decimal(0)
    for index in range(count):
        name, quantite, unite, prix = _TRAVAUX[index % 5]
        brut = Decimal(quantite) * Decimal(prix)
        offert = "en remerciement de votre confiance" if gift and index % 20 == 8 else None
        remise = ("10", "retard de livraison de notre fait") if gift and index % 30 == 19 else None
        extra = {"contenu": ("Développement et tests", "Mise en ligne sur la préproduction")} if index % 5 == 0 else {}
        previous = total
        row, total = ligne(name.format(index + 1), quantite, unite, prix, total, offert=offert, remise=remise, **extra)
        offered += brut if offert is not None else 0
        reduced += brut - (total - previous) if remise is not None else 0
        rows.append(row)
        if len(rows) == per_month or index == count - 1:
            titled = sections and count > 4
            months.append(
                Section(
                    tuple(rows),
                    _MOIS[len(months) % 4] if titled else "",
                    fr(total - before) if titled else "",
                )
            )
            rows, before = [], total
    tva = (total * Decimal("0.2")).quantize(Decimal("0.01"))
    ttc = total + tva
    net = f"{fr(ttc)}{NBSP}€"
    gifts = (
        Somme("reel", "Valeur réelle", fr(total + offered + reduced)),
        Somme("offert", "Offert", fr(-offered)),
        Somme("remise", "Remises", fr(-reduced)),
    )
    return Page(
        genre="facture",
        titre="Facture",
        numero=f"n°{NBSP}F2026-031",
        courant="Facture F2026-031 du 22 novembre 2026, Atelier Nord pour Dupont et Fils",
        titre_pdf="Facture F2026-031",
        auteur="Atelier Nord",
        sujet="Maintenance et développement",
        date_iso="2026-11-22",
        metas=(
            Meta("Date", "22 novembre 2026"),
            Meta("À payer avant le", "22 décembre 2026", strong=True),
            Meta("Prestations", "juillet à octobre 2026"),
            Meta("Votre commande", "BC-8841"),
            Meta("Votre SIREN", f"987{NBSP}654{NBSP}324"),
            Meta("Votre TVA", f"FR46{NBSP}987654324"),
        ),
        emetteur=EMETTEUR,
        destinataire=ADRESSE,
        objet="Maintenance et développement, troisième trimestre",
        colonnes=HT,
        sections=tuple(months),
        sommes=(
            *(gifts if offered or reduced else ()),
            Somme("ht", "Total HT", fr(total)),
            Somme("tva", f"TVA {pourcent('20')} sur {fr(total)}", fr(tva)),
            Somme("total", "Net à payer", net),
        ),
        en_lettres="Facture arrêtée à la somme de vingt-deux mille quatre-vingt-sept euros et vingt centimes "
        "toutes taxes comprises.",
        mentions=(
            "Prestation de services. TVA sur les encaissements.",
            f"Escompte pour paiement anticipé{NBSP}: néant. Pénalités de retard{NBSP}: taux de la BCE majoré "
            f"de 10{NBSP}points. Indemnité forfaitaire pour frais de recouvrement{NBSP}: 40{NBSP}€.",
        ),
        paiement=Paiement(
            titulaire="Atelier Nord SASU",
            iban=IBAN,
            bic="AGRIFRPPXXX",
            montant=net,
            reference="F2026-031",
            epc=build_epc(
                titulaire="Atelier Nord SASU",
                iban=IBAN,
                bic="AGRIFRPPXXX",
                montant=ttc,
                reference="F2026-031",
            ),
        ),
        pied=PIED,
        logo=LOGO,
    )


def make_brouillon() -> Page:
    """The devis before it has a number."""
    return replace(
        make_devis(),
        titre="Brouillon de devis",
        numero=f"n°{NBSP}à attribuer",
        courant="Brouillon de devis du 22 novembre 2026, Atelier Nord pour Dupont et Fils",
        filigrane="BROUILLON",
        plis=True,
    )


def make_offerte() -> Page:
    """A facture where all is given: nothing to pay, no QR code."""
    first, total = ligne("Diagnostic de votre site", "1", "jour", "450", Decimal(0), offert="pour faire connaissance")
    second, _ = ligne("Compte rendu écrit", "0.25", "jour", "450", total, offert="")
    page = make_facture(1)
    return replace(
        page,
        sections=(Section((first, second)),),
        sommes=(
            Somme("reel", "Valeur réelle", fr("562.5")),
            Somme("offert", "Offert", fr("-562.5")),
            Somme("ht", "Total HT", fr(0)),
            Somme("tva", f"TVA {pourcent('20')} sur 0,00", fr(0)),
            Somme("total", "Net à payer", f"0,00{NBSP}€"),
        ),
        en_lettres="Facture arrêtée à la somme de zéro euro.",
        paiement=None,
    )


def make_mots_longs() -> Page:
    """Words that nothing breaks: URLs, chemical names, a unit of one long word."""
    long = "https://exemple.example/" + "chemin-tres-long-et-sans-espace/" * 4
    rows = []
    total = Decimal(0)
    for designation, unite in (
        (long, "jour"),
        ("Hexakosioihexekontahexaphobie" * 3, "demi-journée"),
        ("Anticonstitutionnellement parlant", "intervention-exceptionnelle"),
    ):
        row, total = ligne(designation, "1", unite, "100", total, contenu=(long,), offert=long)
        rows.append(row)
    page = make_facture(1)
    return replace(
        page,
        sections=(Section(tuple(rows)),),
        objet="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft et associés",
        metas=(*page.metas[:2], Meta("Votre référence", "REF-" + "0123456789" * 5)),
        mentions=(long, *page.mentions),
    )


def make_adresse_longue() -> Page:
    """An address of seven lines, the most that the window shows without warning."""
    return replace(
        make_facture(3),
        destinataire=(
            "Établissements Dupont, Martin et Associés SAS",
            "Direction administrative et financière",
            "Madame Hélène de La Rochefoucauld",
            "Bâtiment C, escalier 3, deuxième étage",
            "1204 boulevard du Maréchal de Lattre de Tassigny",
            "BP 40512",
            "59650 VILLENEUVE D’ASCQ CEDEX",
        ),
    )


def make_ttc() -> Page:
    """A devis for a consumer, priced TTC: TTC comes first."""
    page = make_devis()
    return replace(
        page,
        colonnes=Colonnes("Prix unitaire TTC", "Montant TTC"),
        sommes=(
            Somme("reel", "Valeur réelle TTC", fr(5965)),
            Somme("offert", "Offert", fr(-675)),
            Somme("remise", "Remises", fr(-180)),
            Somme("total", "Total TTC", f"{fr(5110)}{NBSP}€"),
            Somme("suite", f"dont TVA {pourcent('20')}", fr("790")),
            Somme("suite", f"dont TVA {pourcent('5,5')}", fr("19.29")),
        ),
    )


def make_franchise() -> Page:
    """A facture without VAT: no VAT column, « Prix unitaire », « Total »."""
    page = make_facture(6, gift=False)
    return replace(
        page,
        logo=None,
        emetteur=replace(EMETTEUR, nom="Claire Martin EI", enseigne="Claire Martin"),
        colonnes=Colonnes("Prix unitaire", "Total", tva=False),
        sommes=(Somme("total", "Net à payer", f"{fr('1753.5')}{NBSP}€"),),
        mentions=(f"TVA non applicable, article 293{NBSP}B du CGI.", *page.mentions[1:]),
    )


_ITEM = re.compile(r"(?P<puce>-{1,2}) |(?P<lettre>[a-z]\)) ")
_STYLES = re.compile(r"(?P<fort>\*\*[^*]+\*\*)|(?P<italique>\*[^*]+\*)|(?P<manque>\[à compléter[^]]*\])|[^*[]+")


def bloc(text: str) -> Bloc:
    """Return a paragraph, « - item », « -- item of the second level » or « a) item », with **bold** and *italic*."""
    item = _ITEM.match(text)
    morceaux = tuple(
        Morceau(part[0].strip("*"), part.lastgroup or "")  # type: ignore[arg-type]
        for part in _STYLES.finditer(text[item.end() :] if item else text)
    )
    if item is None:
        return Bloc("p", morceaux)
    if item["lettre"]:
        return Bloc("numero", morceaux, item["lettre"])
    return Bloc("puce", morceaux, niveau=len(item["puce"]) - 1)


def article(numero: int, titre: str, *textes: str) -> Article:
    """Return an article; its paragraphs are numbered when there are several."""
    blocs = [bloc(text) for text in textes]
    places = [place for place, made in enumerate(blocs) if made.kind == "p"]
    if len(places) > 1:
        for paragraphe, place in enumerate(places, start=1):
            blocs[place] = replace(blocs[place], marque=f"{numero}.{paragraphe}")
    return Article(str(numero), titre, tuple(blocs), f"article-{numero}")


CORRECTIONS = (
    "Le prix comprend **deux séries de corrections** par livrable. Une série réunit, en un seul envoi, toutes les "
    "remarques du client. Les séries suivantes sont facturées au temps passé, au tarif journalier du devis."
)
CLAUSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Objet et acceptation", (
        "Les présentes conditions régissent les prestations d’Atelier Nord, ci-après le prestataire, pour ses clients "
        "professionnels. Elles sont annexées au devis et en font partie.",
        "Le contrat est formé à la réception du devis daté et signé, accompagné de l’acompte qu’il prévoit. En cas de "
        "contradiction, le devis l’emporte sur les présentes conditions.",
    )),
    ("Étendue des prestations", (
        "Le devis décrit ce que le prix comprend. Ce qu’il ne décrit pas n’est pas compris et fait l’objet d’un devis "
        "complémentaire, accepté par écrit avant d’être exécuté.",
        "Les prestations offertes sont indiquées à leur valeur réelle. Elles n’ouvrent aucun droit à leur "
        "renouvellement.",
    )),
    ("Conditions de réussite", (
        f"Pour que les dates promises puissent être tenues, le client{NBSP}:",
        f"- désigne un interlocuteur unique, habilité à valider{NBSP};",
        f"- répond sous deux jours ouvrés aux demandes du prestataire{NBSP};",
        f"- remet ses contenus aux dates convenues{NBSP}:",
        "-- textes relus et définitifs,",
        "-- images libres de droits.",
        "Les délais promis sont prolongés de la durée des retards du client. Au-delà de dix jours ouvrés, le "
        "prestataire propose un nouveau calendrier.",
    )),
    ("Corrections", (CORRECTIONS,)),
    ("Délais et promesses", (
        "Les dates promises figurent au devis. Si l’une d’elles ne peut être tenue, le prestataire en avertit le "
        "client dès qu’il le sait, en donne la cause et propose une date qu’il tiendra.",
    )),
    ("Prix", (
        "Les prix sont exprimés en euros et hors taxes. La taxe sur la valeur ajoutée s’y ajoute au taux en vigueur au "
        "jour du fait générateur. Les prix du devis sont fermes pendant sa durée de validité.",
    )),
    ("Règlement", (
        "Sauf mention contraire du devis, les factures sont payables à trente jours de leur date d’émission, par "
        "virement, sans escompte pour paiement anticipé.",
        "Tout retard produit de plein droit, dès le lendemain de l’échéance, des pénalités au taux de la Banque "
        f"centrale européenne majoré de dix points, ainsi qu’une indemnité forfaitaire de 40{NBSP}€ pour frais de "
        "recouvrement.",
    )),
    ("Suspension", (
        "Après une relance restée sans effet pendant quinze jours, le prestataire peut suspendre ses travaux jusqu’au "
        "paiement complet. Il en avertit le client par écrit huit jours avant. Les délais sont prolongés d’autant.",
    )),
    ("Recette", (
        "Le client dispose de dix jours ouvrés après la livraison pour signaler, par écrit et de façon précise, les "
        "écarts avec le devis. Passé ce délai, ou dès la mise en service, la livraison est réputée acceptée.",
        "Le prestataire corrige sans frais les écarts signalés dans ce délai.",
    )),
    ("Propriété intellectuelle", (
        "Les droits d’exploitation décrits au devis sont cédés au client après paiement complet du prix, pour la "
        f"durée, le territoire et les usages qui y sont énumérés. Restent au prestataire{NBSP}:",
        f"a) ses outils, méthodes et composants antérieurs, dont le client reçoit un usage non exclusif{NBSP};",
        "b) ses ébauches et variantes qui n’ont pas été retenues.",
        "Le prestataire peut citer la réalisation parmi ses références, sauf refus écrit du client.",
    )),
    ("Confidentialité", (
        "Chacun garde secrètes les informations que l’autre lui a remises comme confidentielles, pendant le contrat et "
        "trois ans après sa fin. Cette obligation ne porte pas sur ce qui est public ou connu par ailleurs.",
    )),
    ("Données personnelles", (
        "Lorsque le prestataire traite des données pour le compte du client, il n’agit que sur ses instructions, en "
        "garantit la sécurité et les restitue ou les efface à la fin de la prestation.",
    )),
    ("Responsabilité", (
        "Le prestataire est tenu d’une obligation de moyens. Sa responsabilité, toutes causes confondues, est limitée "
        "aux dommages directs et au montant hors taxes payé au titre du devis concerné, sauf faute lourde ou dolosive.",
    )),
    ("Droit applicable et différends", (
        "Le contrat est soumis au droit français. Les parties cherchent d’abord un accord amiable pendant trente "
        "jours. À défaut, le litige relève du tribunal de commerce de Lille Métropole.",
    )),
)  # fmt: skip
_TITRE_CONDITIONS = "Conditions générales de prestation"


def make_recueil(count: int = len(CLAUSES), *, chapitres: int = 1) -> Recueil:
    """The conditions above, repeated up to `count` articles, under as many chapters."""
    articles = [
        article(number, titre, *textes)
        for number, (titre, textes) in zip(range(1, count + 1), CLAUSES * (count // len(CLAUSES) + 1), strict=False)
    ]
    size = -(-count // chapitres)
    names = ("Ce que couvre le contrat", "Ce que fait chacun", "Le prix et son règlement", "Les droits", "La fin")
    return Recueil(
        titre=_TITRE_CONDITIONS,
        sous_titre="Version 3 du 22 novembre 2026, annexée au devis D2026-014. Clients professionnels.",
        courant=f"{_TITRE_CONDITIONS}, version 3, annexées au devis D2026-014",
        chapitres=tuple(
            Chapitre(tuple(articles[start : start + size]), names[index % 5] if chapitres > 1 else "")
            for index, start in enumerate(range(0, count, size))
        ),
        sommaire=chapitres > 1,
    )


def make_conditions(count: int = len(CLAUSES), *, chapitres: int = 1) -> Page:
    """General conditions alone."""
    recueil = make_recueil(count, chapitres=chapitres)
    return Page(
        genre="conditions",
        titre=_TITRE_CONDITIONS,
        numero="",
        courant=f"{_TITRE_CONDITIONS}, version 3 du 22 novembre 2026, Atelier Nord",
        titre_pdf=_TITRE_CONDITIONS,
        auteur="Atelier Nord",
        date_iso="2026-11-22",
        emetteur=EMETTEUR,
        recueil=replace(recueil, sous_titre="Version 3 du 22 novembre 2026. Clients professionnels."),
        pied=PIED,
    )


def make_devis_annexe(count: int = len(CLAUSES)) -> Page:
    """The devis with its conditions annexed: accepted above the signature, printed after it."""
    return replace(
        make_devis(),
        acceptation="Le client accepte les Conditions générales de prestation, version 3 du 22 novembre 2026 "
        "(empreinte 1a2b3c4d), annexées à ce devis.",
        recueil=make_recueil(count),
    )


def make_brouillon_incomplet() -> Page:
    """A draft that lacks values, in its articles and in its annexed conditions."""
    page = make_devis_annexe()
    assert page.recueil
    missing = f"Le plafond de responsabilité est de [à compléter{NBSP}: plafond en euros] par année."
    (chapitre,) = page.recueil.chapitres
    return replace(
        page,
        titre="Brouillon de devis",
        numero=f"n°{NBSP}à attribuer",
        filigrane="BROUILLON",
        a_completer=(
            f"Plafond de responsabilité en euros (article{NBSP}2)",
            "Nombre de séries de corrections comprises dans le prix (conditions, article 4)",
            f"Nom du signataire, chez le client (article{NBSP}1)",
            "Date de remise des textes et des photographies définitifs, avant laquelle les maquettes n’avancent pas",
            "Tribunal compétent",
        ),
        articles=(
            article(1, "Signataire", f"Le client est représenté par [à compléter{NBSP}: nom et qualité]."),
            article(2, "Plafond", missing, "Il ne couvre pas les *dommages indirects*."),
        ),
        recueil=replace(
            page.recueil,
            chapitres=(replace(chapitre, articles=(article(1, "Plafond", missing), *chapitre.articles[1:])),),
        ),
    )


def make_contrat(count: int = len(CLAUSES)) -> Page:
    """A contract: two parties, why they sign, what they agree to, both signatures."""
    return Page(
        genre="contrat",
        titre="Contrat de prestation",
        numero=f"n°{NBSP}C2026-003",
        courant="Contrat C2026-003 du 22 novembre 2026, Atelier Nord et Dupont et Fils",
        titre_pdf="Contrat C2026-003",
        auteur="Atelier Nord",
        sujet="Refonte du site vitrine",
        date_iso="2026-11-22",
        metas=(Meta("Date", "22 novembre 2026"), Meta("Devis", "D2026-014")),
        emetteur=EMETTEUR,
        parties=(
            PartieContrat("Le prestataire", "Atelier Nord", (
                f"SASU au capital de 5{NNBSP}000{NBSP}€, 14 rue des Tanneurs, 59000 Lille",
                f"RCS Lille Métropole 123{NBSP}456{NBSP}789",
                "représentée par Claire Martin, présidente",
            )),
            PartieContrat("Le client", "Dupont et Fils", (
                f"SARL au capital de 20{NNBSP}000{NBSP}€, 4 avenue de la République, 59000 Lille",
                f"RCS Lille Métropole 987{NBSP}654{NBSP}324",
                "représentée par Hélène Dupont, gérante",
            )),
        ),
        preambule=(
            "Le client exploite une fabrique de meubles et souhaite refaire son site, qui ne permet plus à ses "
            "clients de voir les modèles ni de prendre rendez-vous.",
            "Le prestataire conçoit et réalise des sites. Il a visité l’atelier le 12 novembre 2026 et remis un devis "
            "le 22 novembre 2026.",
        ),
        objet="Refonte du site vitrine",
        recueil=replace(make_recueil(count), titre="Contrat de prestation", sous_titre="", courant=""),
        annexes=("Devis D2026-014 du 22 novembre 2026", "Calendrier des livraisons"),
        acceptation="Fait à Lille, en deux exemplaires, un pour chaque partie.",
        signature=Signature(
            pour="Pour Atelier Nord",
            pour_detail="Claire Martin, présidente. Date et signature",
            accord="Pour Dupont et Fils",
            accord_detail="Hélène Dupont, gérante. Date et signature",
        ),
        pied=PIED,
    )  # fmt: skip


def make_conditions_anglaises() -> Page:
    """General conditions in English."""
    clauses = (
        ("Purpose", ("These terms govern the services of Atelier Nord for its business clients. They are annexed to "
                     "the quotation and form part of it.",
                     "The contract is formed when the dated and signed quotation is received.")),
        ("What the price covers", ("The price covers **two rounds of corrections** for each deliverable. Further "
                                   "rounds are charged by the hour.", "- texts,", "- pictures.")),
        ("Payment", ("Invoices are payable within thirty days of their date, by bank transfer.",)),
        ("Governing law", ("The contract is governed by French law.",)),
    )  # fmt: skip
    return replace(
        make_conditions(),
        langue="en",
        titre="General terms of service",
        courant="General terms of service, version 3 of 22 November 2026, Atelier Nord",
        titre_pdf="General terms of service",
        recueil=Recueil(
            titre="General terms of service",
            sous_titre="Version 3 of 22 November 2026. Business clients.",
            chapitres=(
                Chapitre(
                    tuple(article(n, title, *texts) for n, (title, texts) in enumerate(clauses[:2], start=1)), "Scope"
                ),
                Chapitre(
                    tuple(article(n, title, *texts) for n, (title, texts) in enumerate(clauses[2:], start=3)), "Money"
                ),
            ),
            sommaire=True,
        ),
        pied=("Atelier Nord, a company with a capital of €5,000. Registered in Lille, no. 123 456 789.",),
    )


def make_remise_globale() -> Page:
    """A devis with a discount on the whole, a schedule, and more to say than fits beside the totals."""
    page = make_devis()
    return replace(
        page,
        introduction=(
            "À la suite de notre rencontre du 12 novembre, voici notre proposition. Elle reprend les trois "
            "points que vous avez soulevés et donne une date à chacun.",
        ),
        ventilation=(
            LigneVentilation(pourcent("5,5"), fr(370), fr("-18.50"), fr("351.50")),
            LigneVentilation(pourcent("20"), fr(4740), fr(-237), fr(4503)),
        ),
        remise_globale=f"Remise {pourcent('5')}",
        sommes=(
            Somme("reel", "Valeur réelle", fr(5965)),
            Somme("offert", "Offert", fr(-675)),
            Somme("remise", "Remises sur les lignes", fr(-180)),
            Somme("remise", f"Remise {pourcent('5')}, client fidèle", fr("-255.5")),
            Somme("ht", "Total HT", fr("4854.5")),
            Somme("tva", f"TVA {pourcent('5,5')} sur {fr('351.5')}", fr("19.33")),
            Somme("tva", f"TVA {pourcent('20')} sur {fr(4503)}", fr("900.6")),
            Somme("total", "Total TTC", f"{fr('5774.43')}{NBSP}€"),
        ),
        echeancier=(
            Echeance(f"{pourcent('30')} à la commande", "22 novembre 2026", fr("1732.33")),
            Echeance(f"{pourcent('40')} à la livraison des maquettes", "15 décembre 2026", fr("2309.77")),
            Echeance(f"{pourcent('30')} à la mise en ligne", "29 janvier 2027", fr("1732.33")),
        ),
        notes=("Nos bureaux sont fermés du 24 décembre au 2 janvier ; une permanence répond aux urgences.",),
        articles=(
            article(1, "Corrections comprises", CORRECTIONS, "Les délais promis sont prolongés des retards du client."),
            article(2, "Délais", "Les dates promises figurent au devis.", "Un retard du client les prolonge d’autant."),
            article(3, "Propriété", "Les droits sont cédés après complet paiement.", CORRECTIONS),
            article(4, "Fin du contrat", "Chacun peut y mettre fin par écrit, avec un préavis d’un mois."),
        ),
    )


def make_solde() -> Page:
    """The final invoice of a job: the whole, less two acomptes, what is left."""
    page = make_facture(8)
    return replace(
        page,
        titre="Facture de solde",
        sommes=(*page.sommes[:-1], Somme("moyen", "Total TTC", fr("2877"))),
        deductions=(
            LigneDeduction("total", "Ensemble de la commande", fr("2397.5"), fr("479.5"), fr(2877)),
            LigneDeduction("acompte", f"Acompte n°{NBSP}F2026-018 du 3 juillet 2026", fr(-700), fr(-140), fr(-840)),
            LigneDeduction("acompte", f"Acompte n°{NBSP}F2026-024 du 2 septembre 2026", fr(-500), fr(-100), fr(-600)),
            LigneDeduction("reste", "Reste à facturer", fr("1197.5"), fr("239.5"), fr(1437)),
        ),
        apres=(Somme("total", "Net à payer", f"{fr(1437)}{NBSP}€"),),
    )


def make_avoir() -> Page:
    """A credit note: positive amounts, no date to pay by, no code, no signature."""
    page = make_facture(3)
    return replace(
        page,
        genre="avoir",
        titre="Avoir",
        numero=f"n°{NBSP}A2026-004",
        courant="Avoir A2026-004 du 24 novembre 2026, Atelier Nord pour Dupont et Fils",
        titre_pdf="Avoir A2026-004",
        metas=(
            Meta("Date", "24 novembre 2026"),
            Meta("Facture corrigée", "F2026-031 du 22 novembre 2026"),
            Meta("Motif", "lot non livré"),
        ),
        sommes=(*page.sommes[:-1], Somme("total", "Net à votre crédit", page.sommes[-1].montant)),
        mentions=("Cet avoir sera déduit de votre prochaine facture, ou remboursé à votre demande.",),
        paiement=None,
    )


def make_anglais() -> Page:
    """An English invoice: no French word is left on it but the names."""

    def en(value: str) -> str:
        return f"{Decimal(value):,.2f}".replace("-", "−")

    row = Ligne(
        designation="Mock-ups",
        quantite="4",
        unite="day",
        prix=en("450"),
        tva="20%",
        montant=en("1800"),
        cumul=en("1620"),
        contenu=("Two directions", "Three templates"),
        reference="MK-4",
        reduction=Reduction("remise", "Discount 10%", f"on {en('1800')}", "launch price", en("1620")),
    )
    gift = Ligne(
        designation="Scoping workshop",
        quantite="0.5",
        decimales=1,
        unite="day",
        prix=en("450"),
        tva="20%",
        montant=en("225"),
        cumul=en("1620"),
        reduction=Reduction("offert", "100% discount, complimentary", "", "welcome to our first project", en("0")),
    )
    return Page(
        genre="facture",
        langue="en",
        titre="Invoice",
        numero=f"no.{NBSP}F2026-040",
        courant="Invoice F2026-040 of 22 November 2026, Atelier Nord for Smith Ltd",
        titre_pdf="Invoice F2026-040",
        auteur="Atelier Nord",
        date_iso="2026-11-22",
        metas=(Meta("Date", "22 November 2026"), Meta("Payable by", "22 December 2026", strong=True)),
        emetteur=replace(EMETTEUR, lignes=("14 rue des Tanneurs, 59000 Lille, France", "VAT FR32 123456789")),
        destinataire=("Smith Ltd", "12 High Street", "LONDON N1 7AA", "UNITED KINGDOM"),
        objet="Website redesign",
        colonnes=Colonnes("Unit price excl. VAT", "Amount excl. VAT"),
        sections=(Section((row, gift), "Design", en("1620")),),
        sommes=(
            Somme("reel", "Full value", en("2025")),
            Somme("offert", "Complimentary", en("-225")),
            Somme("remise", "Discounts", en("-180")),
            Somme("ht", "Total excl. VAT", en("1620")),
            Somme("tva", f"VAT 20% on {en('1620')}", en("324")),
            Somme("total", "Amount due", f"€{en('1944')}"),
        ),
        en_lettres="One thousand nine hundred and forty-four euros, VAT included.",
        mentions=("No discount for early payment.",),
        paiement=Paiement(
            titulaire="Atelier Nord SASU",
            iban=IBAN,
            montant=f"€{en('1944')}",
            reference="F2026-040",
            epc=build_epc(
                titulaire="Atelier Nord SASU", iban=IBAN, bic="", montant=Decimal(1944), reference="F2026-040"
            ),
        ),
        pied=("Atelier Nord, a company with a capital of €5,000. Registered in Lille, no. 123 456 789.",),
        logo=LOGO,
    )


def make_grands_nombres() -> Page:
    """The largest figures that the columns take: twelve digits before the comma, six after."""
    page = make_facture(2, gift=False)
    first = replace(
        page.lignes[0],
        quantite=fr("12345.1234", 4),
        decimales=4,
        prix=fr("345678.123456", 6),
        montant=fr("98765432109.87"),
        cumul=fr("98765432109.87"),
    )
    return replace(
        page,
        sections=(Section((first, replace(page.lignes[1], cumul=fr("98765432297.37")))),),
        sommes=(
            Somme("ht", "Total HT", fr("98765432297.37")),
            Somme("tva", f"TVA {pourcent('20')} sur {fr('98765432297.37')}", fr("19753086459.47")),
            Somme("total", "Net à payer", f"{fr('118518518756.84')}{NBSP}€"),
        ),
    )


# --- Notices and letters

_SALUTATIONS = "Nous vous prions d’agréer, Madame, Monsieur, l’expression de nos salutations distinguées."
_COMPTAGE = "Somme due x taux x jours / 365, du lendemain de l’échéance au jour arrêté compris, arrondi une seule fois."
_REGLE = f"Taux de la BCE majoré de 10{NBSP}points, prorata de 365{NBSP}jours"
_TEXTES = (
    f"Article L.{NBSP}441-10 du code de commerce{NBSP}: les pénalités de retard sont exigibles sans qu’un rappel soit "
    f"nécessaire{NBSP}; tout professionnel en retard doit de plein droit une indemnité forfaitaire pour frais de "
    "recouvrement.",
    f"Article D.{NBSP}441-5 du même code{NBSP}: cette indemnité est fixée à 40{NBSP}€ par facture.",
)


def euros(value: Decimal | int | str) -> str:
    """Return « 1 250,07 € »."""
    return f"{fr(value)}{NBSP}€"


def tranche(periode: str, jours: int, taux: str, base: str, montant: str, detail: str = "") -> LigneDecompte:
    """Return a row of days at one rate: amounts as decimal strings."""
    return LigneDecompte(
        "tranche", periode, fr(montant), str(jours), pourcent(taux), fr(base), fr(detail, 4) if detail else ""
    )


def make_virement(montant: str, reference: str) -> Paiement:
    """The transfer of a notice."""
    return Paiement(
        titulaire="Atelier Nord SASU",
        iban=IBAN,
        bic="AGRIFRPPXXX",
        montant=euros(montant),
        reference=reference,
        epc=build_epc(
            titulaire="Atelier Nord SASU", iban=IBAN, bic="AGRIFRPPXXX", montant=Decimal(montant), reference=reference
        ),
    )


def make_relance() -> Page:
    """A second notice: one invoice, two rates, nothing paid yet.

    The working: 1 200 x 12,15 % x 15 / 365 = 5,9918; 1 200 x 12,40 % x 10 / 365 = 4,0767; together 10,0685, so 10,07.
    """
    return Page(
        genre="relance",
        titre="Relance pour retard de paiement",
        numero=f"n°{NBSP}R2026-007",
        courant="Relance R2026-007 du 10 juillet 2026, Atelier Nord pour Dupont et Fils",
        titre_pdf="Relance R2026-007, facture F2026-019",
        auteur="Atelier Nord",
        sujet="Facture F2026-019",
        date_iso="2026-07-10",
        metas=(
            Meta("Date", "10 juillet 2026"),
            Meta("Facture", "F2026-019 du 15 mai 2026"),
            Meta("Votre commande", "BC-8841"),
        ),
        emetteur=EMETTEUR,
        destinataire=ADRESSE,
        objet="Facture F2026-019, échue depuis 25 jours",
        lettre=Lettre(
            appel="Madame, Monsieur,",
            corps=(
                bloc(
                    f"Notre facture F2026-019, d’un montant de **{euros(1200)} TTC**, était à régler le 15 juin 2026. "
                    f"Nous n’avons pas reçu votre règlement à ce jour, soit 25{NBSP}jours de retard. Si vous avez payé "
                    "entre-temps, merci de ne pas tenir compte de cette lettre."
                ),
                bloc(
                    f"Comme le prévoient nos conditions et l’article L.{NBSP}441-10 du code de commerce, le retard "
                    "produit des pénalités et une indemnité forfaitaire. En voici le compte."
                ),
            ),
            frise=Frise(
                f"Échéance le 15 juin 2026, puis 15 jours à {pourcent('12,15')} jusqu’au 30 juin et 10 jours à "
                f"{pourcent('12,40')} jusqu’au 10 juillet{NBSP}; paiement attendu le 18 juillet 2026.",
                (
                    Repere(1.4, "15 juin", "échéance", "echeance", ancre="start"),
                    Repere(77.45, "30 juin", "fin de semestre", "semestre"),
                    Repere(127.76, "10 juillet", "compte arrêté", "arrete"),
                    Repere(168.6, "18 juillet", "paiement attendu", "attendu", ancre="end"),
                ),
                (
                    Segment(1.4, 77.45, f"15 jours à {pourcent('12,15')}"),
                    Segment(77.45, 127.76, f"10 jours à {pourcent('12,40')}", "clair"),
                    Segment(127.76, 168.6, "", "fin"),
                ),
            ),
            decomptes=(
                DecompteImprime(
                    "Facture F2026-019 du 15 mai 2026, échue le 15 juin 2026",
                    _REGLE,
                    (
                        tranche("du 16 au 30 juin 2026", 15, "12,15", "1200", "5.99", "5.9918"),
                        tranche("du 1er au 10 juillet 2026", 10, "12,40", "1200", "4.08", "4.0767"),
                        LigneDecompte("total", "Total", fr("10.07"), "25", detail=fr("10.0685", 4)),
                    ),
                ),
            ),
            comptage=_COMPTAGE,
            encart_titre="D’ici au 18 juillet 2026",
            encart=(
                f"Merci de régler la somme de {euros('1250.07')} par virement.",
                f"Une difficulté{NBSP}? Appelez-nous avant cette date{NBSP}: nous trouverons un échéancier.",
                f"Ces sommes ne sont pas soumises à la TVA. Chaque jour ajoute 0,41{NBSP}€.",
            ),
            sommes=(
                Somme("tva", "Facture F2026-019, TTC", fr(1200)),
                Somme("tva", "Pénalités de retard", fr("10.07")),
                Somme("tva", "Indemnité forfaitaire de recouvrement", fr(40)),
                Somme("total", "À régler", euros("1250.07")),
            ),
            textes=_TEXTES,
            politesse=_SALUTATIONS,
            signataire=("Claire Martin", "présidente d’Atelier Nord"),
        ),
        paiement=make_virement("1250.07", "F2026-019 R2"),
        pied=PIED,
        logo=LOGO,
    )  # fmt: skip


def make_relance_payee() -> Page:
    """The same invoice, partly paid: what came in went to the interest first, then to the principal.

    1 200 x 12,15 % x 15 / 365 = 5,9918; 1 200 x 12,40 % x 20 / 365 = 8,1534; together 14,1452, so 14,15. Of the 500
    paid 485,85 went to the principal, which leaves 714,15. 714,15 x 12,40 % x 11 / 365 = 2,6688, so 2,67.
    """
    page = make_relance()
    assert page.lettre
    return replace(
        page,
        metas=(Meta("Date", "31 juillet 2026"), *page.metas[1:]),
        objet="Facture F2026-019, payée en partie",
        lettre=replace(
            page.lettre,
            corps=(
                bloc(
                    f"Nous avons reçu {euros(500)} le 20 juillet 2026 sur notre facture F2026-019, et vous en "
                    "remercions. Voici ce qui reste dû, et comment nous l’avons compté."
                ),
            ),
            encart_titre="D’ici au 8 août 2026",
            encart=(
                f"Merci de régler le reste, {euros('756.82')}, par virement.",
                f"Chaque jour ajoute 0,24{NBSP}€.",
            ),
            frise=Frise(
                f"Échéance le 15 juin 2026{NBSP}; paiement de 500,00{NBSP}€ le 20 juillet{NBSP}; compte arrêté au "
                f"31 juillet{NBSP}; paiement attendu le 8 août 2026.",
                (
                    Repere(1.4, "15 juin", "échéance", "echeance", ancre="start"),
                    Repere(26.17, "23 juin", "rappel", "relance"),
                    Repere(47.84, "30 juin", "fin de semestre", "semestre"),
                    Repere(69.52, "7 juillet", "relance", "relance", 1),
                    Repere(109.77, "20 juillet", f"paiement de {euros(500)}", "reglement"),
                    Repere(122.16, "24 juillet", "deuxième relance", "relance", 1),
                    Repere(143.83, "31 juillet", "compte arrêté", "arrete"),
                    Repere(168.6, "8 août", "paiement attendu", "attendu", 1, "end"),
                ),
                (
                    Segment(1.4, 47.84, f"15 jours à {pourcent('12,15')}"),
                    Segment(47.84, 143.83, f"31 jours à {pourcent('12,40')}", "clair"),
                    Segment(143.83, 168.6, "en attente du paiement", "fin"),
                ),
            ),
            decomptes=(
                DecompteImprime(
                    "Facture F2026-019 du 15 mai 2026, échue le 15 juin 2026",
                    _REGLE,
                    (
                        tranche("du 16 au 30 juin 2026", 15, "12,15", "1200", "5.99", "5.9918"),
                        tranche("du 1er au 20 juillet 2026", 20, "12,40", "1200", "8.16", "8.1534"),
                        LigneDecompte(
                            "mouvement",
                            "20 juillet 2026, paiement reçu",
                            fr(-500),
                            detail="14,15 sur les intérêts, 485,85 sur la somme due",
                        ),
                        tranche("du 21 au 31 juillet 2026", 11, "12,40", "714.15", "2.67", "2.6688"),
                        LigneDecompte("total", "Total", fr("16.82"), "46"),
                    ),
                ),
            ),
            sommes=(
                Somme("tva", "Facture F2026-019, TTC", fr(1200)),
                Somme("tva", "Pénalités de retard", fr("16.82")),
                Somme("tva", "Indemnité forfaitaire de recouvrement", fr(40)),
                Somme("reel", "Paiement reçu le 20 juillet 2026", fr(-500)),
                Somme("total", "Reste à régler", euros("756.82")),
            ),
            offerts=f"Sur cette facture nous vous avons offert{NBSP}: Atelier de cadrage (450,00 HT).",
        ),
        paiement=make_virement("756.82", "F2026-019 R2"),
    )  # fmt: skip


def make_mise_en_demeure() -> Page:
    """The last notice: registered, with what is joined, the law at length, and what comes next."""
    page = make_relance()
    assert page.lettre
    return replace(
        page,
        titre="Mise en demeure de payer",
        courant="Mise en demeure R2026-007 du 10 juillet 2026, Atelier Nord pour Dupont et Fils",
        lettre=replace(
            page.lettre,
            corps=(
                *page.lettre.corps,
                bloc("Nos lettres du 18 juin et du 2 juillet 2026 sont restées sans réponse."),
            ),
            offerts=f"Sur cette facture nous vous avons offert{NBSP}: Atelier de cadrage (450,00 HT).",
            suite=(
                bloc(
                    "**Nous vous mettons en demeure de payer cette somme au plus tard le 18 juillet 2026.** À défaut, "
                    "nous demanderons au juge une ordonnance d’injonction de payer, sans autre avertissement."
                ),
            ),
            textes=(
                *_TEXTES,
                f"Article 1344 du code civil{NBSP}: le débiteur est mis en demeure de payer soit par une sommation ou "
                "un acte portant interpellation suffisante, soit, si le contrat le prévoit, par la seule exigibilité "
                "de l’obligation.",
                f"Article 1231-6 du même code{NBSP}: les dommages et intérêts dus à raison du retard dans le paiement "
                "d’une somme d’argent consistent dans l’intérêt au taux légal, à compter de la mise en demeure.",
            ),
            pieces=("Facture F2026-019", "Devis D2026-014 accepté le 2 mars 2026", "Conditions générales, version 3"),
        ),
    )  # fmt: skip


def make_relances(count: int = 12) -> Page:
    """A notice for `count` invoices of one client: a table each, then one account."""
    page = make_relance()
    assert page.lettre
    interets = principal = Decimal(0)
    decomptes, dues = [], []
    for index in range(count):
        montant = Decimal(480 + 135 * index)
        premier, second = (
            (montant * taux * jours / 36500).quantize(Decimal("0.0001"))
            for taux, jours in ((Decimal("12.15"), 15 + index), (Decimal("12.40"), 10))
        )
        somme = (premier + second).quantize(Decimal("0.01"))
        part = premier.quantize(Decimal("0.01"))
        numero = f"F2026-{19 + index:03}"
        decomptes.append(
            DecompteImprime(
                f"Facture {numero} du {15 - index} mai 2026, échue le {15 - index} juin 2026",
                _REGLE,
                (
                    tranche(
                        f"du {16 - index} au 30 juin 2026", 15 + index, "12,15", str(montant), str(part), str(premier)
                    ),
                    tranche("du 1er au 10 juillet 2026", 10, "12,40", str(montant), str(somme - part), str(second)),
                    LigneDecompte("total", "Total", fr(somme), str(25 + index)),
                ),
            )
        )
        dues.append((numero, f"{15 - index} juin 2026", f"{25 + index} jours", fr(montant)))
        principal, interets = principal + montant, interets + somme
    total = principal + interets + 40 * count
    return replace(
        page,
        metas=(Meta("Date", "10 juillet 2026"), Meta("Factures", f"{count}, listées dans la lettre")),
        objet=f"{count} factures échues",
        lettre=replace(
            page.lettre,
            corps=(
                bloc("Les factures suivantes sont échues, et nous n’avons pas reçu votre règlement à ce jour."),
                Tableau(
                    "Factures échues",
                    ("Facture", "Échéance", "Retard", "Montant TTC"),
                    tuple(dues),
                    (3,),
                    ("Total", "", "", fr(principal)),
                ),
                bloc("Le retard produit des pénalités et une indemnité forfaitaire. En voici le compte."),
            ),
            frise=None,
            decomptes=tuple(decomptes),
            sommes=(
                Somme("tva", f"{count} factures, TTC", fr(principal)),
                Somme("tva", "Pénalités de retard", fr(interets)),
                Somme("tva", f"Indemnités forfaitaires, {count} x 40,00", fr(40 * count)),
                Somme("total", "À régler", euros(total)),
            ),
        ),
        paiement=make_virement(f"{total}", "R2026-007"),
    )


def make_relance_particulier() -> Page:
    """A first reminder to a consumer: no interest, no indemnity, nothing to work out."""
    page = make_relance()
    assert page.lettre
    return replace(
        page,
        titre="Rappel",
        numero="",
        destinataire=("Madame Hélène Dupont", "4 avenue de la République", "59000 LILLE"),
        lettre=Lettre(
            appel="Madame,",
            corps=(
                bloc(
                    f"Sauf erreur de notre part, notre facture F2026-019 de **{euros(1200)}**, à régler le 15 juin "
                    "2026, ne l’est pas encore. Un oubli est vite arrivé."
                ),
            ),
            encart_titre="D’ici au 18 juillet 2026",
            encart=(f"Merci de régler la somme de {euros(1200)} par virement.",),
            sommes=(
                Somme("tva", "Facture F2026-019, TTC", fr(1200)),
                Somme("tva", "Pénalités de retard", fr(0)),
                Somme("total", "À régler", euros(1200)),
            ),
            politesse="Bien cordialement,",
            signataire=("Claire Martin",),
        ),
        paiement=make_virement("1200", "F2026-019"),
    )


def make_relance_longue() -> Page:
    """Long names, large figures, hostile labels, words that nothing breaks."""
    page = make_mise_en_demeure()
    assert page.lettre and page.lettre.frise
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    first, *others = page.lettre.frise.reperes
    return replace(
        page,
        destinataire=make_adresse_longue().destinataire,
        objet=f"Facture F2026-019, {long} et associés",
        lettre=replace(
            page.lettre,
            frise=replace(
                page.lettre.frise,
                titre="</title></svg><script>1</script> & « échéance »",
                reperes=(replace(first, label="</text></svg><b>&"), *others),
            ),
            decomptes=(
                DecompteImprime(
                    f"Facture {long}-{long} du 15 mai 2026",
                    _REGLE * 3,
                    (
                        tranche("du 16 décembre 2025 au 30 juin 2026", 197, "12,15", "98765432109.87", "6476722883.88",
                                "6476722883.8787"),
                        LigneDecompte("mouvement", f"20 juillet 2026, paiement de {long}", fr("-98765432109.87"),
                                      detail="sur les intérêts, puis sur la somme due " * 4),
                        LigneDecompte("total", "Total", fr("6476722883.88"), "197"),
                    ),
                ),
            ),
            sommes=(
                Somme("tva", f"Facture {long}, TTC", fr("98765432109.87")),
                Somme("tva", "Pénalités de retard", fr("6476722883.88")),
                Somme("total", "À régler", euros("105242154993.75")),
            ),
            signataire=(f"{long} et Claire Martin", "présidente"),
            pieces=(long * 2, "Facture"),
        ),
        paiement=replace(make_virement("1", "F"), montant=euros("105242154993.75"), titulaire=long),
    )  # fmt: skip


def make_relance_anglaise() -> Page:
    """A notice in English: no French word is left on it but the names.

    1,200 x 12.15% x 15 / 365 = 5.9918; 1,200 x 12.40% x 10 / 365 = 4.0767; together 10.0685, so 10.07.
    """
    page = make_anglais()
    return replace(
        page,
        genre="relance",
        titre="Late payment reminder",
        numero=f"no.{NBSP}R2026-008",
        courant="Reminder R2026-008 of 10 July 2026, Atelier Nord for Smith Ltd",
        titre_pdf="Reminder R2026-008",
        date_iso="2026-07-10",
        metas=(Meta("Date", "10 July 2026"), Meta("Invoice", "F2026-040 of 15 May 2026")),
        objet="Invoice F2026-040, 25 days overdue",
        sections=(),
        sommes=(),
        en_lettres="",
        mentions=(),
        lettre=Lettre(
            appel="Dear Sir or Madam,",
            corps=(bloc("Our invoice F2026-040 for **€1,200.00** was payable by 15 June 2026. It is still unpaid."),),
            frise=Frise(
                "Payable by 15 June 2026, then 15 days at 12.15% and 10 days at 12.40%; payment expected by 18 July.",
                (
                    Repere(1.4, "15 June", "due date", "echeance", ancre="start"),
                    Repere(77.45, "30 June", "end of half-year", "semestre"),
                    Repere(127.76, "10 July", "account drawn up", "arrete"),
                    Repere(168.6, "18 July", "payment expected", "attendu", ancre="end"),
                ),
                (
                    Segment(1.4, 77.45, "15 days at 12.15%"),
                    Segment(77.45, 127.76, "10 days at 12.40%", "clair"),
                    Segment(127.76, 168.6, "", "fin"),
                ),
            ),
            decomptes=(
                DecompteImprime(
                    "Invoice F2026-040 of 15 May 2026, due on 15 June 2026",
                    "ECB rate plus 10 points",
                    (
                        LigneDecompte("tranche", "16 to 30 June 2026", "5.99", "15", "12.15%", "1,200.00", "5.9918"),
                        LigneDecompte("tranche", "1 to 10 July 2026", "4.08", "10", "12.40%", "1,200.00", "4.0767"),
                        LigneDecompte("total", "Sum", "10.07", "25"),
                    ),
                ),
            ),
            comptage="Interest is the amount multiplied by the rate and the days, divided by 365.",
            encart_titre="By 18 July 2026",
            encart=("Please pay €1,250.07 by transfer.",),
            sommes=(
                Somme("tva", "Invoice F2026-040", "1,200.00"),
                Somme("tva", "Late payment interest", "10.07"),
                Somme("tva", "Recovery costs", "40.00"),
                Somme("total", "Amount due", "€1,250.07"),
            ),
            textes=("Article L. 441-10 of the French commercial code: interest runs without a reminder.",),
            politesse="Yours faithfully,",
            signataire=("Claire Martin", "Managing director"),
            pieces=("Invoice F2026-040",),
        ),
        paiement=replace(page.paiement, montant="€1,250.07") if page.paiement else None,
    )


def make_courrier() -> Page:
    """A short letter: a promise that slips, said in time."""
    return Page(
        genre="courrier",
        titre="Report d’une livraison",
        numero="",
        courant="Report d’une livraison, 22 novembre 2026, Atelier Nord pour Dupont et Fils",
        titre_pdf="Report d’une livraison",
        auteur="Atelier Nord",
        date_iso="2026-11-22",
        metas=(Meta("Date", "22 novembre 2026"), Meta("Devis", "D2026-014")),
        emetteur=EMETTEUR,
        destinataire=ADRESSE,
        objet="Les maquettes seront livrées le 20 décembre 2026",
        lettre=Lettre(
            appel="Madame,",
            corps=(
                bloc(
                    "Nous vous avions promis les maquettes pour le **15 décembre 2026**. Elles ne seront pas prêtes à "
                    "cette date, et nous préférons vous le dire aujourd’hui."
                ),
                bloc("Les textes de la rubrique « Ateliers » nous sont parvenus huit jours après la date convenue."),
                bloc(f"Voici ce que nous vous proposons{NBSP}:"),
                bloc("- les maquettes des pages complètes vous parviennent le 15 décembre, comme prévu ;"),
                bloc("- celles de la rubrique « Ateliers » suivent le **20 décembre 2026**."),
            ),
            politesse=_SALUTATIONS,
            signataire=("Claire Martin", "présidente d’Atelier Nord"),
        ),
        pied=PIED,
        logo=LOGO,
    )  # fmt: skip


def make_courrier_long(count: int = 9) -> Page:
    """A letter of two pages: a table of prices, lists, a second level, what is joined."""
    page = make_courrier()
    paragraphe = (
        "Nos prix n’ont pas changé depuis janvier 2024. Depuis, le coût de nos hébergements a augmenté d’un quart et "
        "nous avons embauché une seconde développeuse, pour que vos demandes soient traitées sous deux jours. Nous "
        "avons absorbé ces hausses aussi longtemps que nous l’avons pu."
    )
    tarifs = tuple(
        (f"{designation.format(index + 1)}", unite, fr(prix), fr(Decimal(prix) * Decimal("1.05")))
        for index, (designation, _, unite, prix) in enumerate(_TRAVAUX * 3)
    )
    assert page.lettre
    return replace(
        page,
        titre="Évolution de nos tarifs",
        courant="Évolution de nos tarifs, 22 novembre 2026, Atelier Nord pour Dupont et Fils",
        titre_pdf="Évolution de nos tarifs",
        objet="Évolution de nos tarifs au 1er janvier 2027",
        lettre=replace(
            page.lettre,
            corps=(
                *(bloc(f"{number}. {paragraphe}") for number in range(1, 4)),
                Tableau(
                    "Nos tarifs au 1er janvier 2027, hors taxes",
                    ("Prestation", "Unité", "Aujourd’hui", "Nouveau"),
                    tarifs,
                    (2, 3),
                ),
                *(bloc(f"{number}. {paragraphe}") for number in range(4, count - 2)),
                bloc(f"Ce qui ne change pas{NBSP}:"),
                bloc("- les devis signés avant le 31 décembre gardent leurs prix ;"),
                bloc("- les contrats en cours :"),
                bloc("-- l’hébergement renforcé,"),
                bloc("-- la maintenance ;"),
                bloc("a) votre interlocutrice,"),
                bloc("b) nos délais."),
                *(bloc(f"{number}. {paragraphe}") for number in range(count - 2, count + 1)),
                Tableau(
                    "Nos promesses",
                    ("Date", "Ce que nous ferons"),
                    (("15 décembre 2026", "Vous appeler"), ("1er janvier 2027", "Appliquer les nouveaux tarifs")),
                ),
            ),
            pieces=("Grille des tarifs",),
        ),
    )  # fmt: skip


PAGES = {
    "devis": make_devis,
    "facture-60": make_facture,
    "facture-1": lambda: make_facture(1, gift=False),
    "facture-8": lambda: make_facture(8),
    "facture-12": lambda: make_facture(12),
    "facture-serree": lambda: make_facture(14, gift=False, sections=False),
    "facture-300": lambda: make_facture(300),
    "brouillon": make_brouillon,
    "offerte": make_offerte,
    "mots-longs": make_mots_longs,
    "adresse-longue": make_adresse_longue,
    "ttc": make_ttc,
    "franchise": make_franchise,
    "remise-globale": make_remise_globale,
    "solde": make_solde,
    "avoir": make_avoir,
    "anglais": make_anglais,
    "grands-nombres": make_grands_nombres,
    "conditions": make_conditions,
    "conditions-longues": lambda: make_conditions(40, chapitres=5),
    "conditions-anglaises": make_conditions_anglaises,
    "devis-annexe": make_devis_annexe,
    "brouillon-incomplet": make_brouillon_incomplet,
    "contrat": make_contrat,
    "relance": make_relance,
    "relance-payee": make_relance_payee,
    "mise-en-demeure": make_mise_en_demeure,
    "relances-2": lambda: make_relances(2),
    "relances-12": make_relances,
    "relance-particulier": make_relance_particulier,
    "relance-longue": make_relance_longue,
    "relance-anglaise": make_relance_anglaise,
    "courrier": make_courrier,
    "courrier-long": make_courrier_long,
}
"""Every page by name; a function, so that a test pays only for what it looks at."""
