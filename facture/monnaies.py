"""Currencies: the ISO 4217 codes an invoice may use, their minor units, and their names in words.

Why: the number of decimals of a currency decides every rounding, so it is read from the standard and not
from locale data, where it means "what shops display" (no decimals for the Iraqi dinar, which has three).
"""

from __future__ import annotations

# Left out on purpose, because no invoice is settled in them: precious metals (XAU XAG XPT XPD), fund and
# indexation codes (BOV CHE CHW CLF COU MXV USN UYI UYW), units of account of international bodies (XDR XSU
# XUA XAD), bond market units (XBA to XBD), XTS (tests) and XXX (no currency). Withdrawn codes are out too:
# HRK (2023), CUC, SLL, ZWL (2024), ANG (2025), BGN (2026-01-01, replaced by the euro).
# Source: ISO 4217 list one, up to amendment 180.
MONNAIES: dict[str, int] = {
    "AED": 2, "AFN": 2, "ALL": 2, "AMD": 2, "AOA": 2, "ARS": 2, "AUD": 2, "AWG": 2, "AZN": 2,
    "BAM": 2, "BBD": 2, "BDT": 2, "BHD": 3, "BIF": 0, "BMD": 2, "BND": 2, "BOB": 2, "BRL": 2,
    "BSD": 2, "BTN": 2, "BWP": 2, "BYN": 2, "BZD": 2,
    "CAD": 2, "CDF": 2, "CHF": 2, "CLP": 0, "CNY": 2, "COP": 2, "CRC": 2, "CUP": 2, "CVE": 2, "CZK": 2,
    "DJF": 0, "DKK": 2, "DOP": 2, "DZD": 2,
    "EGP": 2, "ERN": 2, "ETB": 2, "EUR": 2,
    "FJD": 2, "FKP": 2,
    "GBP": 2, "GEL": 2, "GHS": 2, "GIP": 2, "GMD": 2, "GNF": 0, "GTQ": 2, "GYD": 2,
    "HKD": 2, "HNL": 2, "HTG": 2, "HUF": 2,
    "IDR": 2, "ILS": 2, "INR": 2, "IQD": 3, "IRR": 2, "ISK": 0,
    "JMD": 2, "JOD": 3, "JPY": 0,
    "KES": 2, "KGS": 2, "KHR": 2, "KMF": 0, "KPW": 2, "KRW": 0, "KWD": 3, "KYD": 2, "KZT": 2,
    "LAK": 2, "LBP": 2, "LKR": 2, "LRD": 2, "LSL": 2, "LYD": 3,
    "MAD": 2, "MDL": 2, "MGA": 2, "MKD": 2, "MMK": 2, "MNT": 2, "MOP": 2, "MRU": 2, "MUR": 2,
    "MVR": 2, "MWK": 2, "MXN": 2, "MYR": 2, "MZN": 2,
    "NAD": 2, "NGN": 2, "NIO": 2, "NOK": 2, "NPR": 2, "NZD": 2,
    "OMR": 3,
    "PAB": 2, "PEN": 2, "PGK": 2, "PHP": 2, "PKR": 2, "PLN": 2, "PYG": 0,
    "QAR": 2,
    "RON": 2, "RSD": 2, "RUB": 2, "RWF": 0,
    "SAR": 2, "SBD": 2, "SCR": 2, "SDG": 2, "SEK": 2, "SGD": 2, "SHP": 2, "SLE": 2, "SOS": 2,
    "SRD": 2, "SSP": 2, "STN": 2, "SVC": 2, "SYP": 2, "SZL": 2,
    "THB": 2, "TJS": 2, "TMT": 2, "TND": 3, "TOP": 2, "TRY": 2, "TTD": 2, "TWD": 2, "TZS": 2,
    "UAH": 2, "UGX": 0, "USD": 2, "UYU": 2, "UZS": 2,
    "VED": 2, "VES": 2, "VND": 0, "VUV": 0,
    "WST": 2,
    "XAF": 0, "XCD": 2, "XCG": 2, "XOF": 0, "XPF": 0,
    "YER": 2,
    "ZAR": 2, "ZMW": 2, "ZWG": 2,
}  # fmt: skip


