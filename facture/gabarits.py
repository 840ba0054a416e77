"""New projects and new documents: what `facture init` and `facture new` write, and never overwrite.

Why text and not a dump of the model: a first file teaches. It carries comments, in the order a person fills it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from facture.clauses import build_clause_schema
from facture.documents import FICHES, TEXTES, TYPES, build_json_schema
from facture.errors import FactureError, RessourceError
from facture.lettres import LETTRES, MODELES, build_lettre_schema
from facture.projet import CONFIGURATION, Projet
from facture.source import parse, read_bytes, write_atomic
from facture.typo import slugify

DOSSIERS = {
    "devis": "devis",
    "facture": "factures",
    "avoir": "avoirs",
    "conditions": "conditions",
    "contrat": "contrats",
    "relance": "relances",
    "courrier": "courriers",
}
SCHEMAS = "schemas"
KINDS = (*TYPES, *TEXTES, *LETTRES, *FICHES, "clause")
"""Kinds of files that have a JSON Schema."""


class RefusEcriture(FactureError):
    """Something is already there; nothing is overwritten (exit 4)."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Fichier:
    """A file to write."""

    chemin: Path
    texte: str


_TOML = """\
# Ce fichier marque le projet : facture cherche les références et range les PDF à partir d'ici.
emetteur = "moi"          # emetteurs/moi.yaml, pour les documents qui n'en nomment pas
sortie = "sortie"         # dossier des PDF

[couleurs]
principale = "#1d4e5f"    # titres et filets
secondaire = "#8a3b1f"    # ce qui est offert
"""

_EMETTEUR = """\
# yaml-language-server: $schema=../schemas/emetteur.schema.json
# Vous : complétez chaque ligne, puis retirez le « # » de celles qui vous concernent.
nom: Votre nom ou votre société
# forme_juridique: SASU       # EI micro EURL SARL SASU SAS SA SNC SCI SELARL association
# capital: 1000
# rcs: Lille
# siren: 9 chiffres
# tva_intra: FR…
# regime_tva: franchise       # franchise, reel ou debits
adresse:
  rue: 1 rue de l'Exemple
  code_postal: 75001
  ville: Paris
# email: bonjour@exemple.fr
# iban: FR76…
# bic: …
# logo: logo.svg              # PNG, JPEG ou SVG, à côté de ce fichier
"""

_CLIENT = """\
# yaml-language-server: $schema=../schemas/client.schema.json
nom: Client Exemple
qualite: professionnel        # professionnel, particulier ou public
# siren: 9 chiffres
# tva_intra: FR…
contact: Camille Exemple
adresse:
  rue: 2 place du Marché
  code_postal: 69001
  ville: Lyon
"""

_CATALOGUE = """\
# Ce que vous vendez souvent : une ligne de document écrit « article: conseil » et précise le reste.
conseil:
  designation: Conseil
  unite: jour
  prix_unitaire: 450
"""

_GITIGNORE = "sortie/\n"

_LIGNES = """\
tva: 20                       # taux des lignes ; en franchise : tva: franchise
lignes:
  - designation: Prestation à décrire
    contenu: [Ce que le prix comprend]
    quantite: 2
    unite: jour
    prix_unitaire: 450        # HT
  - designation: Petit plus
    quantite: 0.5
    unite: jour
    prix_unitaire: 450
    offert: Bienvenue         # imprimé à sa vraie valeur, remise 100 %
"""

