"""500 made-up texts of telecom customer service in five languages: some hold personal data, the others look like it.

The places of what is personal are known. Among the ways to write it are some that no rule finds (digits in words, an
address read aloud); among the rest are the numbers that such texts are full of: amounts, dates, orders, serial numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from stdnum import luhn
from stdnum.es import cif, dni
from stdnum.iso7064 import mod_97_10

__all__ = ["Text", "telecom_texts"]

LANGUAGES = ("es", "ca", "eu", "gl", "en")
FIRST = {
    "es": ["Lucía", "Manuel", "Carmen", "Javier", "Marta", "Pedro"],
    "ca": ["Montserrat", "Jordi", "Núria", "Oriol", "Mercè", "Arnau"],
    "eu": ["Ainhoa", "Gorka", "Nerea", "Mikel", "Amaia", "Iñaki"],
    "gl": ["Uxía", "Brais", "Sabela", "Xoán", "Iria", "Anxo"],
    "en": ["Emily", "James", "Olivia", "George", "Harriet", "Thomas"],
}
LAST = {
    "es": ["García", "Romero", "Vega", "Molina", "Serrano", "Castillo"],
    "ca": ["Puig", "Ferrer", "Soler", "Vila", "Roca", "Serra"],
    "eu": ["Etxeberria", "Agirre", "Mendizabal", "Otxoa", "Zubizarreta", "Arana"],
    "gl": ["Castro", "Outeiral", "Rial", "Loureiro", "Seoane", "Carballo"],
    "en": ["Smith", "Taylor", "Walker", "Hughes", "Bennett", "Cooper"],
}
STREETS = {
    "es": ["calle Alcalá 45, Madrid", "avenida de la Constitución 12, Sevilla"],
    "ca": ["carrer de Balmes 120, Barcelona", "plaça Major 3, Vic"],
    "eu": ["Gran Via kalea 21, Bilbo", "Urbieta kalea 8, Donostia"],
    "gl": ["rúa do Franco 15, Santiago de Compostela", "rúa Real 60, A Coruña"],
    "en": ["14 Baker Street, London", "27 Queen Street, Edinburgh"],
}
#: {} is where it stands.
WITH = {
    "telephone": {
        "es": "Le llamaremos al {} mañana por la mañana.",
        "ca": "Em poden trucar al {} a partir de les cinc.",
        "eu": "Deitu {} zenbakira, mesedez.",
        "gl": "O meu móbil é o {}, chámenme cando poidan.",
        "en": "You can reach me on {} after six.",
    },
    "e-mail": {
        "es": "Mande la factura a {} como siempre.",
        "ca": "El meu correu és {}, gràcies.",
        "eu": "Bidali faktura {} helbidera.",
        "gl": "Envíenme a copia a {} se pode ser.",
        "en": "Please send the contract to {} today.",
    },
    "DNI": {
        "es": "Soy la titular, DNI {}, y quiero darme de baja.",
        "ca": "El titular té el DNI {}.",
        "eu": "Nire NAN zenbakia {} da.",
        "gl": "O DNI do titular é {}.",
        "en": "My Spanish ID number is {}.",
    },
    "NIE": {
        "es": "Mi NIE es {} y no me dejan contratar.",
        "ca": "Tinc NIE {}, puc contractar?",
        "eu": "Nire AIZ zenbakia {} da.",
        "gl": "O meu NIE é {}.",
        "en": "My NIE is {}, can I sign?",
    },
    "CIF": {
        "es": "La factura va a nombre de la empresa con CIF {}.",
        "ca": "El CIF de l'empresa és {}.",
        "eu": "Enpresaren IFK {} da.",
        "gl": "O CIF da empresa é {}.",
        "en": "The company's tax number is {}.",
    },
    "IBAN": {
        "es": "Cambie la cuenta de cargo a {} desde junio.",
        "ca": "El nou compte és {}.",
        "eu": "Kontu berria {} da.",
        "gl": "A nova conta é {}.",
        "en": "Charge it to {} from now on.",
    },
    "card": {
        "es": "Quise pagar con la tarjeta {} y me la rechaza.",
        "ca": "La targeta {} no funciona.",
        "eu": "{} txartelarekin ordaindu nahi dut.",
        "gl": "A tarxeta {} non a acepta.",
        "en": "My card {} was declined.",
    },
    "ICCID": {
        "es": "La SIM nueva tiene el número {} y no se activa.",
        "ca": "L'ICCID de la targeta SIM és {}.",
        "eu": "SIM txartelaren ICCID: {}.",
        "gl": "O ICCID da SIM é {}.",
        "en": "The ICCID of the SIM is {}.",
    },
    "name": {
        "es": "La persona que firmó el contrato se llama {} y ya no vive allí.",
        "ca": "La línia està a nom de {}, que és la meva mare.",
        "eu": "Linea {} andrearen izenean dago.",
        "gl": "A liña está a nome de {}, que é o meu pai.",
        "en": "The line is in the name of {}, my mother.",
    },
    "place": {
        "es": "Instalen la fibra en {}, segundo izquierda.",
        "ca": "La instal·lació és a {}, segon primera.",
        "eu": "Zuntza {} helbidean jarri behar da.",
        "gl": "A instalación é na {}, segundo esquerda.",
        "en": "Install the fibre at {}, second floor.",
    },
}
#: What looks like it and is nobody's: {} is a number of that shape.
WITHOUT: dict[str, tuple[Callable[[np.random.Generator], str], dict[str, str]]] = {}


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text, its language, and what is personal in it: kind, start, end; None for a text that holds nothing."""

    text: str
    language: str
    kind: str | None
    start: int = 0
    end: int = 0