def minor_unit(devise: str) -> int:
    """Give the number of decimals of an amount in this currency.

    Why: no default of 2. A code that is not in the table is a mistake of the document, to be reported where
    it is written, not an amount rounded the wrong way.

    Args:
        devise: ISO 4217 alphabetic code, upper case ("EUR").

    Returns:
        Decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for TND.

    Raises:
        KeyError: when the code is not an active currency of `MONNAIES`.

    Source: ISO 4217 list one, column "minor unit"; EN 16931 BT-5 for the code.
    """
    return MONNAIES[devise]


class Nom:
    """A unit's name: what follows "un" or "une", and what follows "deux".

    Why: a bare class, not a dataclass or a named tuple. Building either costs more than all this table, and
    every command pays for it.
    """

    __slots__ = ("feminin", "pluriel", "singulier")

    def __init__(self, singulier: str, pluriel: str, *, feminin: bool = False) -> None:
        self.singulier = singulier
        self.pluriel = pluriel
        self.feminin = feminin


class NomsMonnaie:
    """Names of a currency: its unit, and the fraction that one minor unit is worth.

    Why: `fraction` is None when the currency has no decimals, and also when its real subdivision is not what
    ISO's decimals count (the ouguiya and the ariary are divided by five): hundredths are then in figures.
    """

    __slots__ = ("fraction", "unite")

    def __init__(self, unite: Nom, fraction: Nom | None = None) -> None:
        self.unite = unite
        self.fraction = fraction


_CENT = Nom("cent", "cents")
_CENTIME = Nom("centime", "centimes")
_CENTAVO = Nom("centavo", "centavos")
_FILS = Nom("fils", "fils")
_ORE = Nom("øre", "øre")
_PAISA = Nom("paisa", "paisas")
_PENNY = Nom("penny", "pence")
_PIASTRE = Nom("piastre", "piastres", feminin=True)
_SEN = Nom("sen", "sen")