_CORPS = {
    "devis": (
        """\
type: devis
# numero: D{annee}-001          # sans numéro : BROUILLON
date: {date}
validite: 30 jours
objet: Objet du devis
{references}"""
        + _LIGNES
        + """\
  - designation: Option à proposer
    prix_unitaire: 300
    option: true              # montrée avec son prix, jamais comptée
acompte: 30 %
# conditions: prestation      # vos conditions générales, annexées au devis
conditions_de_reussite:
  - Un interlocuteur unique, joignable sous deux jours ouvrés
promesses:
  - {{quoi: Première livraison, pour: {promesse}}}
paiement:
  echeance: 30 jours
  moyens: [virement]
"""
    ),
    "facture": (
        """\
type: facture
# numero: F{annee}-001          # sans numéro : BROUILLON
date: {date}
nature: service               # bien, service ou mixte
objet: Objet de la facture
# devis: D{annee}-001
{references}"""
        + _LIGNES
        + """\
paiement:
  echeance: 30 jours
  moyens: [virement]
  escompte: néant
  penalites: bce+10
"""
    ),
    "avoir": (
        """\
type: avoir
# numero: A{annee}-001          # sans numéro : BROUILLON
date: {date}
nature: service
facture: {{numero: F{annee}-001, date: {date}}}     # la facture corrigée
motif: Pourquoi cet avoir
{references}"""
        """\
tva: 20
lignes:
  - designation: Ce qui est rendu
    quantite: 1               # montants positifs
    unite: jour
    prix_unitaire: 450
"""
    ),
    "conditions": (
        """\
type: conditions
# titre: Conditions générales de prestation   # sans titre : celui du modèle
# version: 1                    # sans version : BROUILLON
date: {date}
public: professionnel         # professionnel, particulier ou public
modele: prestation-intellectuelle   # facture clause list --modeles
{references}# avec:                         # vos clauses en plus, avec leurs valeurs
#   - revisions-comprises: {{series: 3}}
# sans: [reference-et-portfolio]  # celles dont vous ne voulez pas
paiement:
  echeance: 30 jours
  escompte: néant
  # penalites: bce+10         # sans elle, la règle de ce public
"""
    ),
    "relance": (
        """\
type: relance
date: {date}
niveau: 1                     # 1 rappel, 2 relance, 3 suspension annoncée, 4 mise en demeure
factures: [F{annee}-001]        # numéros, noms ou chemins des factures en retard
delai: 8 jours                # ou une date
# suspension:                 # au niveau 3
#   a_compter_du: {promesse}
#   prestations: [Maintenance du site]
#   reprise: dès le paiement reçu, sous deux jours ouvrés
"""
    ),
    "contrat": (
        """\
type: contrat
# numero: C{annee}-001          # sans numéro : BROUILLON
date: {date}
objet: Ce que le prestataire fait
# devis: dupont               # reprend le client, l'objet et le prix d'un devis
{references}preambule:
  - Ce que chacun apporte, et pourquoi vous travaillez ensemble
clauses: {{modele: prestation-intellectuelle}}
paiement:
  echeance: 30 jours
  moyens: [virement]
  escompte: néant
  penalites: bce+10
"""
    ),
}

_DE_TOUTE_LETTRE = frozenset(LETTRES["courrier"].model_fields)

_EMETTEUR_EN_LIGNE = """\
emetteur:
  nom: Votre nom ou votre société
  adresse: {rue: 1 rue de l'Exemple, code_postal: "75001", ville: Paris}
"""
_CLIENT_EN_LIGNE = """\
client:
  nom: Client Exemple
  qualite: professionnel
  adresse: {rue: 2 place du Marché, code_postal: "69001", ville: Lyon}
"""


def list_init_files(folder: Path) -> list[Fichier]:
    """Return every file of a new project."""
    files = [
        Fichier(folder / CONFIGURATION, _TOML),
        Fichier(folder / ".gitignore", _GITIGNORE),
        Fichier(folder / "emetteurs" / "moi.yaml", _EMETTEUR),
        Fichier(folder / "clients" / "exemple.yaml", _CLIENT),
        Fichier(folder / "catalogue" / "prestations.yaml", _CATALOGUE),
    ]
    return [*files, *list_schemas(folder)]


def list_schemas(folder: Path) -> list[Fichier]:
    """Return the JSON Schemas that editors read, for a project or a lone folder."""
    return [Fichier(folder / SCHEMAS / f"{kind}.schema.json", dump_schema(kind)) for kind in KINDS]


def dump_schema(kind: str) -> str:
    """Return a schema as text, the same bytes every time."""
    if kind in LETTRES:
        schema = build_lettre_schema(kind)
    else:
        schema = build_clause_schema() if kind == "clause" else build_json_schema(kind)
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def write_missing(files: list[Fichier], *, dry_run: bool) -> Iterator[tuple[Fichier, bool]]:
    """Write the files that are not there; yield each with whether it was (or would be) written."""
    for file in files:
        missing = not os.path.lexists(file.chemin)
        if missing and not dry_run:
            write_atomic(file.chemin, file.texte.encode())
        yield file, missing


