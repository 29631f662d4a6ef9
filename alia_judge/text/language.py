"""Which of the languages of Spain, or their neighbours, a text is in: by its commonest words, nothing learnt."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["LANGUAGES", "guess_language"]

_WORD = re.compile(r"[^\W\d_]+(?:['’·][^\W\d_]+)*")

#: Frequent function words. A word in several lists counts for each of them; only the others decide.
_WORDS: Final[dict[str, frozenset[str]]] = {
    language: frozenset(words.split())
    for language, words in {
        "es": """
            de la que el en y a los se del las un por con no una su para es al lo como más pero sus
            le ya o este sí porque esta entre cuando muy sin sobre también me hasta hay donde quien
            desde todo nos durante ni contra ese esto mí antes algunos qué unos yo otro otras otra
            él tanto esa estos mucho nada muchos cual poco ella usted ustedes está están puede puedo
            tiene tengo hemos ha han mi cómo días
        """,
        "ca": """
            de la que el en i a els es del les un per amb no una seva és al ho com més però li ja o
            aquest sí perquè aquesta entre quan molt sense sobre també em fins hi on qui des tot ens
            durant ni contra aquell això mi abans alguns què uns jo altre altres altra ell tant
            aquests gaire res molts qual poc ella vostè vosaltres està estan pot puc té tinc hem ha
            han seu seus meva meu dies dels pels ser si us vam va vaig són aquestes d'aquest l'hi
            n'hi s'ha d'un d'una
        """,
        "eu": """
            eta da ez du dira bat ere dute izan den hau baina beste edo duen zen egin dago hori bere
            zuen nahi dituzu duzu dugu dizugu behar dezakezu dezakegu zure gure nire bezala gabe
            arte baino gero orain hemen non nola zer zein noiz zergatik baldin bada badu ditu dituen
            izango egiten zaio zait zaizu zaigu dela direla duela oso gehiago bai kaixo mesedez
            eskerrik asko egun batean batekin ari naiz zara gara dizut diogu
        """,
        "gl": """
            de a que o en e os se do as un por con non unha súa para é ao como máis pero seus lle xa
            ou este si porque esta entre cando moi sen sobre tamén me ata hai onde quen desde todo
            nos durante nin contra ese isto min antes algúns uns eu outro outras outra el tanto esa
            estes moito nada moitos cal pouco ela vostede vostedes está están pode podo ten teño
            temos ha han meu miña seu da das dos no na nas polo pola pra dun dunha co coa cos coas
            aos ás foi son estou grazas
        """,
        "en": """
            the of and to in is that for it as was with be by on not he his but at are this have
            from or had an they which one you were her all she there would their we him been has
            when who will more no if out so said what up its about into than them can only other new
            some could time these two may then do first any my now such like our over me even most
            made after also did many before must through your i'm you're don't it's
        """,
        "pt": """
            de a que o e do da em um para é com não uma os no se na por mais as dos como mas foi ao
            ele das tem à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso
            ela entre era depois sem mesmo aos ter seus quem nas me esse eles estão você tinha foram
            essa num nem suas meu às minha têm numa pelos elas havia seja qual será nós tenho lhe
            deles essas esses pelas este fosse dele
        """,
        "fr": """
            de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il
            sont mais avec ou son comme on sa nous aux leur cette été tout deux même ces sans fait
            être elle vous ont ses était si peut très bien votre je j'ai c'est d'une d'un l'on n'est
            qu'il aussi entre après encore alors dont
        """,
    }.items()
}

#: The languages whose list holds a word.
_HOLDING: Final[dict[str, tuple[str, ...]]] = {
    word: tuple(language for language, known in _WORDS.items() if word in known)
    for word in frozenset().union(*_WORDS.values())
}

#: Languages that can be told.
LANGUAGES: Final[tuple[str, ...]] = tuple(_WORDS)

#: Words a text needs, hits it needs among them, and how far ahead of the next language the best must be.
_FEWEST_WORDS, _FEWEST_HITS, _AHEAD = 12, 4, 1.25


def guess_language(text: str) -> str | None:
    """The language of a text, or None where it is too short or could be several.

    Parameters
    ----------
    text
        Running text.

    Returns
    -------
    str or None
        ``"es"``, ``"ca"``, ``"eu"``, ``"gl"``, ``"en"``, ``"pt"`` or ``"fr"``.

    Notes
    -----
    Each word counts for the languages whose list holds it, less the more of them there are; Basque endings count too,
    since its function words are fewer. The best must have at least four hits' worth and lead by a quarter.

    Examples
    --------
    >>> guess_language("Hemos revisado su línea y el técnico irá mañana por la tarde, entre las cuatro y las seis.")
    'es'
    >>> guess_language("Zure lineari begiratu diogu eta teknikaria bihar arratsaldean joango da etxera, mesedez.")
    'eu'
    """
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(text)]
    if len(words) < _FEWEST_WORDS:
        return None
    scores = dict.fromkeys(_WORDS, 0.0)
    for word in words:
        holding = _HOLDING.get(word, ())
        for language in holding:
            scores[language] += 1.0 / len(holding)
        if not holding and word.endswith(_BASQUE_ENDINGS) and len(word) > 5:
            scores["eu"] += 0.3
    ranked = sorted(scores, key=lambda language: -scores[language])
    best, second = ranked[0], ranked[1]
    if scores[best] < _FEWEST_HITS * min(1.0, len(words) / 25) or scores[best] < _AHEAD * scores[second]:
        return None
    return best


_BASQUE_ENDINGS = ("aren", "arekin", "rako", "etan", "tzen", "tuko", "tako", "ean", "eko", "ari", "ren", "tzeko", "rik")