# Own tables rather than CLDR's: it says no gender and no subunit, and has faults of number in French.
NOMS_FR: dict[str, NomsMonnaie] = {
    "AED": NomsMonnaie(Nom("dirham des Émirats arabes unis", "dirhams des Émirats arabes unis"), _FILS),
    "ALL": NomsMonnaie(Nom("lek albanais", "leks albanais"), Nom("qindarka", "qindarkas")),
    "ARS": NomsMonnaie(Nom("peso argentin", "pesos argentins"), _CENTAVO),
    "AUD": NomsMonnaie(Nom("dollar australien", "dollars australiens"), _CENT),
    "BAM": NomsMonnaie(Nom("mark convertible", "marks convertibles"), Nom("fening", "fenings")),
    "BHD": NomsMonnaie(Nom("dinar bahreïni", "dinars bahreïnis"), _FILS),
    "BIF": NomsMonnaie(Nom("franc burundais", "francs burundais")),
    "BRL": NomsMonnaie(Nom("réal brésilien", "réals brésiliens"), _CENTAVO),
    "CAD": NomsMonnaie(Nom("dollar canadien", "dollars canadiens"), _CENT),
    "CDF": NomsMonnaie(Nom("franc congolais", "francs congolais"), _CENTIME),
    "CHF": NomsMonnaie(Nom("franc suisse", "francs suisses"), _CENTIME),
    "CLP": NomsMonnaie(Nom("peso chilien", "pesos chiliens")),
    "CNY": NomsMonnaie(Nom("yuan", "yuans"), Nom("fen", "fens")),
    "COP": NomsMonnaie(Nom("peso colombien", "pesos colombiens"), _CENTAVO),
    "CZK": NomsMonnaie(Nom("couronne tchèque", "couronnes tchèques", feminin=True), Nom("haler", "halers")),
    "DJF": NomsMonnaie(Nom("franc de Djibouti", "francs de Djibouti")),
    "DKK": NomsMonnaie(Nom("couronne danoise", "couronnes danoises", feminin=True), _ORE),
    "DZD": NomsMonnaie(Nom("dinar algérien", "dinars algériens"), _CENTIME),
    "EGP": NomsMonnaie(Nom("livre égyptienne", "livres égyptiennes", feminin=True), _PIASTRE),
    "EUR": NomsMonnaie(Nom("euro", "euros"), _CENTIME),
    "GBP": NomsMonnaie(Nom("livre sterling", "livres sterling", feminin=True), _PENNY),
    "GHS": NomsMonnaie(Nom("cédi ghanéen", "cédis ghanéens"), Nom("pesewa", "pesewas")),
    "GNF": NomsMonnaie(Nom("franc guinéen", "francs guinéens")),
    "HKD": NomsMonnaie(Nom("dollar de Hong Kong", "dollars de Hong Kong"), _CENT),
    "HTG": NomsMonnaie(Nom("gourde haïtienne", "gourdes haïtiennes", feminin=True), _CENTIME),
    "HUF": NomsMonnaie(Nom("forint hongrois", "forints hongrois"), Nom("filler", "fillers")),
    "IDR": NomsMonnaie(Nom("roupie indonésienne", "roupies indonésiennes", feminin=True), _SEN),
    "ILS": NomsMonnaie(
        Nom("nouveau shekel israélien", "nouveaux shekels israéliens"), Nom("agora", "agorot", feminin=True)
    ),
    "INR": NomsMonnaie(Nom("roupie indienne", "roupies indiennes", feminin=True), _PAISA),
    "ISK": NomsMonnaie(Nom("couronne islandaise", "couronnes islandaises", feminin=True)),
    "JOD": NomsMonnaie(Nom("dinar jordanien", "dinars jordaniens"), _FILS),
    "JPY": NomsMonnaie(Nom("yen", "yens")),
    "KES": NomsMonnaie(Nom("shilling kényan", "shillings kényans"), _CENT),
    "KMF": NomsMonnaie(Nom("franc comorien", "francs comoriens")),
    "KRW": NomsMonnaie(Nom("won sud-coréen", "wons sud-coréens")),
    "KWD": NomsMonnaie(Nom("dinar koweïtien", "dinars koweïtiens"), _FILS),
    "LBP": NomsMonnaie(Nom("livre libanaise", "livres libanaises", feminin=True), _PIASTRE),
    "LKR": NomsMonnaie(Nom("roupie srilankaise", "roupies srilankaises", feminin=True), _CENT),
    "LYD": NomsMonnaie(Nom("dinar libyen", "dinars libyens"), Nom("dirham", "dirhams")),
    "MAD": NomsMonnaie(Nom("dirham marocain", "dirhams marocains"), _CENTIME),
    "MDL": NomsMonnaie(Nom("leu moldave", "lei moldaves"), Nom("ban", "bani")),
    "MGA": NomsMonnaie(Nom("ariary malgache", "ariarys malgaches")),
    "MKD": NomsMonnaie(Nom("denar macédonien", "denars macédoniens"), Nom("deni", "deni")),
    "MRU": NomsMonnaie(Nom("ouguiya mauritanien", "ouguiyas mauritaniens")),
    "MUR": NomsMonnaie(Nom("roupie mauricienne", "roupies mauriciennes", feminin=True), _CENT),
    "MXN": NomsMonnaie(Nom("peso mexicain", "pesos mexicains"), _CENTAVO),
    "MYR": NomsMonnaie(Nom("ringgit malaisien", "ringgits malaisiens"), _SEN),
    "NGN": NomsMonnaie(Nom("naira nigérian", "nairas nigérians"), Nom("kobo", "kobos")),
    "NOK": NomsMonnaie(Nom("couronne norvégienne", "couronnes norvégiennes", feminin=True), _ORE),
    "NZD": NomsMonnaie(Nom("dollar néo-zélandais", "dollars néo-zélandais"), _CENT),
    "OMR": NomsMonnaie(Nom("rial omanais", "rials omanais"), Nom("baisa", "baisas")),
    "PEN": NomsMonnaie(Nom("sol péruvien", "sols péruviens"), Nom("centimo", "centimos")),
    "PHP": NomsMonnaie(Nom("peso philippin", "pesos philippins"), _CENTAVO),
    "PKR": NomsMonnaie(Nom("roupie pakistanaise", "roupies pakistanaises", feminin=True), _PAISA),
    "PLN": NomsMonnaie(Nom("zloty", "zlotys"), Nom("grosz", "groszy")),
    "QAR": NomsMonnaie(Nom("riyal qatari", "riyals qataris"), Nom("dirham", "dirhams")),
    "RON": NomsMonnaie(Nom("leu roumain", "lei roumains"), Nom("ban", "bani")),
    "RSD": NomsMonnaie(Nom("dinar serbe", "dinars serbes"), Nom("para", "paras")),
    "RUB": NomsMonnaie(Nom("rouble russe", "roubles russes"), Nom("kopeck", "kopecks")),
    "RWF": NomsMonnaie(Nom("franc rwandais", "francs rwandais")),
    "SAR": NomsMonnaie(Nom("riyal saoudien", "riyals saoudiens"), Nom("halala", "halalas")),
    "SCR": NomsMonnaie(Nom("roupie seychelloise", "roupies seychelloises", feminin=True), _CENT),
    "SEK": NomsMonnaie(Nom("couronne suédoise", "couronnes suédoises", feminin=True), Nom("öre", "öre")),
    "SGD": NomsMonnaie(Nom("dollar de Singapour", "dollars de Singapour"), _CENT),
    "THB": NomsMonnaie(Nom("baht thaïlandais", "bahts thaïlandais"), Nom("satang", "satangs")),
    "TND": NomsMonnaie(Nom("dinar tunisien", "dinars tunisiens"), Nom("millime", "millimes")),
    "TRY": NomsMonnaie(Nom("livre turque", "livres turques", feminin=True), Nom("kuruş", "kuruş")),
    "TWD": NomsMonnaie(Nom("nouveau dollar de Taïwan", "nouveaux dollars de Taïwan"), _CENT),
    "UAH": NomsMonnaie(
        Nom("hryvnia ukrainienne", "hryvnias ukrainiennes", feminin=True),
        Nom("kopiyka", "kopiykas", feminin=True),
    ),
    "USD": NomsMonnaie(Nom("dollar américain", "dollars américains"), _CENT),
    "VND": NomsMonnaie(Nom("dong vietnamien", "dongs vietnamiens")),
    # Both CFA francs bear the same name in an amount: they are at par, and the code is beside the figures.
    "XAF": NomsMonnaie(Nom("franc CFA", "francs CFA")),
    "XCD": NomsMonnaie(Nom("dollar des Caraïbes orientales", "dollars des Caraïbes orientales"), _CENT),
    "XOF": NomsMonnaie(Nom("franc CFA", "francs CFA")),
    "XPF": NomsMonnaie(Nom("franc CFP", "francs CFP")),
    "ZAR": NomsMonnaie(Nom("rand sud-africain", "rands sud-africains"), _CENT),
}

