"""Every diagnostic the program can give: one code, one meaning, for ever.

Y: the YAML text. F: the grammar. M: money. L: the law. C: clauses. R: rendering. X: e-invoice and exports. A code is never given a
second meaning; a retired one stays listed. `facture explain CODE` and the reference page of docs/ are printed from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; the words are those of the command line and of its JSON."""

    ERREUR = "erreur"
    AVERTISSEMENT = "avertissement"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding.

    Attributes:
        titre: what it is, in a few words.
        explication: why it matters and how to mend it, for `facture explain`.
        advice: what to do, shown under the finding when the finding has no better one.
        law: the article it rests on, when there is one.
        severity: of the finding, unless the document decides (draft or numbered).
        exit_code: exit status it asks for.
    """

    code: str
    titre: str
    explication: str
    advice: str = ""
    law: str = ""
    severity: Severity = Severity.ERREUR
    exit_code: int = 1


class Famille(StrEnum):
    """First letters of the codes, and what they cover."""

    Y = "le texte YAML"
    F = "la grammaire : clés et valeurs"
    M = "l'argent"
    L = "la loi et les mentions"
    C = "les clauses"
    R = "le rendu"
    X = "la facture électronique et les exports"


_TABLE: tuple[Code, ...] = (
    # --- Y: YAML text ---
    Code(
        "Y101",
        "fichier qui n'est pas en UTF-8",
        "Un accent enregistré dans un ancien encodage (Latin-1, Windows-1252) deviendrait un autre caractère sur la facture. "
        "Enregistrez le fichier en UTF-8.",
        "enregistrez le fichier en UTF-8",
    ),
    Code(
        "Y103",
        "caractère invisible ou de contrôle",
        "Un caractère sans largeur, de contrôle ou d'inversion du sens de lecture peut faire dire au papier autre chose que ce "
        "que montre l'écran. Il vient souvent d'un copier-coller.",
        "effacez ce caractère, puis retapez le mot",
    ),
    Code(
        "Y104",
        "YAML mal formé",
        "Le texte ne suit pas la syntaxe de YAML. La position est celle où la lecture s'est arrêtée.",
    ),
    Code(
        "Y105",
        "clé en double",
        "Deux clés du même nom dans un même groupe : YAML garderait la dernière en silence. Les listes commencent par « - ».",
        "gardez une seule des deux ; pour deux lignes, commencez chacune par « - »",
    ),
    Code(
        "Y106",
        "étiquette YAML refusée",
        "Les étiquettes (« ! », « !! ») peuvent fabriquer n'importe quel objet : elles sont refusées.",
        "retirez l'étiquette, ou mettez le texte entre guillemets",
    ),
    Code(
        "Y107",
        "clé de fusion refusée",
        "« << » mêle deux groupes de clés sans que la ligne d'une erreur reste sûre.",
        "recopiez les clés, ou utilisez le catalogue (article:)",
    ),
    Code(
        "Y108",
        "plusieurs documents dans un fichier",
        "« --- » commence un second document YAML. Un fichier décrit un seul papier.",
        "un fichier par document",
    ),
    Code("Y109", "imbrication trop profonde", "Aucun document n'a besoin de tant de niveaux.", "revoyez les retraits"),
    Code(
        "Y110",
        "alias refusé",
        "Un alias (« * ») inconnu, circulaire, ou dont le développement est démesuré.",
        "recopiez la valeur au lieu de l'alias",
    ),
    Code("Y111", "fichier vide", "Il n'y a rien à lire dans ce fichier.", "commencez par : facture new devis"),
    Code(
        "Y112",
        "virgule entre accolades",
        "Dans {taux: 5,5 %}, YAML lit deux clés : « taux: 5 » et « 5 % ». Il faut des guillemets, ou un point.",
    ),
    Code(
        "Y113",
        "texte coupé par un dièse",
        "En YAML, « # » après une espace commence un commentaire : « Sprint #3 » devient « Sprint », « #0B5FA5 » devient vide.",
        "mettez le texte entre guillemets ; pour un commentaire, une espace après « # »",
    ),
    Code(
        "Y114",
        "deux-points dans un texte",
        "« Bienvenue : merci » contient « : », qui sépare une clé de sa valeur.",
        "mettez le texte entre guillemets",
    ),
    Code("Y115", "clé qui n'est pas un texte", "Une clé est un mot, suivi de « : ».", "écrivez « clé: valeur »"),
    Code(
        "Y116",
        "le fichier n'est pas un groupe de clés",
        "Un document est un groupe de clés : type, client, lignes…",
        "commencez par type: devis",
    ),
    Code("Y117", "tabulation", "YAML refuse les tabulations en début de ligne.", "remplacez-la par des espaces"),
    # --- F: grammar ---
    Code(
        "F201", "type de document absent ou inconnu", "« type » dit ce que le fichier décrit : devis, facture ou avoir."
    ),
    Code(
        "F202",
        "type pas encore produit (code retiré)",
        "Les premières versions réservaient des types sans les produire. Ils le sont désormais ; le code n'est plus donné.",
        "rien à faire",
    ),
    Code(
        "F203",
        "clé inconnue",
        "Une clé mal écrite serait ignorée en silence, et ce qu'elle dit manquerait sur le papier. La liste des clés est dans "
        "docs/reference.md, ou dans votre éditeur grâce au schéma.",
    ),
    Code(
        "F204",
        "mauvaise forme",
        "Un texte, une liste ou un groupe de clés est attendu à cet endroit, et c'en est un autre.",
    ),
    Code("F205", "nombre illisible", "Un nombre s'écrit 1234.56 ou 1234,56 : ni espace, ni symbole, ni exposant."),
    Code(
        "F206",
        "trop de chiffres",
        "Prix : 6 décimales ; quantités et taux : 4 ; montants : celles de la devise ; 12 chiffres avant la virgule. Rien n'est "
        "arrondi en silence.",
        "arrondissez vous-même : rien n'est arrondi en silence",
    ),
    Code("F207", "valeur hors bornes", "La valeur est trop grande, trop petite ou trop longue."),
    Code("F208", "date illisible", "Une date s'écrit année-mois-jour : 2026-11-22."),
    Code("F209", "valeur non admise", "Seules quelques valeurs sont admises ici."),
    Code(
        "F210",
        "clé sans valeur",
        "Une clé laissée vide, « ~ » ou « null » : rien ne dit ce qu'elle devrait valoir.",
        "complétez la valeur ou retirez la clé",
    ),
    Code(
        "F211",
        "offert et option à la fois",
        "Offert : le client le reçoit, sans le payer. Option : il ne le reçoit que s'il l'ajoute, en payant. L'un exclut l'autre.",
        "gardez « offert » si c'est donné, « option » si c'est proposé en plus",
    ),
    Code(
        "F212",
        "remise sur un cadeau ou une option",
        "Ce qui est offert est déjà remisé à 100 %, sur sa valeur réelle ; une option montre son prix.",
        "retirez la remise",
    ),
    Code(
        "F213",
        "remise ou part mal dite",
        "Un taux ou un montant : exactement l'un des deux.",
        "écrivez 10 %, 50, ou {taux: 10 %, motif: …}",
    ),
    Code(
        "F215",
        "liste vide",
        "Un document a au moins une ligne, une section aussi.",
        "ajoutez une ligne : - designation: …",
    ),
    Code("F216", "section dans une section", "Les sections ont un seul niveau.", "remontez cette section d'un niveau"),
    Code(
        "F217", "clé obligatoire manquante", "Sans cette clé, la ligne ou le groupe ne dit rien.", "ajoutez cette clé"
    ),
    Code(
        "F218",
        "délai illisible",
        "Un délai ou une date est attendu.",
        "exemples : 30 jours, 45 jours fin de mois, 2026-12-22",
    ),
    Code(
        "F219",
        "règle de pénalités illisible",
        "bce+10 : taux de la BCE plus dix points ; legal x 3 : trois fois le taux légal ; 12 % : taux fixe.",
    ),
    Code(
        "F220",
        "prix HT et TTC mêlés",
        "Un document est tout en prix HT ou tout en prix TTC : sinon, la somme des lignes ne dirait rien.",
        "mettez toutes les lignes en prix_unitaire, ou toutes en prix_unitaire_ttc",
    ),
    Code(
        "F221",
        "nature contradictoire",
        "Une nature de document (facture, acompte, solde…) et une nature d'opération (bien, service, mixte), une fois chacune.",
    ),
    Code("F222", "devise inconnue", "Trois lettres de la norme ISO 4217 : EUR, CHF, GBP…"),
    Code(
        "F223",
        "numéro mal écrit",
        "35 caractères au plus, parmi lettres sans accent, chiffres et + - _ / : c'est ce que la facture électronique admet.",
        law="BR-FR-01, BR-FR-02",
    ),
    Code(
        "F224",
        "numéro sans date",
        "Un document numéroté porte sa date : sans elle, le même fichier changerait chaque jour.",
        "ajoutez date: 2026-11-22",
        "CGI ann. II art. 242 nonies A, I-6°",
    ),
    Code(
        "F225",
        "autofacture",
        "Une facture établie par le client au nom du fournisseur suit d'autres règles, que ce programme ne traite pas.",
        "établissez la facture vous-même",
    ),
    Code(
        "F226",
        "facture rectifiée",
        "Une facture rectificative nomme celle qu'elle annule et remplace ; une autre facture n'en nomme aucune.",
        "ajoutez nature: rectificative et facture_rectifiee: {numero, date}",
    ),
    Code(
        "F227", "échéancier qui ne fait pas 100 %", "Les parts d'un échéancier font ensemble tout ce qui est à payer."
    ),
    Code(
        "F228",
        "acomptes déduits hors d'un solde",
        "« acomptes_verses » reprend des acomptes sur la facture de solde.",
        "ajoutez nature: solde",
        "BOI-TVA-DECLA-30-20-20-10 § 60",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "F229",
        "dates dans le désordre",
        "Une échéance, une validité ou la fin d'une période ne peut pas précéder son début.",
    ),
    Code(
        "F230",
        "référence introuvable",
        "Le fichier ou l'entrée nommé n'existe pas à côté du document ni dans le projet.",
        exit_code=3,
    ),
    Code(
        "F231",
        "référence hors du projet",
        "Un document ne lit que son dossier, ou le projet (facture.toml) qui le contient.",
        "déplacez le fichier dans le projet",
    ),
    Code(
        "F232",
        "référence circulaire",
        "Un fichier renvoie à lui-même, directement ou par un autre.",
        "coupez la boucle",
    ),
    Code(
        "F233", "référence d'un autre genre", "La clé attend une fiche d'un genre, et le fichier nommé est d'un autre."
    ),
    Code(
        "F234",
        "quantité négative refusée",
        "Une reprise se facture en quantité négative sur un devis ou une facture, jamais sur un cadeau, une option ou un avoir.",
    ),
    Code(
        "F235",
        "cadeau sans valeur",
        "Un cadeau à 0 ne montre rien au client : ce qui est offert s'écrit à sa vraie valeur.",
        "mettez le prix que vous auriez facturé",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "F236",
        "remise de 100 % qui ne dit pas son nom",
        "Une remise de 100 % est un cadeau : « offert » l'imprime comme tel et le compte dans ce que vous offrez.",
        "remplacez la remise par « offert: le motif »",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "F237",
        "devis sans numéro dans un contrat",
        "Un contrat signé renvoie à un devis précis, par son numéro et sa date.",
        "donnez un numéro au devis, ou retirez celui du contrat",
    ),
    Code(
        "F238",
        "clé manquante dans une lettre",
        "Une lettre dit ce que son lecteur attend : un retard sans nouvelle date, une hausse sans son chiffre ou une erreur sans "
        "sa réparation inquiètent plus qu'ils n'informent. Chaque modèle a ses clés indispensables.",
        "ajoutez cette clé",
    ),
    Code(
        "F239",
        "modèle de courrier inconnu",
        "Un courrier suit l'un des neuf modèles : hausse-tarifs, report-delai, erreur-assumee, mauvaise-nouvelle, suspension, "
        "reprise, renegociation, cadre-de-mission, fin-de-collaboration.",
        "écrivez modele: report-delai",
    ),
    Code(
        "F240",
        "facture nommée deux fois",
        "Une relance qui compte deux fois la même facture réclame deux fois la même somme.",
        "retirez l'une des deux",
    ),
    Code(
        "F241",
        "prix manquant",
        "Chaque ligne a un prix, même offerte : c'est sa valeur réelle.",
        "ajoutez prix_unitaire: 450",
    ),
    Code(
        "F242",
        "taux de TVA manquant",
        "Aucun taux n'est supposé : il est dit par la ligne, par le document, ou par une situation.",
        "ajoutez tva: 20 au document ou à la ligne",
        "CGI ann. II art. 242 nonies A, I-8°",
    ),
    Code(
        "F243",
        "numéro porté par plusieurs factures",
        "Le numéro nommé est celui de plusieurs fichiers : rien ne dit lequel relancer.",
        "nommez la facture par le chemin de son fichier",
    ),
    Code(
        "F244",
        "deux clés qui s'excluent dans une lettre",
        "Une hausse se dit prix par prix ou d'un seul pourcentage : les deux ensemble peuvent se contredire.",
        "gardez l'une des deux",
    ),
    Code(
        "F245",
        "fichier de modèle de lettre refusé",
        "Un fichier du dossier modeles/ de votre projet remplace, clé par clé, le texte d'une lettre : une ou deux langues (fr, "
        "en), et pour chacune objet, appel, texte, suite, politesse. Une clé mal écrite serait ignorée en silence.",
        "écrivez fr: puis, en retrait, les clés à remplacer",
    ),
    Code(
        "F246",
        "valeur inconnue dans le texte d'une lettre",
        "Le texte lit entre {{ et }} les valeurs de la lettre et celles de tout courrier ; un nom inconnu laisserait un trou.",
        "corrigez le nom, ou retirez-le du texte",
    ),
    Code(
        "F247",
        "emplacement inconnu ou mal placé",
        "Une liste ou un tableau s'imprime là où le texte porte son nom entre crochets, seul sur sa ligne : [tarifs].",
        "mettez l'emplacement seul sur sa ligne",
    ),
    Code(
        "F248",
        "mise en forme refusée dans le texte d'une lettre",
        "Une lettre est faite de paragraphes, de **gras**, d'*italique* et de listes ; le reste du Markdown et le HTML n'y sont pas "
        "admis.",
    ),
    Code(
        "F249",
        "balise refusée dans le texte d'une lettre",
        "Un texte lit des valeurs et choisit entre des phrases : {{ nom }}, {% if condition %} … {% endif %}. Il ne contient ni "
        "boucle, ni calcul, ni appel.",
    ),
    Code(
        "F290",
        "facture.toml illisible",
        "La configuration du projet ne peut pas être lue.",
        "corrigez facture.toml",
        exit_code=2,
    ),
    Code(
        "F291",
        "clé de configuration inconnue",
        "Une clé mal écrite dans facture.toml serait ignorée en silence.",
        exit_code=2,
    ),
    Code("F292", "valeur de configuration refusée", "La valeur n'a pas la forme attendue.", exit_code=2),
    # --- M: money ---
    Code(
        "M301",
        "remise plus grande que la ligne",
        "Une remise va jusqu'au montant de la ligne, pas au-delà.",
        "réduisez la remise, ou offrez la ligne",
    ),
    Code(
        "M302",
        "remise plus grande que le total",
        "La remise sur l'ensemble se répartit sur les totaux par taux : il faut quelque chose à remiser.",
        "réduisez la remise",
    ),
    Code(
        "M303",
        "total négatif",
        "Une facture, en tout ou pour un taux de TVA, ne descend pas sous zéro : ce qui est rendu au client est un avoir.",
        "faites un avoir : type: avoir",
        "CGI art. 289, I-5",
    ),
    Code(
        "M304",
        "contrôle en désaccord",
        "« controle » dit le total attendu ; le total calculé est autre. L'un des deux est faux.",
        "corrigez les lignes, ou le contrôle",
    ),
    Code(
        "M305",
        "payé plus que dû",
        "Les acomptes et les paiements dépassent le total de la facture.",
        "vérifiez les montants ; un trop-perçu se rend par un avoir",
    ),
    Code("M306", "acompte plus grand que le total", "Un acompte est une part du prix.", "réduisez l'acompte"),
    Code(
        "M307",
        "TVA d'un acompte à préciser",
        "Avec plusieurs taux, rien ne dit comment la TVA de l'acompte se partageait.",
        "ajoutez tva: {20: 80.00, 10: 5.00} à cet acompte",
    ),
    Code(
        "M308",
        "TVA d'un acompte impossible",
        "La TVA de l'acompte ne correspond pas aux lignes.",
        "reprenez les taux et montants de la facture d'acompte",
    ),
    Code("M309", "montant trop grand", "Les montants ont au plus douze chiffres avant la virgule."),
    Code(
        "M310",
        "paiement dans une autre devise",
        "Un paiement ne se déduit que dans la devise du document : rien ne dit à quel cours il a été converti.",
        "notez le montant reçu dans la devise de la facture",
    ),
    # --- L: law ---
    Code(
        "L401",
        "nom de l'émetteur manquant",
        "La facture porte le nom complet du vendeur.",
        "ajoutez nom: à l'émetteur",
        "CGI ann. II art. 242 nonies A, I-1°",
    ),
    Code(
        "L402",
        "adresse de l'émetteur manquante",
        "La facture porte l'adresse du vendeur.",
        "ajoutez adresse: {rue, code_postal, ville} à l'émetteur",
        "CGI ann. II art. 242 nonies A, I-1°",
    ),
    Code(
        "L403",
        "SIREN de l'émetteur manquant",
        "La facture porte le SIREN du vendeur.",
        "ajoutez siren: à l'émetteur",
        "CGI ann. II art. 242 nonies A, I-1°",
    ),
    Code(
        "L404",
        "numéro de TVA de l'émetteur manquant",
        "La facture porte le numéro de TVA du vendeur, sauf franchise en base et sauf facture de 150 € HT au plus.",
        "ajoutez tva_intra: à l'émetteur, ou regime_tva: franchise",
        "CGI ann. II art. 242 nonies A, I-2°",
    ),
    Code(
        "L405",
        "forme juridique manquante",
        "Elle décide des mentions d'identité : capital, RCS, « EI ».",
        "ajoutez forme_juridique: à l'émetteur",
        "C. com. art. R123-237, R123-238 et R526-27",
    ),
    Code(
        "L406",
        "capital social manquant",
        "Une société à capital imprime sa forme et son capital.",
        "ajoutez capital: à l'émetteur",
        "C. com. art. R123-238",
    ),
    Code(
        "L407",
        "ville du RCS manquante",
        "Une société imprime « RCS » et la ville de son greffe.",
        "ajoutez rcs: à l'émetteur",
        "C. com. art. R123-237",
    ),
    Code(
        "L408",
        "nom du client manquant",
        "La facture porte le nom complet du client.",
        "ajoutez client: avec un nom",
        "CGI ann. II art. 242 nonies A, I-1°",
    ),
    Code(
        "L409",
        "adresse du client manquante",
        "La facture porte l'adresse du client.",
        "ajoutez adresse: au client",
        "CGI ann. II art. 242 nonies A, I-1°",
    ),
    Code(
        "L410",
        "qualité du client inconnue",
        "Pénalités, 40 € et mentions dépendent du client : professionnel, particulier ou public.",
        "ajoutez qualite: professionnel, particulier ou public",
        "C. com. art. L441-10",
    ),
    Code(
        "L411",
        "SIREN du client manquant",
        "Le SIREN d'un client professionnel établi en France devient obligatoire sur les factures : depuis le 1er septembre 2026 pour les grandes et moyennes entreprises, le 1er septembre 2027 pour les autres. Sans lui, le PDF n'a pas de facture électronique : c'est l'adresse à laquelle une plateforme la remet.",
        "ajoutez siren: au client ; sans lui, ce PDF n'a pas de facture électronique",
        "CGI ann. II art. 242 nonies A, I-1° ; décret 2022-1299",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L412",
        "échéance manquante",
        "La facture porte la date à laquelle le paiement doit intervenir, une vraie date.",
        "ajoutez paiement: {echeance: 30 jours}",
        "C. com. art. L441-9",
    ),
    Code(
        "L413",
        "numéros de TVA manquants",
        "Livraison intracommunautaire ou autoliquidation : les numéros de TVA du vendeur et du client sont obligatoires.",
        "ajoutez tva_intra: aux deux parties",
        "CGI ann. II art. 242 nonies A, I-3° et 4°",
    ),
    Code(
        "L414",
        "validité du devis absente",
        "Sans durée, une offre tombe après un délai raisonnable, que personne ne connaît.",
        "ajoutez validite: 30 jours",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L415",
        "facture d'origine manquante",
        "Un avoir cite le numéro et la date de la facture qu'il corrige.",
        "ajoutez facture: {numero: F2026-031, date: 2026-11-22}",
        "CGI art. 289, I-5 ; BOI-TVA-DECLA-30-20-20-20 § 220",
    ),
    Code(
        "L416",
        "motif de l'avoir absent",
        "Dire pourquoi évite une question du client et de son comptable.",
        "ajoutez motif:",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L420",
        "SIREN faux",
        "Un SIREN a neuf chiffres et sa clé : un chiffre est faux, ou deux sont inversés.",
        "vérifiez le numéro sur annuaire-entreprises.data.gouv.fr",
        "C. com. art. R123-221",
    ),
    Code(
        "L421",
        "SIRET faux",
        "Un SIRET a quatorze chiffres, commence par le SIREN, et porte sa clé.",
        "vérifiez le numéro sur annuaire-entreprises.data.gouv.fr",
        "BR-FR-09",
    ),
    Code(
        "L422",
        "numéro de TVA faux",
        "La clé du numéro de TVA ne correspond pas, ou son SIREN n'est pas celui de la fiche.",
        "vérifiez le numéro sur le service VIES de la Commission européenne",
        "CGI ann. II art. 242 nonies A, I-2° à 4°",
    ),
    Code(
        "L423",
        "IBAN faux",
        "La clé de l'IBAN ne correspond pas : le client ne pourrait pas payer, ou paierait quelqu'un d'autre.",
        "recopiez l'IBAN depuis votre RIB",
        "ISO 13616 ; EN 16931 BT-84",
    ),
    Code(
        "L424",
        "BIC mal formé",
        "Un BIC a 8 ou 11 caractères.",
        "recopiez le BIC depuis votre RIB",
        "ISO 9362 ; EN 16931 BT-86",
    ),
    Code(
        "L425",
        "virement sans IBAN",
        "Le virement est proposé et rien ne dit où payer.",
        "ajoutez iban: à l'émetteur",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L426",
        "délai de paiement trop long",
        "Entre professionnels : 60 jours depuis la facture au plus, ou 45 jours fin de mois si c'est convenu. Acheteur public : 30 jours, sauf exceptions.",
        "raccourcissez l'échéance",
        "C. com. art. L441-10, I",
    ),
    Code(
        "L427",
        "TVA facturée en franchise",
        "En franchise en base, aucune TVA n'est facturée ; celle qui l'est par erreur est due.",
        "retirez le taux, ou corrigez regime_tva",
        "CGI art. 293 B et 293 E",
    ),
    Code(
        "L428",
        "TVA à donner en euros",
        "Une facture en devise donne la TVA en euros : il faut le cours, en unités de la devise pour un euro, comme la BCE le publie.",
        "ajoutez cours_eur: {taux, date, source} : combien d'unités de la devise vaut un euro",
        "CGI art. 289",
    ),
    Code(
        "L429",
        "cadeau de biens au-delà du seuil",
        "La TVA sur l'achat d'un bien offert n'est pas déductible au-delà d'un seuil par bénéficiaire et par an. Les services ne sont pas concernés. "
        "Sur un dossier, check additionne les factures d'une année civile.",
        "voyez avec votre comptable",
        "CGI ann. II art. 206, IV-2-3°",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L430",
        "numéro donné deux fois",
        "Le numéro d'une facture ou d'un avoir est unique : il n'est jamais réemployé, même après une annulation ou un "
        "refus. Ce constat demande à check les deux fichiers, ou le dossier qui les tient.",
        "si l'un est une copie, retirez-le ; sinon, donnez à l'un des deux le prochain numéro de sa série",
        "CGI ann. II art. 242 nonies A, I-7°",
    ),
    Code(
        "L431",
        "taux de TVA à zéro",
        "Un taux de 0 % n'existe presque jamais en France : c'est le plus souvent une exonération, qui a sa situation et sa mention.",
        "situations : franchise, autoliquidation, intracom, export, hors-ue, exonere-…",
        "CGI ann. II art. 242 nonies A, I-12°",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L432",
        "pénalités sous le plancher",
        "Entre professionnels, le taux convenu ne descend pas sous trois fois le taux d'intérêt légal.",
        "écrivez bce+10 ou legal x 3",
        "C. com. art. L441-10, II",
    ),
    Code(
        "L433",
        "situation de TVA mêlée à une autre",
        "« Hors champ » et « hors UE » (catégorie O) ne se mêlent pas à d'autres lignes sur une même facture.",
        "faites deux factures",
        "EN 16931 BR-O-11 à BR-O-14",
    ),
    Code(
        "L434",
        "intérêts moratoires d'un acheteur public",
        "Le taux des intérêts moratoires dus par un acheteur public est fixé par le code de la commande publique : BCE plus huit points. Il ne se négocie pas.",
        "retirez penalites, ou écrivez bce+8",
        "CCP art. R2192-31",
    ),
    Code(
        "L435",
        "mention de TVA dont le texte n'a plus cours",
        "Le code des impositions sur les biens et services (CIBS) prend la suite du CGI le 1er janvier 2027, et les références au CGI ne sont admises que jusqu'au 30 juin 2028. "
        "Pour un document plus récent, donnez le nouveau texte dans mentions.yaml, à la racine du projet, ou mettez le programme à jour.",
        "donnez le nouveau texte dans mentions.yaml, ou mettez le programme à jour",
        "Ordonnance 2025-1247 ; ordonnance 2026-671",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L436",
        "mention inconnue dans mentions.yaml",
        "Chaque clé de mentions.yaml nomme une mention que le programme imprime (penalites-bce, nature-service), ou une situation de TVA précédée de tva- (tva-franchise).",
        "docs/mentions.md donne les noms de toutes les mentions",
    ),
    Code(
        "L437",
        "valeur inconnue dans une mention",
        "Le texte qui remplace une mention reçoit les mêmes valeurs qu'elle, entre accolades : {points}, {indemnite}. Une accolade à imprimer se double.",
        "employez les valeurs de la mention, ou retirez les accolades",
    ),
    Code(
        "L438",
        "mention qui ne dit plus une de ses valeurs",
        "Un texte qui remplace une mention dit tout ce qu'elle disait : un taux ou un nom change d'un document à l'autre, et ne peut venir que de sa valeur entre accolades. "
        "Seul un montant que la loi fixe peut être écrit en chiffres : 40 €.",
        "remettez la valeur entre accolades",
    ),
    Code(
        "L439",
        "dates d'une mention qui se contredisent",
        "Un texte vaut de depuis à jusqu_au, ces deux jours compris. Deux textes d'une même mention ne valent pas le même jour.",
        "corrigez depuis: ou jusqu_au:",
    ),
    Code(
        "L440",
        "série de numéros rompue",
        "Les numéros d'une série se suivent, sans trou, dans l'ordre des dates. Une série, ce sont les numéros qui ne "
        "diffèrent que par leur compteur ; elle peut repartir de 1 chaque année, ou chaque mois, quand le numéro le dit. "
        "Un numéro manquant n'est signalé que dans factures/ et avoirs/ d'un projet, quand check les a lus en entier.",
        "retrouvez ce qui manque, corrigez la date si elle est fausse, ou gardez par écrit ce qui l'explique",
        "CGI ann. II art. 242 nonies A, I-7°",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L441",
        "taux absent de la table",
        "Les intérêts de retard suivent le taux de chaque semestre. Un taux qui n'est pas dans la table n'est jamais supposé égal au précédent : "
        "ajoutez-le à taux.yaml, à la racine du projet, avec sa source et la date où vous l'avez lu.",
        "ajoutez le semestre à taux.yaml : bce 2027-01-01: {valeur: …, source: …, verifie_le: …}",
        "C. com. art. L441-10, II",
        exit_code=5,
    ),
    Code(
        "L442",
        "taux qui n'est pas reconnu",
        "Chaque ligne de taux.yaml nomme un taux (bce, legal, legal-particuliers) et le premier jour de son semestre.",
        "exemple : bce 2027-01-01: {valeur: …, source: …, verifie_le: …}",
    ),
    Code(
        "L443",
        "date qui n'ouvre pas un semestre",
        "Le taux retenu est celui en vigueur le 1er janvier ou le 1er juillet, et il vaut tout le semestre : un changement entre les deux ne compte pas.",
        "écrivez le 1er janvier ou le 1er juillet",
        "C. com. art. L441-10, II",
    ),
    Code(
        "L444",
        "taux incomplet",
        "Un taux réclamé à un client se justifie : il faut sa valeur, l'endroit où elle a été lue, et le jour où elle l'a été.",
        "exemple : {valeur: 2.65, source: https://www.ecb.europa.eu, verifie_le: 2027-01-04}",
    ),
    Code(
        "L445",
        "pénalités convenues avec un particulier",
        "Un particulier doit l'intérêt légal, à partir de la mise en demeure. Une pénalité plus lourde, qui ne joue "
        "que pour vous, risque d'être jugée abusive.",
        "retirez penalites : le taux légal s'applique",
        "C. conso. art. R212-2, 3° ; C. civ. art. 1231-6",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L446",
        "procédure collective antérieure à la facture",
        "Le jugement d'ouverture arrête les intérêts et interdit de payer ce qui était dû avant lui. Une facture "
        "postérieure, pour un travail postérieur, se paie à son échéance : ses pénalités courent.",
        "si le travail est postérieur au jugement, retirez procedure_collective",
        "C. com. art. L622-7 et L622-28",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L447",
        "taux de la BCE peut-être déjà majoré",
        "Le taux à écrire est celui de la Banque centrale européenne seul : facture ajoute les points de la règle. Un "
        "écart de plus de trois points d'un semestre à l'autre n'a pas été vu depuis 2009.",
        "écrivez le taux de la BCE sans majoration, ou vérifiez-le à sa source",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L448",
        "acompte et solde qui ne se répondent pas",
        "Le solde déduit chaque acompte déjà facturé pour son devis, avec le numéro, la date, le montant et la TVA de sa "
        "facture. Une autre date ou un autre montant est une erreur : la TVA serait payée deux fois, ou pas assez. Un "
        "acompte oublié, ou qui semble être celui d'un autre travail, est un avertissement.",
        "recopiez le numéro, la date, le montant et la TVA de la facture d'acompte",
        "CGI art. 289, I-1-c",
    ),
    Code(
        "L449",
        "avoir et facture qui ne se répondent pas",
        "Un avoir, ou une facture rectificative, désigne la facture qu'il corrige par son numéro et sa date. Une autre date "
        "est une erreur. Un autre client, ou des avoirs qui dépassent ensemble la facture, sont un avertissement.",
        "recopiez le numéro et la date de la facture corrigée",
        "CGI art. 289, I-5",
    ),
    Code(
        "L450",
        "facture sans échéance",
        "Le retard se compte du lendemain de l'échéance : sans elle, rien n'est calculé, et rien n'est deviné.",
        "écrivez paiement: {echeance: 30 jours}, ou la date",
        "C. com. art. L441-10, I",
    ),
    Code(
        "L451",
        "paiement plus grand que ce qui était dû",
        "Un paiement éteint les intérêts échus, puis le principal, puis l'indemnité de recouvrement. Ce qui dépasse "
        "est à rendre ou à compter sur une autre facture : c'est à vous d'en décider.",
        "vérifiez le montant et la date ; notez le surplus sur la facture qu'il paie",
    ),
    Code(
        "L452",
        "paiement antérieur à la facture",
        "Un paiement reçu avant la facture, ou le jour même, est déjà déduit de son net à payer : il ne court aucun "
        "intérêt sur lui. Une avance facturée à part est un acompte.",
        "vérifiez la date ; une avance facturée se note dans acomptes_verses",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L453",
        "avoir plus grand que ce qui restait dû",
        "Un avoir réduit ce que la facture demande, à sa propre date. S'il dépasse ce qui restait à payer, le client "
        "a payé trop : la différence est à lui rendre. Le calcul n'en compte que ce qui restait.",
        "rendez la différence au client, ou vérifiez les règlements et le montant de l'avoir",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L454",
        "taux convenu sous le plancher d'un semestre",
        "Entre professionnels, le taux convenu ne descend pas sous trois fois le taux d'intérêt légal, qui change "
        "chaque semestre. Le calcul suit la règle écrite : rien n'est relevé en silence.",
        "écrivez bce+10 ou legal x 3, au moins sur vos prochaines factures",
        "C. com. art. L441-10, II",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L455",
        "table des taux bientôt épuisée",
        "Les taux changent le 1er janvier et le 1er juillet. Une facture encore ouverte passe bientôt dans un "
        "semestre que la table ne connaît pas : ses pénalités ne pourront pas être calculées.",
        "ajoutez le semestre à taux.yaml dès sa publication ; facture rates montre la table",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L456",
        "suspension sans mise en demeure d'un particulier",
        "Suspendre une prestation envers un particulier qui n'a pas été mis en demeure se plaide mal : envoyez "
        "d'abord la mise en demeure (niveau 4), et notez sa date sur la facture.",
        "envoyez d'abord la mise en demeure (niveau 4), puis notez sa date sur la facture : mise_en_demeure: 2026-11-22",
        "C. civ. art. 1231-6",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L457",
        "relance d'un brouillon",
        "Une facture sans numéro n'a pas été émise : rien n'est dû.",
        "donnez-lui un numéro et une date",
    ),
    Code(
        "L458",
        "factures qui ne vont pas dans une même relance",
        "Une relance réunit les factures d'un même émetteur à un même client, dans une même devise.",
        "faites une relance par client et par devise",
    ),
    Code(
        "L459",
        "facture qui n'est pas en retard",
        "Une relance demande ce qui est échu et impayé au jour où elle est arrêtée.",
        "retirez-la de la relance, ou vérifiez la date et les règlements",
    ),
    Code(
        "L460",
        "lettre qui reste vague",
        "« Dès que possible » ou « quelques » ne disent rien à qui attend : une date, un chiffre ou un nom se vérifient, et "
        "rassurent.",
        "écrivez une date, un chiffre ou un nom",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L461",
        "dates d'une lettre qui se contredisent",
        "Une nouvelle date vient après l'ancienne, une réponse après la lettre, une promesse après le jour où elle est faite.",
        "vérifiez ces deux dates",
    ),
    Code(
        "L462",
        "hausse annoncée moins de 30 jours avant",
        "Aucun texte ne fixe de préavis général entre professionnels : le contrat décide, puis la bonne foi. L'usage laisse au "
        "client de 30 à 90 jours pour s'organiser ou partir.",
        "vérifiez le préavis du contrat, ou reculez la date",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L463",
        "hausse imposée à un particulier en cours de contrat",
        "Modifier seul le prix d'un contrat en cours avec un consommateur est une clause abusive, sans preuve contraire possible. "
        "Les nouveaux prix peuvent valoir pour ses prochaines commandes.",
        "écrivez contrat_en_cours: non, et gardez son prix jusqu'au terme",
        "C. conso. art. R212-1, 3°",
    ),
    Code(
        "L464",
        "retard annoncé après la date promise",
        "Une lettre reçue avant la date promise laisse au client le temps de s'organiser ; après, elle constate ce qu'il sait déjà.",
        "la lettre reste utile ; la prochaine fois, écrivez dès que le retard est sûr",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L465",
        "suspension à mesurer",
        "Celui qui n'est pas payé peut suspendre ce qu'il doit si le manquement est assez grave : la réponse reste proportionnée, et "
        "le contrat prévaut. La fourniture d'énergie, d'eau ou de téléphone a ses propres règles.",
        "nommez ce qui s'arrête, et sous « continue » ce qui se poursuit",
        "C. civ. art. 1219 et 1220",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L466",
        "clé que le texte de la lettre n'imprime pas",
        "Le modèle de cette lettre, ou le texte par lequel vous le remplacez, ne dit rien de cette clé : votre client ne la lirait "
        "pas.",
        "ajoutez-la au texte du modèle, ou retirez la clé",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L467",
        "hausse qui n'en est pas une",
        "Le nouveau prix n'est pas plus haut que l'ancien : une baisse est une bonne nouvelle, et un prix inchangé n'a rien à "
        "faire dans la liste.",
        "vérifiez les deux prix",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L468",
        "prestation nommée deux fois",
        "Deux prix pour une même prestation : le client ne sait pas lequel vaut pour lui.",
        "réunissez les deux lignes, ou précisez leurs noms",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L469",
        "fin de collaboration sans préavis",
        "Rompre une relation commerciale établie demande un préavis écrit, à la mesure de sa durée. Le dire protège les deux "
        "parties.",
        "ajoutez preavis: ce qui était convenu, et comment il est tenu",
        "C. com. art. L442-1, II",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L470",
        "trop de promesses pour une même semaine",
        "Une promesse est une dette. Quand trop d'entre elles tombent la même semaine, l'une au moins sera rompue : mieux "
        "vaut en déplacer une maintenant, tant que le client peut s'organiser. Le nombre au-delà duquel c'est trop se "
        "règle dans facture.toml : [relances], promesses_par_semaine (3 par défaut).",
        "renégociez celle qui peut attendre : facture promises renegotiate FICHIER",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L471",
        "promesse renégociée après son échéance",
        "Une nouvelle date donnée avant l'ancienne est une renégociation ; donnée après, elle répare un retard. La lettre "
        "part quand même, et l'historique garde les deux dates.",
        "la lettre reste utile ; la prochaine fois, prévenez dès que la date paraît douteuse",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L472",
        "livraison intracommunautaire qui n'en est pas une",
        "« intracom » exonère des biens expédiés de France à un client assujetti, vers un autre État de l'Union européenne, sous le numéro de TVA qu'il y a. Un particulier paie la TVA ; un service suit une autre règle.",
        "changez la situation de TVA",
        "CGI art. 262 ter, I",
    ),
    Code(
        "L473",
        "exportation qui n'en est pas une",
        "« export » exonère des biens qui quittent l'Union européenne, preuve de sortie à l'appui. Un service, ou une livraison qui reste en Europe, suit une autre règle.",
        "changez la situation de TVA",
        "CGI art. 262, I",
    ),
    Code(
        "L474",
        "service hors de l'Union européenne qui n'en est pas un",
        "« hors-ue » vaut pour un service rendu à un client établi hors de l'Union européenne. Entre assujettis, la TVA française n'est pas due ; à un particulier, elle l'est souvent.",
        "changez la situation de TVA",
        "CGI art. 259-1°",
    ),
    Code(
        "L475",
        "autoliquidation impossible",
        "C'est le client qui déclare la TVA : il lui faut être assujetti, en France ou dans un autre État de l'Union européenne. Dans l'Union, elle vaut pour des services ; un bien livré est « intracom ».",
        "changez la situation de TVA",
        "CGI art. 283-2 ; directive 2006/112/CE art. 196",
    ),
    Code(
        "L476",
        "autoliquidation en franchise",
        "Un émetteur en franchise en base ne facture pas de TVA, et son client n'a pas à en déclarer : la franchise l'emporte sur l'autoliquidation, même en sous-traitance.",
        "écrivez tva: franchise, ou retirez tva",
        "CGI art. 293 B",
    ),
    Code(
        "L477",
        "régime de TVA contradictoire",
        "L'émetteur facture la TVA, et ce document se dit en franchise. L'un des deux est faux, sauf si vous avez deux activités dont une seule est en franchise.",
        "corrigez regime_tva, ou mettez le taux",
        "CGI art. 293 B et 293 E",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L478",
        "régime de la marge mal employé",
        "Le régime de la marge vaut pour des biens d'occasion, achetés à qui n'a pas facturé de TVA. Le même article ne se vend pas sur une facture avec et sans ce régime.",
        "gardez un seul régime pour cet article",
        "CGI art. 297 A",
    ),
    Code(
        "L479",
        "taux de TVA inconnu en France",
        "Une facture ne porte que les taux que la France applique, ou a appliqués.",
        "corrigez le taux",
        "CGI art. 278 à 281 ; BR-FR-16",
    ),
    Code(
        "L480",
        "taux de TVA d'une autre époque",
        "Le taux est celui du jour de l'opération. Une opération ancienne garde le sien : dites sa date.",
        "corrigez le taux, ou ajoutez date_prestation: le jour de l'opération",
        "CGI art. 278 et 279",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L481",
        "taux de TVA d'un autre territoire",
        "La Corse et l'outre-mer ont des taux qui leur sont propres : aucune adresse de ce document ne s'y trouve, ou toutes s'y trouvent.",
        "vérifiez le taux, ou ajoutez l'adresse de livraison",
        "CGI art. 297",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L482",
        "taux réduit de travaux sans certificat",
        "Les taux de 10 % et de 5,5 % valent pour un logement achevé depuis plus de deux ans. Le client le certifie sur le devis ou la facture, qui impriment alors la phrase à signer.",
        "ajoutez logement_plus_de_deux_ans: oui sous travaux, ou mettez le taux de 20 %",
        "CGI art. 279-0 bis et 278-0 bis A ; loi 2025-127 art. 41",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L483",
        "devis de travaux incomplet",
        "Le devis de travaux à un particulier dit le lieu d'exécution et les frais de déplacement, même s'il n'y en a pas.",
        "complétez le groupe travaux",
        "Arrêté du 24 janvier 2017",
    ),
    Code(
        "L484",
        "travaux sans décompte",
        "Le devis de travaux à un particulier compte chaque prestation et chaque produit : unité, quantité prévue, prix unitaire. Un nombre entier de pièces se passe d'unité.",
        "ajoutez unite: heure, m², forfait… et quantite:",
        "Arrêté du 24 janvier 2017",
    ),
    Code(
        "L485",
        "déchets du chantier",
        "Le devis de travaux dit la quantité de déchets attendue, leur tri, leur enlèvement, où ils sont portés, et ce que cela coûte.",
        "ajoutez dechets: quantité, tri, lieu de collecte et coût, sous travaux",
        "C. env. art. L541-21-2-3",
    ),
    Code(
        "L486",
        "assurance des travaux",
        "Qui fait des travaux relevant de la garantie décennale joint l'attestation de son assurance au devis et à la facture, et y nomme l'assureur. D'autres travaux n'en relèvent pas.",
        "ajoutez assurance: {assureur, adresse, contrat, couverture} à l'émetteur, si ces travaux en relèvent",
        "C. assur. art. L243-2",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L487",
        "contrat hors établissement",
        "Le contrat signé avec un particulier ailleurs que dans vos locaux dit son droit de rétractation et porte le formulaire qui l'exerce, sinon il est nul. L'information oubliée prolonge le délai de douze mois.",
        "ajoutez clauses: [retractation, formulaire-de-retractation], ou dites dans notes que le formulaire de rétractation est joint",
        "C. conso. art. L221-5, L221-9 et L242-1",
    ),
    Code(
        "L488",
        "paiement dans les sept jours d'un contrat hors établissement",
        "Aucun paiement n'est reçu avant sept jours après la signature, chez lui, d'un particulier. Une réparation urgente qu'il demande n'est pas concernée : retirez alors hors_etablissement.",
        "demandez-le plus tard : paiement: {echeancier: [{part: 30 %, quand: au début des travaux}, …]}",
        "C. conso. art. L221-10",
    ),
    Code(
        "L489",
        "médiateur de la consommation absent",
        "Le particulier est informé du médiateur dont vous relevez : nom, adresse et site, sur le devis ou les conditions.",
        "ajoutez mediateur: {nom, adresse, site} à l'émetteur",
        "C. conso. art. L616-1",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L490",
        "indemnité de professionnels réclamée à un particulier",
        "L'indemnité de 40 € et les pénalités du code de commerce ne se doivent qu'entre professionnels. Le programme les imprime de lui-même quand il le faut.",
        "retirez cette phrase, ou gardez-la pour vos clients professionnels",
        "C. com. art. L441-10 ; C. conso. art. R212-2, 3°",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L491",
        "prix TTC à un professionnel",
        "La facture d'un professionnel porte le prix unitaire hors taxe de chaque ligne.",
        "écrivez les prix hors taxe : prix_unitaire",
        "CGI ann. II art. 242 nonies A, I-8° ; C. com. art. L441-9",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L492",
        "espèces au-delà de la limite",
        "Un client qui réside en France ne paie pas un professionnel en espèces au-delà d'une limite.",
        "ajoutez un autre moyen : moyens: [especes, virement]",
    ),
    Code(
        "L493",
        "acheteur public sans SIRET",
        "Les factures du secteur public se déposent sur Chorus Pro, qui y retrouve l'acheteur par son SIRET.",
        "ajoutez siret: au client",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L494",
        "facture avant la prestation",
        "Ce qui est facturé avant d'être fait est un acompte. Un abonnement, compté en mois ou en années, se facture d'avance.",
        "écrivez nature: acompte, ou attendez la fin de la prestation",
        "CGI art. 289, I-1-c",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L495",
        "solde sans acompte",
        "Une facture de solde cite les factures d'acompte qu'elle déduit.",
        "ajoutez acomptes_verses: [{numero, date, montant_ttc}], ou retirez nature: solde",
        "BOI-TVA-DECLA-30-20-20-10 § 60",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L496",
        "acompte mal repris",
        "Un acompte se déduit une fois, sur une facture qui vient après la sienne.",
        "vérifiez les acomptes repris",
        "BOI-TVA-DECLA-30-20-20-10 § 60",
    ),
    Code(
        "L497",
        "document qui cite son propre numéro",
        "Un avoir, une facture rectificative ou un solde a son numéro ; il cite celui d'une autre facture. Un numéro ne sert qu'une fois.",
        "donnez à ce document le numéro suivant de votre série",
        "CGI art. 289, I-5 ; ann. II art. 242 nonies A, I-7°",
    ),
    Code(
        "L498",
        "identité qui se contredit",
        "La fiche de l'émetteur dit deux choses qui ne vont pas ensemble, ou une de trop.",
        "corrigez la fiche de l'émetteur",
        "C. com. art. R123-237 et R123-238 ; CGI ann. II art. 242 nonies A, I-2°",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "L499",
        "bien ou service ?",
        "La facture dit si elle vend des biens, des services ou les deux. Une ligne qui n'en dit rien est un service ; celle-ci se compte comme un bien.",
        "ajoutez nature: bien à la ligne ou au document, ou nature: service",
        "CGI ann. II art. 242 nonies A, I-8° bis",
        severity=Severity.AVERTISSEMENT,
    ),
    # --- C: clauses ---
    Code(
        "C501",
        "clauses et conditions pas encore imprimées (code retiré)",
        "Les premières versions acceptaient ces clés sans les imprimer. Elles s'impriment désormais ; le code n'est plus donné.",
        "rien à faire",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "C502",
        "clause introuvable",
        "Aucune bibliothèque de ce projet n'a cette clause, ou pas dans cette version.",
        "facture clause list montre celles qui existent",
        exit_code=3,
    ),
    Code(
        "C503",
        "bibliothèque absente",
        "Une bibliothèque nommée par facture.toml n'est pas là : dossier déplacé, paquet non installé, ou dépôt git qui n'a jamais été récupéré sur cette machine. Le rendu ne va jamais sur le réseau.",
        "récupérez-la : facture library sync",
        exit_code=3,
    ),
    Code(
        "C504",
        "valeur pour une variable inconnue",
        "La clause n'a pas de variable de ce nom : la valeur serait perdue sans bruit.",
        "facture clause show montre ses variables",
    ),
    Code(
        "C505",
        "valeur de clause manquante",
        "La clause laisse un trou que rien ne remplit. Un brouillon le montre en couleur ; un document numéroté est refusé.",
        "donnez la valeur à côté de la clause",
    ),
    Code(
        "C506",
        "valeur de clause refusée",
        "La valeur n'a pas le type que la variable demande, ou sort de ses bornes.",
    ),
    Code(
        "C507",
        "renvoi vers une clause absente",
        "« [[…]] » s'imprime comme le numéro d'une autre clause : celle-ci n'est pas sur le document, ou sa condition est fausse.",
        "ajoutez la clause citée, ou récrivez la phrase sans renvoi",
    ),
    Code(
        "C508",
        "clauses qui se requièrent en cercle",
        "Chaque clause du cercle attend la suivante : aucune ne peut venir la première.",
        "retirez un des « requiert »",
    ),
    Code(
        "C509",
        "clause requise absente",
        "Cette clause n'a pas de sens sans une autre, qui manque ici ou ne s'adresse pas au même public.",
        "ajoutez la clause requise, ou retirez celle-ci",
    ),
    Code(
        "C510",
        "clauses incompatibles",
        "Deux clauses du document se contredisent, et l'une d'elles le dit.",
        "gardez l'une ou l'autre",
    ),
    Code(
        "C511",
        "clause pour un autre public",
        "La clause est écrite pour un autre public que ce client : une clause de professionnels serait souvent abusive, donc réputée non écrite, face à un particulier.",
        "prenez la variante écrite pour ce public",
        "C. conso. art. L212-1 et R212-1",
    ),
    Code(
        "C512",
        "clause masquée",
        "Deux bibliothèques ont une clause de ce nom : la plus proche l'emporte, et l'autre est oubliée.",
        "nommez-la « bibliotheque:clause », écrivez « remplace: [bibliotheque:clause] » dans la plus proche, ou épinglez-la : facture library update",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "C513",
        "clause à relire",
        "La clause n'a pas été relue depuis plus d'un an, ou ne dit pas quand elle l'a été : le droit a pu changer.",
        "relisez-la, puis mettez à jour verifie_le",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "C514",
        "texte qui contredit les conditions de paiement",
        "Une clause ou une note annonce un délai, un taux ou un escompte ; le document en applique un autre. Une seule valeur gouverne le texte et l'argent.",
        "retirez l'un des deux, ou mettez-les d'accord",
        "C. com. art. L441-10",
    ),
    Code(
        "C515",
        "deux valeurs pour une même chose",
        "La même variable, ou le même réglage, reçoit deux valeurs différentes.",
        "gardez-en une",
    ),
    Code(
        "C516",
        "texte de clause mal écrit",
        "Une accolade, une condition ou un filtre du texte ne se lit pas.",
    ),
    Code(
        "C517",
        "construction interdite dans une clause",
        "Une clause peut venir de quelqu'un d'autre : elle affiche des valeurs et choisit entre des phrases, rien de plus. Ni boucle, ni calcul, ni appel.",
        "gardez {{ valeur }}, {% if %} et les comparaisons",
    ),
    Code(
        "C518",
        "mise en forme refusée",
        "Le texte d'une clause est du Markdown simple : paragraphes, gras, italique et listes. Ni HTML, ni titre, ni lien, ni image.",
    ),
    Code(
        "C519",
        "versions d'une clause en désordre",
        "Les versions d'une clause se suivent de 1 à la version courante, les anciennes dans anciennes/ : un document ancien doit pouvoir s'imprimer de nouveau.",
        "facture clause revise range l'ancienne version avant d'en écrire une nouvelle",
    ),
    Code(
        "C520",
        "nom de fichier et identifiant différents",
        "Une clause se trouve par le nom de son fichier, qui est son identifiant.",
        "renommez le fichier ou changez « id »",
    ),
    Code(
        "C521",
        "texte changé sous son empreinte",
        "Le texte de cette clause n'est plus celui que facture.lock a épinglé : ce qui serait imprimé n'est pas ce qui a été relu.",
        "relisez le changement, puis facture library update pour l'accepter",
        exit_code=4,
    ),
    Code(
        "C522",
        "facture.lock illisible",
        "Ce fichier est écrit par facture ; il a été abîmé, ou fusionné à moitié.",
        "facture library update l'écrit de nouveau",
        exit_code=2,
    ),
    Code(
        "C523",
        "clause pas encore épinglée",
        "facture.lock existe et ne connaît pas cette clause : son texte pourrait changer sans qu'on le voie.",
        "épinglez-la : facture library update",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "C524",
        "clause citée deux fois",
        "La même clause est nommée deux fois sur le document.",
        "gardez-en une",
    ),
    Code(
        "C525",
        "modèle de conditions inconnu",
        "Aucune bibliothèque n'a de modèle de ce nom.",
        "facture clause list --modeles les montre",
        exit_code=3,
    ),
    Code(
        "C526",
        "thème sans clause",
        "Aucune clause des bibliothèques n'est de ce thème.",
        "facture clause list montre les thèmes",
    ),
    Code(
        "C527",
        "clé de clause manquante",
        "Une clause a au moins un identifiant, un titre et un texte ; un modèle, un titre et des clauses.",
        "ajoutez cette clé",
    ),
    Code(
        "C528",
        "nom inconnu dans une clause",
        "Le texte ou la condition lit un nom qui n'est ni une variable de la clause ni un fait du document.",
    ),
    Code(
        "C529",
        "variable inutile",
        "La variable est déclarée, et le texte ne s'en sert pas.",
        "retirez-la, ou servez-vous-en",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "C530",
        "condition illisible",
        "« quand » est une condition sur le document : des faits, des comparaisons, and, or, not.",
        'exemple : client.qualite == "professionnel"',
    ),
    Code(
        "C531",
        "clause dont la condition est fausse",
        "La clause est nommée sur le document, mais son « quand » ne tient pas pour lui : elle ne s'imprime pas.",
        "retirez-la du document, ou prenez une autre variante",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "C532",
        "clause trop longue",
        "Une clause a une taille bornée, pour rester lisible et pour qu'un fichier étranger n'arrête pas le programme.",
        "coupez-la en deux clauses",
    ),
    Code(
        "C533",
        "deux variantes d'une même clause",
        "Les clauses d'une famille sont des variantes : le document en porte une seule pour un public donné.",
        "gardez une variante",
    ),
    Code(
        "C534",
        "bibliothèque changée en amont",
        "Le dépôt a avancé depuis que facture.lock l'a épinglé. Rien n'est changé ici tant que vous ne l'acceptez pas.",
        "relisez les changements, puis facture library update",
        exit_code=4,
    ),
    Code(
        "C535",
        "dépôt git inaccessible",
        "Le programme git manque, l'adresse ne répond pas, ou la référence demandée n'existe pas.",
        "vérifiez l'adresse, la référence et votre connexion",
        exit_code=3,
    ),
    Code(
        "C536",
        "clause à rédiger",
        "Le squelette d'une nouvelle clause attend encore son texte.",
        "remplacez « [à rédiger] » par le texte",
    ),
    Code(
        "C537",
        "conditions sans clause",
        "Aucune clause n'a été choisie, ou aucune ne va à ce public.",
        "nommez un modèle, des thèmes ou des clauses",
    ),
    Code(
        "C538",
        "clause dans une autre langue",
        "Le texte de la clause n'est pas dans la langue du document.",
        "prenez ou écrivez la clause dans cette langue",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "C539",
        "conditions d'un autre public",
        "Ces conditions générales ne s'adressent pas à la qualité de ce client.",
        "annexez les conditions écrites pour lui",
        "C. conso. art. L212-1",
    ),
    Code(
        "C540",
        "nom propre dans une clause partagée",
        "Le nom d'un client se trouve dans un texte qui va être partagé.",
        "récrivez la clause sans le nommer",
    ),
    Code(
        "C541",
        "position sous le plancher",
        "Le document s'écarte des positions préférées de la bibliothèque au-delà de ce qui a été décidé acceptable.",
        "renégociez cette clause, ou faites approuver l'écart",
    ),
    Code(
        "C542",
        "bilan illisible",
        "Un bilan note ce qui s'est mal passé et ce que cela a coûté.",
        "exemple : souci: …, cout: 12 h",
    ),
    Code(
        "C543",
        "clause retirée qui n'était pas choisie",
        "« sans » retire des clauses qu'un modèle ou un thème a choisies ; celle-ci ne l'était pas.",
        "vérifiez son nom, ou retirez-la de « sans »",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "C544",
        "nouvelle version au texte inchangé",
        "Une version de plus annonce un texte revu ; celui-ci est encore celui de la version d'avant, et la leçon n'est pas tirée.",
        "écrivez le nouveau texte, ou revenez à la version d'avant",
        severity=Severity.AVERTISSEMENT,
    ),
    # --- R: rendering ---
    Code(
        "R601",
        "le moteur de rendu a signalé un problème",
        "Un avertissement du moteur veut dire que la page n'est pas celle qui était voulue : le PDF n'est pas écrit.",
    ),
    Code("R602", "texte hors de la page", "Un texte dépasse la marge ou le bas de la page.", "raccourcissez ce texte"),
    Code(
        "R603",
        "image introuvable ou refusée",
        "Un logo ou une image du thème manque, ou se trouve hors du projet.",
        "vérifiez le chemin de l'image",
        exit_code=3,
    ),
    Code(
        "R604",
        "police étrangère",
        "Le PDF contient une police qui n'est pas la nôtre : la page changerait d'une machine à l'autre.",
        "retirez font-family du thème",
    ),
    Code(
        "R605",
        "image impossible à imprimer",
        "Le PDF d'archive (PDF/A) refuse certaines images : JPEG en CMJN, fichier abîmé, image démesurée, SVG avec script ou lien extérieur.",
        "enregistrez le logo en PNG ou en SVG simple",
    ),
    Code(
        "R606",
        "adresse trop longue pour la fenêtre",
        "L'adresse ne tient pas dans la fenêtre d'une enveloppe : huit lignes au plus, d'une quarantaine de caractères.",
        "raccourcissez l'adresse",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "R607",
        "colonnes trop larges",
        "Les montants ne laissent plus de place à la désignation.",
        "raccourcissez les unités ou les nombres",
    ),
    Code(
        "R608",
        "caractère absent de la police",
        "Ce caractère n'a pas de dessin dans la police du document : il sortirait en carré vide.",
        "remplacez ce caractère",
    ),
    Code(
        "R609",
        "couleur trop pâle",
        "Un texte de cette couleur se lirait mal sur du blanc : le contraste est sous 4,5 pour 1.",
        "choisissez une couleur plus foncée",
        exit_code=2,
    ),
    Code(
        "R610",
        "thème en faute",
        "Un modèle ou une feuille de style du thème ne peut pas être utilisé.",
        "comparez avec le thème d'origine : facture theme eject",
        exit_code=2,
    ),
    Code(
        "R611",
        "fichier impossible à écrire",
        "Le PDF n'a pas pu être écrit à sa place : droits, disque plein, ou un fichier là où un dossier est attendu. Rien n'est laissé à moitié écrit.",
        "vérifiez le dossier de sortie",
        exit_code=3,
    ),
    # --- X: e-invoice and exports ---
    Code(
        "X701",
        "deux motifs d'exonération sur une facture",
        "La facture électronique (EN 16931) n'a qu'une ligne de TVA par catégorie et par taux : deux raisons différentes de ne pas "
        "compter la TVA ne peuvent pas y figurer ensemble. Sur papier elles le peuvent.",
        "faites deux factures, ou rendez celle-ci avec --no-facturx",
        "EN 16931 BG-23",
    ),
    Code(
        "X702",
        "SIREN nécessaire à la facture électronique",
        "Une facture électronique française désigne le vendeur, et entre professionnels l'acheteur, par leur SIREN : c'est l'adresse à "
        "laquelle la plateforme la remet.",
        "ajoutez siren: au client",
        "BR-FR-10 et BR-FR-11",
    ),
    Code(
        "X703",
        "adresse électronique du client manquante",
        "Chaque partie d'une facture électronique a une adresse : le SIREN pour une entreprise française, un courriel pour un client "
        "étranger ou un particulier.",
        "ajoutez email: ou adresse_electronique: au client",
        "BR-FR-12",
    ),
    Code(
        "X704",
        "taux de TVA inconnu de la facture électronique",
        "Le fichier n'admet que les taux que la France pratique ou a pratiqués.",
        "vérifiez le taux, ou rendez la facture avec --no-facturx",
        "BR-FR-16",
    ),
    Code(
        "X705",
        "trop de décimales pour la facture électronique",
        "Les montants de la norme EN 16931 ont deux décimales au plus : une devise qui en a trois n'y entre pas.",
        "rendez la facture avec --no-facturx",
        "BR-FR-DEC-01",
    ),
    Code(
        "X707",
        "sommes que la facture électronique n'admet pas",
        "Les montants du fichier se recalculent les uns des autres (règles BR-CO-10 à BR-CO-17 de la norme). L'un d'eux, que le document "
        "fixe lui-même, contredit les autres : le plus souvent la TVA d'un acompte.",
        "vérifiez les montants cités, ou rendez la facture avec --no-facturx",
        "EN 16931 BR-CO-10 à BR-CO-17",
    ),
    Code(
        "X708",
        "adresse de facturation électronique mal formée",
        "Une adresse est un SIREN suivi au besoin d'un suffixe (123456789_COMPTA), un courriel, ou un identifiant précédé de son "
        "schéma à quatre chiffres (0088:3012345678901). Celle d'une entreprise française commence par son SIREN.",
        "corrigez adresse_electronique:, ou retirez la clé : le SIREN suffit",
        "BR-FR-21, BR-FR-23 et BR-FR-25",
    ),
    Code(
        "X720",
        "facture électronique hors du schéma",
        "Le schéma XSD de Factur-X dit quels éléments une facture contient et dans quel ordre. Tant qu'il la refuse, les règles suivantes ne la jugent pas.",
    ),
    Code(
        "X721",
        "règle EN 16931 non respectée",
        "La norme européenne EN 16931 dit ce qu'une facture électronique doit contenir et comment ses montants s'additionnent. Une plateforme refuse la facture qui y manque.",
    ),
    Code(
        "X722",
        "règle française de la facture électronique non respectée",
        "La réforme ajoute ses règles à la norme : SIREN, adresses électroniques, mentions de paiement, cadre de facturation, taux admis. Une plateforme refuse la facture qui y manque.",
        law="XP Z12-012",
    ),
    Code(
        "X723",
        "facture électronique illisible",
        "Le fichier n'est pas du XML bien formé, ou il est démesuré, ou il contient ce qu'une facture ne contient jamais. Rien n'en a été lu.",
    ),
    Code(
        "X730",
        "fichier qui ne peut pas être vérifié",
        "Le fichier n'est ni un PDF ni un XML, ou il est abîmé, chiffré, démesuré, ou fait pour bloquer qui le lit. Rien n'en a été retenu.",
        "demandez à l'expéditeur de l'envoyer à nouveau",
    ),
    Code(
        "X731",
        "PDF sans facture électronique",
        "Une facture électronique est un PDF qui porte un fichier XML, factur-x.xml le plus souvent. Sans lui, le PDF ne se lit qu'à l'œil. C'est normal pour un devis, un brouillon, une lettre ou la facture d'un particulier.",
        "entre professionnels, une facture numérotée que facture rend porte son XML",
    ),
    Code(
        "X732",
        "XML illisible",
        "L'XML de la facture est mal formé, démesuré, ou déclare un DTD ou des entités, ce qu'une facture n'a jamais et qu'un lecteur prudent refuse.",
        "demandez à l'expéditeur de l'envoyer à nouveau",
    ),
    Code(
        "X733",
        "XML qui n'est pas une facture CII",
        "Trois syntaxes existent : CII, celle de Factur-X, UBL, et Factur-X lui-même, un PDF qui porte du CII. Cette version lit le CII, seul ou dans un PDF.",
        "demandez un Factur-X, ou convertissez ce fichier",
    ),
    Code(
        "X734",
        "PDF qui n'est pas un Factur-X correct",
        "L'étiquette du PDF contredit ce qu'il porte : un autre nom de fichier, un autre profil, ou deux factures différentes. Un logiciel peut lire l'une et une personne l'autre. Dans un PDF fait par facture, tout écart à Factur-X est une erreur.",
        "demandez à l'expéditeur de refaire ce PDF",
        "Factur-X 1.09, § 6",
    ),
    Code(
        "X735",
        "écart à Factur-X que les lecteurs tolèrent",
        "Le PDF s'écarte de Factur-X sans empêcher de le lire : pièce jointe sans /AF, type ou relation inhabituels, PDF/A qui n'est pas la partie 3, métadonnées en double ou incomplètes. Une plateforme peut s'en montrer plus stricte.",
        law="Factur-X 1.09, § 6",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "X736",
        "totaux de l'XML qui ne s'additionnent pas",
        "Lignes, remises et frais font le total HT, qui fait avec la TVA le total TTC, au centime. Une plateforme rejette la facture sinon.",
        "la facture est à refaire par qui l'a émise",
    ),
    Code(
        "X737",
        "TVA de l'XML qui ne se recalcule pas",
        "Pour chaque taux, la base est celle de ses lignes, et la TVA est la base multipliée par le taux. La norme admet moins d'une unité de la monnaie, pour les arrondis ; au-delà d'un centime, c'est signalé.",
        "la facture est à refaire par qui l'a émise",
    ),
    Code(
        "X738",
        "ligne de l'XML qui ne se recalcule pas",
        "Le net d'une ligne est sa quantité multipliée par son prix, moins ses remises, plus ses frais, au centime.",
        "la facture est à refaire par qui l'a émise",
        "EN 16931, BT-131",
    ),
    Code(
        "X739",
        "identifiant dont la clé est fausse",
        "SIREN, SIRET, numéro de TVA et IBAN portent une clé : un chiffre faux se voit. Les validateurs officiels ne la calculent pas. Un IBAN faux est aussi le signe d'une fraude.",
        "vérifiez ce numéro auprès de l'entreprise, avant de payer",
    ),
    Code(
        "X740",
        "identifiants de deux entreprises",
        "Le SIRET commence par le SIREN, le numéro de TVA français finit par lui, et l'adresse de facturation électronique commence par lui.",
        "vérifiez ces numéros auprès de l'entreprise",
    ),
    Code(
        "X741",
        "note obligatoire absente, vide ou en double",
        "Une facture française porte trois notes, une fois chacune et avec un texte : PMT (indemnité de recouvrement), PMD (pénalités de retard), AAB (escompte). Les validateurs officiels ne voient pas une note vide. Les factures d'avant la réforme n'en ont pas.",
        law="C. com. art. L441-9",
    ),
    Code(
        "X742",
        "dates de l'XML qui ne se suivent pas",
        "L'échéance vient le jour de la facture ou après, sauf acompte ou facture déjà payée, et une facture citée est d'avant celle qui la cite.",
        "la facture est à refaire par qui l'a émise",
    ),
    Code(
        "X743",
        "valeur de l'XML absente ou mal écrite",
        "Numéro, dates, noms, monnaie et totaux sont dans toute facture ; un nombre s'écrit 1234.50, une date 20261122. Rien n'est supposé à la place de ce qui manque.",
        "la facture est à refaire par qui l'a émise",
    ),
    Code(
        "X744",
        "la page ne dit pas ce que dit l'XML",
        "Une plateforme lit l'XML, une personne lit la page : les deux sont la même facture. Dans un PDF fait par facture, chaque valeur de l'XML est cherchée sur la page, comme elle s'y écrit.",
        "refaites ce PDF : facture render",
        "XP Z12-012 : la version lisible contient toutes les informations de l'XML",
    ),
    Code(
        "X745",
        "page impossible à comparer à l'XML",
        "Le texte de la page ne peut pas être lu dans ce PDF : personne n'a vérifié qu'elle dit la même chose que l'XML.",
        "refaites ce PDF : facture render",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "X750",
        "ce document n'est pas une facture",
        "GOBL et Factur-X décrivent des factures et des avoirs. Un devis n'engage pas encore : il ne part pas dans un logiciel "
        "de comptabilité. Pour le lire dans un tableur, le format csv le prend.",
        "exportez sa facture, ou le devis avec --format csv",
    ),
    Code(
        "X751",
        "ce document n'a pas de lignes à exporter",
        "Des conditions, un contrat, une relance, un courrier ou une fiche n'ont ni lignes ni totaux : il n'y a rien à mettre dans "
        "un tableur ni dans une facture électronique.",
        "nommez un devis, une facture ou un avoir",
    ),
    Code(
        "X752",
        "GOBL trouve quelques centimes de TVA d'écart",
        "Un logiciel qui lit GOBL recalcule toujours la TVA à sa façon, une fois par taux, sur ce que le document facture. Sur un "
        "solde, la facture retranche la TVA déjà facturée avec l'acompte ; sur des prix TTC, elle part du TTC. Les deux arrondis "
        "peuvent différer d'un centime par taux. Le montant à payer reste le vôtre : GOBL le note comme un arrondi s'il le faut.",
        "la facture imprimée fait foi ; dites-le à qui reçoit le fichier GOBL",
        severity=Severity.AVERTISSEMENT,
    ),
    Code(
        "X753",
        "acompte dont la TVA contredit le montant",
        "Dans GOBL, un acompte est retranché à son montant HT, et la TVA en est recalculée : 20,00 de TVA à 20 % ne vont qu'avec "
        "100,00 HT. Au-delà de quelques centimes, ce n'est plus un arrondi.",
        "reprenez le montant et la TVA de la facture d'acompte",
    ),
    Code(
        "X754",
        "document sans facture électronique",
        "Un brouillon, une facture pro forma ou la facture d'un émetteur étranger n'ont pas de fichier Factur-X : les plateformes "
        "françaises ne les prennent pas.",
        "donnez-lui un numéro, ou prenez un autre format : csv, gobl",
        "CGI art. 289 bis",
    ),
)

CODES: dict[str, Code] = {entry.code: entry for entry in _TABLE}
