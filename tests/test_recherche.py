"""Search. Every score was worked by hand from the formula at the top of the module."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facture import recherche
from facture.recherche import Index, Resultat, fold_words, stem

FAMILLES = [
    "pénalité pénalités penalite PÉNALITÉS pénal",
    "impayé impayée impayés impayées impayer",
    "retard retards retarder retardé retardée",
    "tarder tardé tardif tardive",
    "correction corrections",
    "révision révisions réviser révisé révise",
    "validation valider validé validée validées valide validité",
    "annulation annuler annulé annulée annule annulées",
    "résiliation résilier résilié résilie",
    "livraison livrer livré livraisons livrable livrables",
    "facture factures facturer facturé facturation",
    "délai délais",
    "modification modifier modifié modifications",
    "hébergement héberger hébergé",
    "réponse répondre répond répondu réponses",
    "travail travaux",
    "journal journaux",
    "niveau niveaux",
    "interlocuteur interlocuteurs interlocutrice",
    "confidentialité confidentiel confidentielle",
    "responsabilité responsable responsabilités",
    "propriété propriétés propriétaire",
    "déplacement déplacer déplacements",
    "fournir fourni fournie fournis",
    "dernier dernière derniers",
    "limite limiter limitation limites",
    "règlement régler réglé",
    "oublier oubli oublié",
    "avertissement avertir averti",
    "nœud noeud nœuds",
]

POIDS = {"titre": 4.0, "note": 2.0, "texte": 1.0, "droit": 0.5}


@pytest.mark.parametrize("famille", FAMILLES, ids=[line.split()[0] for line in FAMILLES])
def test_one_form(famille: str) -> None:
    """The words of one family have one form, with or without accents."""
    assert len({stem(word.lower()) for word in famille.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("client", "clic"),
        ("facture", "facteur"),
        ("délai", "délégué"),
        ("mission", "mise"),
        ("version", "verser"),
        ("erreur", "errer"),
        ("contenu", "content"),
        ("prix", "prime"),
        ("marque", "marche"),
    ],
)
def test_two_forms(one: str, other: str) -> None:
    """Words that only look alike keep two forms."""
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("L'ÉCHÉANCE DE L’OFFRE", "echeance offre"),
        ("Jusqu'à la livraison", "livraison"),
        ("Qu'il n'a pas d'accès", "accès"),
        ("Quatorze allers-retours de corrections", "12 allers-retours, des corrections"),
        ("de\u0301lai", "délai"),
        ("Le client a mis trois mois à payer", "Les clients : six mois pour payer !"),
    ],
    ids=["elision", "jusqu", "qu", "nombres", "decompose", "phrase"],
)
def test_folded(one: str, other: str) -> None:
    """Case, accents, elisions, figures, order and little words change nothing."""
    assert fold_words(one) == fold_words(other) != frozenset()


def test_stop_words_only() -> None:
    """A question of little words and figures asks nothing."""
    assert fold_words("Il n'y a pas de quoi, 12 fois sur 14") == frozenset()
    assert Index([("a", {"titre": "Il n'y a pas de quoi, 12"})], POIDS).search("il y a 12") == []


FICHES = [
    ("retards", {"titre": "Retards de livraison", "texte": "Chaque retard se compte en jours."}),
    ("paiement", {"titre": "Paiement", "texte": "Tarder coûte.", "note": "Les retards sont fréquents."}),
    ("propriete", {"titre": "Propriété", "texte": "La livraison ne la transfère pas.", "droit": "Code, art. 3"}),
    ("secret", {"titre": "Confidentialité"}),
]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # In 2 records of 4: log2(1 + 4/2) = log2 3 = 1.58. As typed: titre 4 x 1.58, texte 1 x 1.58. By a synonym
        # (« tarder »): texte 1 x 1.58 / 2; the note of `paiement` has the word itself.
        (
            "retard",
            [
                Resultat("retards", 7.9, (("retard", "titre", 6.32), ("retard", "texte", 1.58))),
                Resultat("paiement", 3.95, (("retard", "note", 3.16), ("retard", "texte", 0.79))),
            ],
        ),
        # In 1 record of 4: log2 5 = 2.32.
        ("Confidentielle ?", [Resultat("secret", 9.28, (("confidentielle", "titre", 9.28),))]),
        # Two words: « paiement » 2.32 x 4, and by its synonym nothing else; « livraison » in 2 records, 1.58.
        (
            "paiement à la livraison",
            [
                Resultat("paiement", 9.28, (("paiement", "titre", 9.28),)),
                Resultat("retards", 6.32, (("livraison", "titre", 6.32),)),
                Resultat("propriete", 1.58, (("livraison", "texte", 1.58),)),
            ],
        ),
        # Two words of one group are asked once, and both count as typed.
        (
            "retard, tarder",
            [
                Resultat("retards", 7.9, (("retard", "titre", 6.32), ("retard", "texte", 1.58))),
                Resultat("paiement", 4.74, (("retard", "note", 3.16), ("retard", "texte", 1.58))),
            ],
        ),
        # A field of half a point, a word in 1 record of 4: 2.32 x 0.5.
        ("code", [Resultat("propriete", 1.16, (("code", "droit", 1.16),))]),
        ("introuvable", []),
    ],
    ids=["exact-et-synonyme", "forme", "deux-mots", "un-groupe", "droit", "rien"],
)
def test_scores(question: str, expected: list[Resultat]) -> None:
    """A score is the weight of the field times the rarity of the word, halved for a synonym, summed."""
    assert Index(FICHES, POIDS).search(question) == expected


def test_word_of_every_record() -> None:
    """A word found everywhere has rarity log2(1 + 1) = 1: a library of one clause can be searched."""
    assert Index([("seule", {"titre": "Acompte"})], POIDS).search("acomptes")[0].score == 4.0


@pytest.mark.parametrize(
    ("question", "titre"),
    [
        ("quatorze allers-retours", "Corrections comprises dans le prix"),
        ("le budget a explosé", "Prix et ce qu'il comprend"),
        ("projet annulé en cours de route", "Résiliation"),
        ("les textes ne sont pas arrivés", "Contenus à fournir"),
        ("facture impayée", "Règlement"),
        ("demandes en plus, hors périmètre", "Travaux supplémentaires"),
        ("il ne répond plus", "Silence du client"),
        ("panne du site", "Correction des défauts"),
        ("travail de nuit", "Urgence"),
    ],
)
def test_synonymes(question: str, titre: str) -> None:
    """A trouble told in other words finds its clause, for half the points."""
    clauses = [("but", {"titre": titre}), ("autre", {"titre": "Juridiction compétente"})]
    found = Index(clauses, POIDS).search(question)
    assert [result.cle for result in found] == ["but"]
    # One record of two: log2 3 = 1.58; 4 x 1.58 / 2.
    assert found[0].score == 3.16


def test_synonymes_have_one_group() -> None:
    """No word belongs to two lines of synonyms: which one is meant would depend on their order."""
    seen: dict[frozenset[str], int] = {}
    for number, line in enumerate(recherche._SYNONYMES):
        for entry in line.split(","):
            forms = fold_words(entry)
            assert forms, entry
            assert seen.setdefault(forms, number) == number, entry


def test_ties_by_key_and_limit() -> None:
    """Equal scores come by key, whatever the order of the records, and no more than asked."""
    fiches = [(key, {"titre": "Acompte"}) for key in ("c", "a", "d", "b")]
    assert [result.cle for result in Index(fiches, POIDS).search("acompte", limit=3)] == ["a", "b", "c"]


def test_unknown_field_is_not_read() -> None:
    """A field without weight is not searched."""
    assert Index([("a", {"auteur": "Acompte"})], POIDS).search("acompte") == []


def test_no_record() -> None:
    """An empty library finds nothing."""
    assert Index([], POIDS).search("acompte") == []


@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=5))
def test_reasons_add_up(question: str, titles: list[str]) -> None:
    """Whatever the texts, nothing fails, and the printed reasons add up to the printed score."""
    index = Index([(str(rank), {"titre": title, "texte": title}) for rank, title in enumerate(titles)], POIDS)
    for result in index.search(question):
        assert round(sum(points for _, _, points in result.raisons), 2) == result.score > 0


@given(st.permutations(FICHES))
def test_order_of_records(fiches: list[tuple[str, dict[str, str]]]) -> None:
    """The order of the records changes no score."""
    question = "retard de livraison et paiement confidentiel"
    assert Index(fiches, POIDS).search(question) == Index(FICHES, POIDS).search(question)


def test_same_whatever_the_hash_seed() -> None:
    """Two runs give the same results in the same order."""
    code = (
        "from facture.recherche import Index; "
        "print(Index([(str(i), {'titre': 'Retard livraison', 'note': 'tarder', 'texte': 'délai'}) for i in range(9)], "
        "{'titre': 4, 'note': 2, 'texte': 1}).search('retard de livraison tardive et délai', 5))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1 and "retard" in outputs.pop()