NOMS_EN: dict[str, NomsMonnaie] = {
    "AED": NomsMonnaie(Nom("UAE dirham", "UAE dirhams"), _FILS),
    "ALL": NomsMonnaie(Nom("Albanian lek", "Albanian lekë"), Nom("qindarka", "qindarka")),
    "ARS": NomsMonnaie(Nom("Argentine peso", "Argentine pesos"), _CENTAVO),
    "AUD": NomsMonnaie(Nom("Australian dollar", "Australian dollars"), _CENT),
    "BAM": NomsMonnaie(Nom("convertible mark", "convertible marks"), Nom("fening", "fenings")),
    "BHD": NomsMonnaie(Nom("Bahraini dinar", "Bahraini dinars"), _FILS),
    "BIF": NomsMonnaie(Nom("Burundian franc", "Burundian francs")),
    "BRL": NomsMonnaie(Nom("Brazilian real", "Brazilian reais"), _CENTAVO),
    "CAD": NomsMonnaie(Nom("Canadian dollar", "Canadian dollars"), _CENT),
    "CDF": NomsMonnaie(Nom("Congolese franc", "Congolese francs"), _CENTIME),
    "CHF": NomsMonnaie(Nom("Swiss franc", "Swiss francs"), _CENTIME),
    "CLP": NomsMonnaie(Nom("Chilean peso", "Chilean pesos")),
    "CNY": NomsMonnaie(Nom("yuan", "yuan"), Nom("fen", "fen")),
    "COP": NomsMonnaie(Nom("Colombian peso", "Colombian pesos"), _CENTAVO),
    "CZK": NomsMonnaie(Nom("Czech koruna", "Czech korunas"), Nom("haler", "halers")),
    "DJF": NomsMonnaie(Nom("Djiboutian franc", "Djiboutian francs")),
    "DKK": NomsMonnaie(Nom("Danish krone", "Danish kroner"), _ORE),
    "DZD": NomsMonnaie(Nom("Algerian dinar", "Algerian dinars"), _CENTIME),
    "EGP": NomsMonnaie(Nom("Egyptian pound", "Egyptian pounds"), Nom("piastre", "piastres")),
    "EUR": NomsMonnaie(Nom("euro", "euros"), _CENT),
    "GBP": NomsMonnaie(Nom("pound sterling", "pounds sterling"), _PENNY),
    "GHS": NomsMonnaie(Nom("Ghanaian cedi", "Ghanaian cedis"), Nom("pesewa", "pesewas")),
    "GNF": NomsMonnaie(Nom("Guinean franc", "Guinean francs")),
    "HKD": NomsMonnaie(Nom("Hong Kong dollar", "Hong Kong dollars"), _CENT),
    "HTG": NomsMonnaie(Nom("Haitian gourde", "Haitian gourdes"), _CENTIME),
    "HUF": NomsMonnaie(Nom("Hungarian forint", "Hungarian forints"), Nom("filler", "fillers")),
    "IDR": NomsMonnaie(Nom("Indonesian rupiah", "Indonesian rupiahs"), _SEN),
    "ILS": NomsMonnaie(Nom("Israeli new shekel", "Israeli new shekels"), Nom("agora", "agorot")),
    "INR": NomsMonnaie(Nom("Indian rupee", "Indian rupees"), Nom("paisa", "paise")),
    "ISK": NomsMonnaie(Nom("Icelandic króna", "Icelandic krónur")),
    "JOD": NomsMonnaie(Nom("Jordanian dinar", "Jordanian dinars"), _FILS),
    "JPY": NomsMonnaie(Nom("yen", "yen")),
    "KES": NomsMonnaie(Nom("Kenyan shilling", "Kenyan shillings"), _CENT),
    "KMF": NomsMonnaie(Nom("Comorian franc", "Comorian francs")),
    "KRW": NomsMonnaie(Nom("South Korean won", "South Korean won")),
    "KWD": NomsMonnaie(Nom("Kuwaiti dinar", "Kuwaiti dinars"), _FILS),
    "LBP": NomsMonnaie(Nom("Lebanese pound", "Lebanese pounds"), Nom("piastre", "piastres")),
    "LKR": NomsMonnaie(Nom("Sri Lankan rupee", "Sri Lankan rupees"), _CENT),
    "LYD": NomsMonnaie(Nom("Libyan dinar", "Libyan dinars"), Nom("dirham", "dirhams")),
    "MAD": NomsMonnaie(Nom("Moroccan dirham", "Moroccan dirhams"), _CENTIME),
    "MDL": NomsMonnaie(Nom("Moldovan leu", "Moldovan lei"), Nom("ban", "bani")),
    "MGA": NomsMonnaie(Nom("Malagasy ariary", "Malagasy ariary")),
    "MKD": NomsMonnaie(Nom("Macedonian denar", "Macedonian denars"), Nom("deni", "deni")),
    "MRU": NomsMonnaie(Nom("Mauritanian ouguiya", "Mauritanian ouguiyas")),
    "MUR": NomsMonnaie(Nom("Mauritian rupee", "Mauritian rupees"), _CENT),
    "MXN": NomsMonnaie(Nom("Mexican peso", "Mexican pesos"), _CENTAVO),
    "MYR": NomsMonnaie(Nom("Malaysian ringgit", "Malaysian ringgits"), _SEN),
    "NGN": NomsMonnaie(Nom("Nigerian naira", "Nigerian naira"), Nom("kobo", "kobo")),
    "NOK": NomsMonnaie(Nom("Norwegian krone", "Norwegian kroner"), _ORE),
    "NZD": NomsMonnaie(Nom("New Zealand dollar", "New Zealand dollars"), _CENT),
    "OMR": NomsMonnaie(Nom("Omani rial", "Omani rials"), Nom("baisa", "baisas")),
    "PEN": NomsMonnaie(Nom("Peruvian sol", "Peruvian soles"), Nom("centimo", "centimos")),
    "PHP": NomsMonnaie(Nom("Philippine peso", "Philippine pesos"), _CENTAVO),
    "PKR": NomsMonnaie(Nom("Pakistani rupee", "Pakistani rupees"), Nom("paisa", "paise")),
    "PLN": NomsMonnaie(Nom("Polish zloty", "Polish zlotys"), Nom("grosz", "groszy")),
    "QAR": NomsMonnaie(Nom("Qatari riyal", "Qatari riyals"), Nom("dirham", "dirhams")),
    "RON": NomsMonnaie(Nom("Romanian leu", "Romanian lei"), Nom("ban", "bani")),
    "RSD": NomsMonnaie(Nom("Serbian dinar", "Serbian dinars"), Nom("para", "paras")),
    "RUB": NomsMonnaie(Nom("Russian rouble", "Russian roubles"), Nom("kopeck", "kopecks")),
    "RWF": NomsMonnaie(Nom("Rwandan franc", "Rwandan francs")),
    "SAR": NomsMonnaie(Nom("Saudi riyal", "Saudi riyals"), Nom("halala", "halalas")),
    "SCR": NomsMonnaie(Nom("Seychellois rupee", "Seychellois rupees"), _CENT),
    "SEK": NomsMonnaie(Nom("Swedish krona", "Swedish kronor"), Nom("öre", "öre")),
    "SGD": NomsMonnaie(Nom("Singapore dollar", "Singapore dollars"), _CENT),
    "THB": NomsMonnaie(Nom("Thai baht", "Thai baht"), Nom("satang", "satang")),
    "TND": NomsMonnaie(Nom("Tunisian dinar", "Tunisian dinars"), Nom("millime", "millimes")),
    "TRY": NomsMonnaie(Nom("Turkish lira", "Turkish lira"), Nom("kuruş", "kuruş")),
    "TWD": NomsMonnaie(Nom("New Taiwan dollar", "New Taiwan dollars"), _CENT),
    "UAH": NomsMonnaie(Nom("Ukrainian hryvnia", "Ukrainian hryvnias"), Nom("kopiyka", "kopiykas")),
    "USD": NomsMonnaie(Nom("US dollar", "US dollars"), _CENT),
    "VND": NomsMonnaie(Nom("Vietnamese dong", "Vietnamese dong")),
    "XAF": NomsMonnaie(Nom("Central African CFA franc", "Central African CFA francs")),
    "XCD": NomsMonnaie(Nom("East Caribbean dollar", "East Caribbean dollars"), _CENT),
    "XOF": NomsMonnaie(Nom("West African CFA franc", "West African CFA francs")),
    "XPF": NomsMonnaie(Nom("CFP franc", "CFP francs")),
    "ZAR": NomsMonnaie(Nom("South African rand", "South African rand"), _CENT),
}