def telecom_texts(seed: int = 0) -> list[Text]:
    """100 texts a language: 50 with something personal (five a kind), 50 without (five a look-alike)."""
    rng = np.random.default_rng(seed)
    texts = []
    for language in LANGUAGES:
        for kind, sentences in WITH.items():
            before, after = sentences[language].split("{}")
            for way in range(5):
                datum = _written(kind, language, way, rng)
                start = len(before)
                texts.append(
                    Text(text=before + datum + after, language=language, kind=kind, start=start, end=start + len(datum))
                )
        for make, sentences in WITHOUT.values():
            texts += [Text(text=sentences[language].format(make(rng)), language=language, kind=None) for _ in range(5)]
    return texts


def _digits(rng: np.random.Generator, n: int) -> str:
    return "".join(map(str, rng.integers(0, 10, n)))


def _grouped(text: str, sizes: tuple[int, ...], separator: str) -> str:
    parts, place = [], 0
    for size in sizes:
        parts.append(text[place : place + size])
        place += size
    return separator.join(parts)


def _written(kind: str, language: str, way: int, rng: np.random.Generator) -> str:
    """Something of a kind, in one of five ways to write it."""
    if kind == "telephone":
        mobile = "6" + _digits(rng, 8)
        return (
            mobile,
            _grouped(mobile, (3, 2, 2, 2), " "),
            f"+34 {_grouped(mobile, (3, 3, 3), ' ')}",
            _grouped(mobile, (3, 3, 3), "/"),
            " ".join(_word(digit, language) for digit in mobile),
        )[way]
    if kind == "e-mail":
        user = f"{FIRST['en'][rng.integers(6)].lower()}.{LAST['en'][rng.integers(6)].lower()}"
        return (
            f"{user}@example.org",
            f"{user}+fibra@mail.example.com",
            f"{user.upper()}@EXAMPLE.ES",
            f"{user}_{rng.integers(99)}@example.eus",
            {"en": f"{user} at example dot org"}.get(language, f"{user} arroba example punto org"),
        )[way]
    if kind in ("DNI", "NIE"):
        front = _digits(rng, 8) if kind == "DNI" else "XYZ"[rng.integers(3)] + _digits(rng, 7)
        numeric = front.translate(str.maketrans("XYZ", "012"))
        letter = dni.calc_check_digit(numeric)
        dotted = _grouped(front, (2, 3, 3), ".")
        return (
            f"{front}{letter}",
            f"{front}-{letter}",
            f"{front} {letter}",
            f"{front}{letter}".lower(),
            f"{dotted}-{letter}",
        )[way]
    if kind == "CIF":
        front = "ABGQ"[rng.integers(4)] + _digits(rng, 7)
        check = cif.calc_check_digits(front)
        number = front + (check[1] if front[0] == "Q" else check[0])
        return (number, f"{front[0]}-{number[1:]}", f"{front[0]} {number[1:]}", f"{front}-{number[-1]}", f"ES{number}")[
            way
        ]
    if kind == "IBAN":
        bank = _digits(rng, 20)
        check = mod_97_10.calc_check_digits(bank + "ES")
        number = f"ES{check}{bank}"
        return (
            number,
            _grouped(number, (4,) * 6, " "),
            _grouped(number, (4,) * 6, "-"),
            number.lower(),
            f"{number[:4]} {_grouped(bank, (4, 4, 2, 10), ' ')}",
        )[way]
    if kind == "card":
        front = ("4" + _digits(rng, 14), "5" + "12345"[rng.integers(5)] + _digits(rng, 13), "37" + _digits(rng, 12))[
            way % 3
        ]
        number = front + luhn.calc_check_digit(front)
        if len(number) == 15:
            return _grouped(number, (4, 6, 5), " ")
        return (
            number,
            _grouped(number, (4,) * 4, " "),
            "",
            _grouped(number, (4,) * 4, "-"),
            _grouped(number, (4,) * 4, "."),
        )[way]
    if kind == "ICCID":
        front = "8934" + _digits(rng, 14)
        number = front + luhn.calc_check_digit(front)
        return (
            number,
            _grouped(number, (4, 4, 4, 4, 3), " "),
            number + "0",
            number,
            _grouped(number, (2, 2, 2, 12, 1), " "),
        )[way]
    if kind == "name":
        first, last = FIRST[language][rng.integers(6)], LAST[language][rng.integers(6)]
        return (
            f"{first} {last}",
            f"{first} {last} {LAST[language][rng.integers(6)]}",
            f"{first} {last}".lower(),
            first,
            f"{last}, {first}",
        )[way]
    return STREETS[language][way % 2]


