"""`Dialect`: words of another variety of the same language."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from alia_judge.probes.base import Expectation, Invariant, ItemProbe
from alia_judge.probes.phrases import base_language
from alia_judge.records import Item

__all__ = ["PROBES", "Dialect"]

#: Language -> words of the standard in the data and how another variety says them: American Spanish, Valencian,
#: western Basque, spoken Galician, American English.
_WORDS = MappingProxyType(
    {
        "es": "móvil:celular móviles:celulares ordenador:computadora aquí:acá allí:allá coste:costo costes:costos "
        "contraseña:clave pulse:presione coger:agarrar enfadado:enojado ahora:ahorita enseguida:ahorita "
        "piso:departamento dinero:plata conducir:manejar zumo:jugo",
        "ca": "avui:hui aquest:este aquesta:esta aquests:estos aquestes:estes seva:seua seves:seues "
        "meva:meua teva:teua servei:servici serveis:servicis sortir:eixir surt:ix tarda:vesprada petit:xicotet "
        "petita:xicoteta vuit:huit veure:vore veurà:vorà us:vos",
        "eu": "dut:dot dugu:dogu duzu:dozu duzue:dozue du:dau dute:dabe dituzu:dozuz ditugu:doguz ditu:dauz "
        "dizut:deutsut dizugu:deutsugu dizu:deutsu ere:be bezala:legez gabe:barik egin:ein",
        "gl": "para:pra vostede:vosté vostedes:vostés grazas:gracias ata:hasta ao:ó aos:ós moi:mui servizo:servicio "
        "quizais:quizá",
        "en": "mobile:cell colour:color cancelled:canceled apologise:apologize recognise:recognize organise:organize "
        "centre:center shop:store shops:stores fibre:fiber holiday:vacation licence:license whilst:while queue:line "
        "flat:apartment post:mail practise:practice ring:call engineer:technician enquiry:inquiry",
    }
)


@dataclass(frozen=True, kw_only=True)
class Dialect(ItemProbe):
    """Words of the response are replaced by how another variety of its language says them."""

    keeps: ClassVar[frozenset[Invariant]] = frozenset({"numbers"})

    name: str = "dialect"
    expectation: Expectation = "same"
    doses: tuple[float, ...] = (1,)
    changes: str = (
        "Words are said as another variety says them: American Spanish, Valencian, western Basque, spoken Galician, "
        "American English."
    )

    def change(self, item: Item, _dose: float, _rng: np.random.Generator, /) -> Item | None:
        """None where no such word occurs, or the language is none of the five."""
        said = dict(pair.split(":") for pair in _WORDS.get(base_language(item), "").split())
        if not said:
            return None
        any_of_them = re.compile(rf"\b(?:{'|'.join(said)})\b", re.IGNORECASE)
        text = any_of_them.sub(lambda found: _like(found[0], said), item.response)
        return replace(item, response=text) if text != item.response else None


def _like(word: str, said: dict[str, str]) -> str:
    """The other word, capitalised as this one is."""
    other = said[word.lower()]
    if word.isupper() and len(word) > 1:
        return other.upper()
    return other[0].upper() + other[1:] if word[0].isupper() else other


PROBES = (Dialect(),)
