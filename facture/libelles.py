"""The words that every page bears, in French and in English: titles, column heads, labels of sums."""

from __future__ import annotations

from dataclasses import dataclass

from facture.page import ThemeError
from facture.typo import NBSP

TEXTES_VERIFIES_LE = "2026-11-22"
"""Day when both columns of the labels were last read side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Textes:
    """Every fixed word of a page in one language; `{}` marks the place of a value.

    Why: a dataclass and not a dictionary, so that a label missing from one language is a type error rather
    than a French word on an English page.
    """

    titre_devis: str
    titre_facture: str
    titre_acompte: str
    titre_solde: str
    titre_situation: str
    titre_rectificative: str
    titre_avoir: str
    brouillon_de: str
    numero: str
    numero_a_attribuer: str
    courant: str
    courant_parties: str
    filigrane: str
    filigrane_duplicata: str

    meta_date: str
    meta_validite: str
    meta_echeance: str
    meta_prestation: str
    meta_periode: str
    meta_livraison: str
    meta_commande: str
    meta_reference: str
    meta_engagement: str
    meta_service: str
    meta_siren: str
    meta_siret: str
    meta_tva: str
    meta_devis: str
    meta_facture: str
    meta_motif: str

    designation: str
    quantite: str
    unite: str
    prix_ht: str
    prix_ttc: str
    prix: str
    tva: str
    montant_ht: str
    montant_ttc: str
    total: str
    sous_total: str
    a_reporter: str
    report: str
    page: str
    reference: str
    deux_points: str

    remise: str
    remise_sur: str
    offert: str
    offert_sans_motif: str
    options: str
    options_aide: str
    option_prix_ht: str
    option_prix_ttc: str

    valeur_reelle: str
    somme_offert: str
    somme_remises: str
    total_ht: str
    tva_sur: str
    tva_montant: str
    total_ttc: str
    net_a_payer: str
    net_a_rembourser: str
    acompte_demande: str
    solde_a_payer: str
    deja_regle: str

    ventilation: str
    ventilation_base: str
    ventilation_nette: str
    deductions: str
    deduction_ht: str
    deduction_tva: str
    deduction_ttc: str
    deduction_ensemble: str
    deduction_acompte: str
    reste_a_facturer: str

    conditions_de_reussite: str
    promesses: str
    echeancier: str
    en_lettres: str
    mentions: str
    notes: str
    articles: str
    livraison: str

    a_completer: str
    sommaire: str
    entre: str
    preambule: str
    annexes: str

    decompte_jours: str
    decompte_taux: str
    decompte_base: str
    decompte_interets: str
    piece: str
    pieces: str

    payer: str
    autres_moyens: str
    titulaire: str
    iban: str
    bic: str
    montant: str
    reference_paiement: str
    qr_titre: str
    qr_aide: str

    pour: str
    accord: str
    accord_detail: str


_FR = Textes(
    titre_devis="Devis",
    titre_facture="Facture",
    titre_acompte="Facture d’acompte",
    titre_solde="Facture de solde",
    titre_situation="Facture de situation",
    titre_rectificative="Facture rectificative",
    titre_avoir="Avoir",
    brouillon_de="Brouillon de {}",
    numero=f"n°{NBSP}{{}}",
    numero_a_attribuer=f"n°{NBSP}à attribuer",
    courant="{} du {}",
    courant_parties="{} pour {}",
    filigrane="BROUILLON",
    filigrane_duplicata="DUPLICATA",
    meta_date="Date",
    meta_validite="Valable jusqu’au",
    meta_echeance="À payer avant le",
    meta_prestation="Prestation",
    meta_periode="Période",
    meta_livraison="Livraison",
    meta_commande="Votre commande",
    meta_reference="Votre référence",
    meta_engagement="Engagement",
    meta_service="Code service",
    meta_siren="Votre SIREN",
    meta_siret="Votre SIRET",
    meta_tva="Votre TVA",
    meta_devis="Devis",
    meta_facture="Facture corrigée",
    meta_motif="Motif",
    designation="Désignation",
    quantite="Quantité",
    unite="Unité",
    prix_ht="Prix unitaire HT",
    prix_ttc="Prix unitaire TTC",
    prix="Prix unitaire",
    tva="TVA",
    montant_ht="Montant HT",
    montant_ttc="Montant TTC",
    total="Total",
    sous_total="Sous-total {}",
    a_reporter="À reporter",
    report="Report",
    page="page",
    reference="Réf. {}",
    deux_points=f"{NBSP}:",
    remise="Remise {}",
    remise_sur="sur {}",
    offert=f"Remise 100{NBSP}%, offert",
    offert_sans_motif="",
    options="En option, non comprise dans le total",
    options_aide="Cochez pour l’ajouter.",
    option_prix_ht="{} HT",
    option_prix_ttc="{} TTC",
    valeur_reelle="Valeur réelle",
    somme_offert="Offert",
    somme_remises="Remises",
    total_ht="Total HT",
    tva_sur="TVA {} sur {}",
    tva_montant="TVA",
    total_ttc="Total TTC",
    net_a_payer="Net à payer",
    net_a_rembourser="Net à votre crédit",
    acompte_demande="Acompte de {} à la commande",
    solde_a_payer="Solde",
    deja_regle="Déjà réglé",
    ventilation="Remise partagée entre les taux de TVA",
    ventilation_base="Base",
    ventilation_nette="Base nette",
    deductions="Acomptes déjà facturés",
    deduction_ht="HT",
    deduction_tva="TVA",
    deduction_ttc="TTC",
    deduction_ensemble="Ensemble de la commande",
    deduction_acompte=f"Acompte n°{NBSP}{{}} du {{}}",
    reste_a_facturer="Reste à facturer",
    conditions_de_reussite="Conditions de réussite",
    promesses="Nos promesses",
    echeancier="Échéancier",
    en_lettres="En toutes lettres",
    mentions="Conditions",
    notes="À savoir",
    articles="Conditions particulières",
    livraison="Adresse de livraison",
    a_completer="À compléter avant l’envoi",
    sommaire="Sommaire",
    entre="Entre",
    preambule="Préambule",
    annexes="Annexes",
    decompte_jours="Jours",
    decompte_taux="Taux annuel",
    decompte_base="Somme due",
    decompte_interets="Intérêts",
    piece="Pièce jointe",
    pieces="Pièces jointes",
    payer="Payer par virement",
    autres_moyens="Autres moyens de paiement",
    titulaire="Titulaire",
    iban="IBAN",
    bic="BIC",
    montant="Montant",
    reference_paiement="Référence",
    qr_titre=f"Code QR du virement{NBSP}: {{}} à {{}}, référence {{}}",
    qr_aide=(
        f"Ouvrez l’application de votre banque et visez ce code{NBSP}: le montant, l’IBAN et la référence se "
        "remplissent seuls."
    ),
    pour="Pour {}",
    accord="Bon pour accord, {}",
    accord_detail="Date, nom, qualité et signature du client",
)
_EN = Textes(
    titre_devis="Quotation",
    titre_facture="Invoice",
    titre_acompte="Deposit invoice",
    titre_solde="Final invoice",
    titre_situation="Progress invoice",
    titre_rectificative="Corrected invoice",
    titre_avoir="Credit note",
    brouillon_de="Draft {}",
    numero=f"No.{NBSP}{{}}",
    numero_a_attribuer=f"No.{NBSP}to be assigned",
    courant="{} of {}",
    courant_parties="{} for {}",
    filigrane="DRAFT",
    filigrane_duplicata="DUPLICATE",
    meta_date="Date",
    meta_validite="Valid until",
    meta_echeance="Payable by",
    meta_prestation="Service date",
    meta_periode="Period",
    meta_livraison="Delivery",
    meta_commande="Your order",
    meta_reference="Your reference",
    meta_engagement="Commitment no.",
    meta_service="Service code",
    meta_siren="Your SIREN",
    meta_siret="Your SIRET",
    meta_tva="Your VAT no.",
    meta_devis="Quotation",
    meta_facture="Invoice corrected",
    meta_motif="Reason",
    designation="Description",
    quantite="Quantity",
    unite="Unit",
    prix_ht="Unit price excl. VAT",
    prix_ttc="Unit price incl. VAT",
    prix="Unit price",
    tva="VAT",
    montant_ht="Amount excl. VAT",
    montant_ttc="Amount incl. VAT",
    total="Total",
    sous_total="Subtotal, {}",
    a_reporter="Carried forward",
    report="Brought forward",
    page="page",
    reference="Ref. {}",
    deux_points=":",
    remise="Discount {}",
    remise_sur="on {}",
    offert="100% discount, complimentary",
    offert_sans_motif="",
    options="Optional, not included in the total",
    options_aide="Tick to add it.",
    option_prix_ht="{} excl. VAT",
    option_prix_ttc="{} incl. VAT",
    valeur_reelle="Full value",
    somme_offert="Complimentary",
    somme_remises="Discounts",
    total_ht="Total excl. VAT",
    tva_sur="VAT {} on {}",
    tva_montant="VAT",
    total_ttc="Total incl. VAT",
    net_a_payer="Amount due",
    net_a_rembourser="Amount credited",
    acompte_demande="{} deposit with your order",
    solde_a_payer="Balance",
    deja_regle="Already paid",
    ventilation="Discount shared between VAT rates",
    ventilation_base="Base",
    ventilation_nette="Net base",
    deductions="Deposits already invoiced",
    deduction_ht="Excl. VAT",
    deduction_tva="VAT",
    deduction_ttc="Incl. VAT",
    deduction_ensemble="Whole order",
    deduction_acompte=f"Deposit no.{NBSP}{{}} of {{}}",
    reste_a_facturer="Left to invoice",
    conditions_de_reussite="What the work needs from you",
    promesses="Our promises",
    echeancier="Payment schedule",
    en_lettres="Amount in words",
    mentions="Terms",
    notes="Please note",
    articles="Special terms",
    livraison="Delivery address",
    a_completer="To be completed before sending",
    sommaire="Contents",
    entre="Between",
    preambule="Background",
    annexes="Schedules",
    decompte_jours="Days",
    decompte_taux="Yearly rate",
    decompte_base="Amount due",
    decompte_interets="Interest",
    piece="Enclosure",
    pieces="Enclosures",
    payer="Pay by bank transfer",
    autres_moyens="Other means of payment",
    titulaire="Account holder",
    iban="IBAN",
    bic="BIC",
    montant="Amount",
    reference_paiement="Reference",
    qr_titre="QR code for the transfer: {} to {}, reference {}",
    qr_aide=(
        "Open your banking app and point it at this code: the amount, the IBAN and the reference fill themselves in."
    ),
    pour="For {}",
    accord="Agreed, {}",
    accord_detail="Date, name, position and signature of the client",
)


def get_textes(langue: str) -> Textes:
    """Return the labels of `fr`, `fr-BE`, `fr-CH` or `en`.

    Raises: ThemeError for any other language; there is no default, or a page would be half in French.
    """
    racine = langue.split("-")[0].lower()
    if racine == "fr":
        return _FR
    if racine == "en":
        return _EN
    raise ThemeError(f"langue « {langue} » inconnue : les pages existent en fr, fr-BE, fr-CH et en")