def _word(digit: str, language: str) -> str:
    words = {
        "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
        "ca": "zero un dos tres quatre cinc sis set vuit nou",
        "eu": "zero bat bi hiru lau bost sei zazpi zortzi bederatzi",
        "gl": "cero un dous tres catro cinco seis sete oito nove",
        "en": "zero one two three four five six seven eight nine",
    }
    return words[language].split()[int(digit)]


def _amount(rng: np.random.Generator) -> str:
    return f"{rng.integers(1, 900)}.{rng.integers(100, 999)},{rng.integers(10, 99)} €"


def _period(rng: np.random.Generator) -> str:
    day, month = rng.integers(1, 28), rng.integers(1, 12)
    return f"{day:02}/{month:02}/2026 - {day:02}/{month + 1:02}/2026"


def _imei(rng: np.random.Generator) -> str:
    front = "35" + _digits(rng, 12)
    return front + luhn.calc_check_digit(front)


WITHOUT.update(
    {
        "amount": (
            _amount,
            {
                "es": "El importe pendiente es de {} según el último aviso.",
                "ca": "L'import pendent és de {}.",
                "eu": "Ordaintzeke dagoena {} da.",
                "gl": "O importe pendente é de {}.",
                "en": "The amount due is {}.",
            },
        ),
        "period": (
            _period,
            {
                "es": "Periodo de facturación: {}.",
                "ca": "Període de facturació: {}.",
                "eu": "Fakturazio-aldia: {}.",
                "gl": "Período de facturación: {}.",
                "en": "Billing period: {}.",
            },
        ),
        "order": (
            lambda rng: "6" + _digits(rng, 8),
            {
                "es": "Su pedido {} ya está en reparto.",
                "ca": "La comanda {} ja ha sortit.",
                "eu": "{} eskaera bidean da.",
                "gl": "O pedido {} xa saíu.",
                "en": "Your order {} is on its way.",
            },
        ),
        "ticket": (
            lambda rng: f"2026-{_digits(rng, 6)}",
            {
                "es": "Incidencia {} cerrada por el técnico.",
                "ca": "Incidència {} tancada.",
                "eu": "{} gertakaria itxita dago.",
                "gl": "Incidencia {} pechada.",
                "en": "Ticket {} was closed.",
            },
        ),
        "IMEI": (
            _imei,
            {
                "es": "El IMEI del terminal es {}.",
                "ca": "L'IMEI del terminal és {}.",
                "eu": "Gailuaren IMEI: {}.",
                "gl": "O IMEI do terminal é {}.",
                "en": "The IMEI of the handset is {}.",
            },
        ),
        "serial": (
            lambda rng: f"ZTEG{_digits(rng, 8)}",
            {
                "es": "El número de serie del router es {}.",
                "ca": "El número de sèrie del router és {}.",
                "eu": "Routerraren serie-zenbakia {} da.",
                "gl": "O número de serie do router é {}.",
                "en": "The router's serial number is {}.",
            },
        ),
        "address of a device": (
            lambda rng: f"192.168.{rng.integers(100, 255)}.{rng.integers(100, 255)}",
            {
                "es": "Entre en {} y cambie la clave de la wifi.",
                "ca": "Entri a {} i canviï la clau del wifi.",
                "eu": "Sartu {} helbidera eta aldatu wifiaren gakoa.",
                "gl": "Entre en {} e cambie a clave da wifi.",
                "en": "Open {} and change the wifi key.",
            },
        ),
        "speeds": (
            lambda rng: f"{rng.integers(300, 999)} / {rng.integers(300, 999)} / {rng.integers(100, 999)}",
            {
                "es": "Velocidades medidas: {} megas en tres pruebas.",
                "ca": "Velocitats mesurades: {} megues en tres proves.",
                "eu": "Neurtutako abiadurak: {} mega hiru probatan.",
                "gl": "Velocidades medidas: {} megas en tres probas.",
                "en": "Speeds measured: {} Mb in three tests.",
            },
        ),
        "contract": (
            lambda rng: f"{rng.integers(10, 99)}{_digits(rng, 10)}",
            {
                "es": "Contrato {} firmado en tienda.",
                "ca": "Contracte {} signat a la botiga.",
                "eu": "{} kontratua dendan sinatuta.",
                "gl": "Contrato {} asinado na tenda.",
                "en": "Contract {} was signed in the shop.",
            },
        ),
        "short numbers": (
            lambda rng: ("1004", "112", "016", "22 132", "1565")[rng.integers(5)],
            {
                "es": "Marque el {} desde su móvil, es gratis y atiende 24 horas.",
                "ca": "Truqui al {} des del mòbil, és gratuït.",
                "eu": "Deitu {} zenbakira mugikorretik, doan da.",
                "gl": "Marque o {} dende o móbil, é de balde.",
                "en": "Dial {} from your mobile, free of charge.",
            },
        ),
    }
)