def plan_document(
    kind: str,
    projet: Projet,
    *,
    client: str | None,
    today: dt.date,
    target: str | None,
    origin: str | None,
    modele: str | None = None,
) -> list[Fichier]:
    """Return a new document, and the schema it points to when there is none yet.

    Args:
        client: name of a client file, or None.
        target: `-o`, or None for a free name in the project's folder of that type.
        origin: a former document to start from: its comments stay, its number goes, its date becomes `today`.
        modele: of a letter, which of the nine.

    Raises: RefusEcriture when the target exists; RessourceError when the origin cannot be read.
    """
    root = projet.racine
    if target is not None:
        path = Path(target)
        if os.path.lexists(path):
            raise RefusEcriture(f"{path} existe déjà : rien n'est écrasé")
    elif projet.exists:
        name = slugify(Path(client).stem) if client else kind
        # Conditions are named by the devis that annex them; a contract must not take the PDF of its devis.
        name = f"{modele}-{name}" if kind == "courrier" and client else modele or name
        named = {"conditions": "prestation", "contrat": f"{today.isoformat()}-contrat-{name}".removesuffix("-contrat")}
        stem = named.get(kind, f"{today.isoformat()}-{name}")
        path = _free_name(root / DOSSIERS[kind], stem)
    else:
        path = _free_name(root, kind)
    if origin is not None:
        body = _fork(origin, kind, client, today)
    else:
        references = ""
        if not projet.exists and kind != "relance":
            references += _EMETTEUR_EN_LIGNE
        if kind not in ("conditions", "relance"):
            references += (
                f"client: {_scalar(client)}\n"
                if client
                else ("client: exemple\n" if projet.exists else _CLIENT_EN_LIGNE)
            )
        promised = today + dt.timedelta(days=30)
        if kind == "courrier":
            body = _write_courrier(modele or next(iter(MODELES)), today, references)
        else:
            body = _CORPS[kind].format(
                annee=today.year, date=today.isoformat(), promesse=promised.isoformat(), references=references
            )
    schema = root / SCHEMAS / f"{kind}.schema.json"
    pointer = Path(os.path.relpath(schema, path.parent)).as_posix()
    header = f"# yaml-language-server: $schema={pointer if pointer.startswith('.') else f'./{pointer}'}\n"
    files = [Fichier(path, header + body)]
    if not schema.exists():
        files.append(Fichier(schema, dump_schema(kind)))
    return files


def _write_courrier(modele: str, today: dt.date, references: str) -> str:
    """Return a letter to complete: each key it cannot do without, with an example; the others as comments."""
    model = MODELES[modele]
    lines = ["type: courrier", f"modele: {modele}", f"date: {today.isoformat()}", references.rstrip("\n")]
    needed = {exigence.cle: exigence for exigence in model.REQUIS}
    lines += [f"{exigence.exemple.partition(', ou ')[0]}  # {exigence.libelle}" for exigence in needed.values()]
    own = {field.alias or name: field for name, field in model.model_fields.items() if name not in _DE_TOUTE_LETTRE}
    lines += [f"# {name}:  # {field.description}" for name, field in own.items() if name not in needed]
    return "\n".join(lines) + "\n"


def _scalar(text: str) -> str:
    """Return a text as YAML reads it back, quoted when it has to be."""
    return text if re.fullmatch(r"[A-Za-z0-9_./-]+", text) else json.dumps(text, ensure_ascii=False)


def _free_name(folder: Path, stem: str) -> Path:
    for number in range(1, 10_000):
        path = folder / (f"{stem}.yaml" if number == 1 else f"{stem}-{number}.yaml")
        if not os.path.lexists(path):
            return path
    raise RefusEcriture(f"{folder} : aucun nom libre pour {stem}.yaml")


def _fork(origin: str, kind: str, client: str | None, today: dt.date) -> str:
    """Return the text of a former document made new, edited line by line so that comments stay."""
    try:
        text = read_bytes(Path(origin), origin).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RessourceError(f"{origin} : ce fichier n'est pas en UTF-8") from error
    found = re.search(r"^[\"']?type[\"']?[ \t]*:[ \t]*[\"']?(\w+)", text, re.MULTILINE)
    if found and found.group(1) != kind:
        raise RessourceError(f"{origin} : ce fichier dit « type: {found.group(1)} », et « {kind} » est demandé")
    lines = []
    for line in text.splitlines():
        if line.startswith("# yaml-language-server:") or re.match(r"[\"']?numero[\"']?[ \t]*:", line):
            continue
        if re.match(r"[\"']?date[\"']?[ \t]*:", line):
            lines.append(f"date: {today.isoformat()}")
        elif client is not None and re.match(r"[\"']?client[\"']?[ \t]*:[ \t]*[^\s#]", line):
            lines.append(f"client: {_scalar(client)}")
        else:
            lines.append(line)
    forked = "\n".join(lines) + "\n"
    root, _ = parse(forked.encode(), origin)
    if root is not None and "numero" in root.entries:
        # Written in a way that editing by lines does not see: a number must not be given twice.
        raise RessourceError(f"{origin} : mettez « numero: » et « date: » chacun sur sa ligne, sans accolades")
    return forked
