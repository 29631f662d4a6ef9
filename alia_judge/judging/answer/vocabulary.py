"""Words a judge's answer may hold besides a numeral, in five languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "ABOUT",
    "ANNOUNCEMENT",
    "AROUND",
    "BEFORE_SHARE",
    "COMPARED",
    "COMPLEMENTS",
    "CORRECTION",
    "DECLINES",
    "DEGREE",
    "HALF",
    "HEDGE",
    "NAMED",
    "NO",
    "NOT_QUITE",
    "NUMBER_WORDS",
    "OR",
    "OR_SO",
    "OTHERS",
    "OTHER_QUANTITY",
    "OTHER_SCALE",
    "OUT_OF",
    "OVERALL",
    "PAIR_ANSWERS",
    "REFUSAL",
    "REVISED",
    "STOP",
    "SUPPOSED",
    "TITLE",
    "TO",
    "UNBELIEVED",
    "UNITS",
    "UNRATED",
    "YES",
]

#: Whole numbers from 0 to 10 as they are written out. Some are articles as well ("un", "una", Basque "bat"), so a
#: number word counts only where it is the whole of an answer, never in running text.
NUMBER_WORDS: MappingProxyType[str, int] = MappingProxyType(
    {
        word: number
        for number, words in enumerate(
            (
                # en, es, ca, eu, gl
                ("zero", "cero"),
                ("one", "uno", "una", "un", "u", "bat", "unha"),
                ("two", "dos", "dues", "bi", "dous", "dúas"),
                ("three", "tres", "hiru"),
                ("four", "cuatro", "quatre", "lau", "catro"),
                ("five", "cinco", "cinc", "bost"),
                ("six", "seis", "sis", "sei"),
                ("seven", "siete", "set", "zazpi", "sete"),
                ("eight", "ocho", "vuit", "huit", "zortzi", "oito"),
                ("nine", "nueve", "nou", "bederatzi", "nove"),
                ("ten", "diez", "deu", "hamar", "dez"),
            )
        )
        for word in words
    }
)

#: How a preference is asked for: 1 the first, 2 the second, 0 a tie; numerals are tokens of their own, -1 is not.
PAIR_ANSWERS: Mapping[float, float] = MappingProxyType({-1.0: 1.0, 0.0: 0.0, 1.0: 2.0})

#: Words for the two ends of a yes-no scale, accepted for one another where a scale's labels are two of them.
YES = frozenset({"yes", "true", "sí", "si", "bai", "verdadero", "cert", "egia", "verdadeiro"})
NO = frozenset({"no", "false", "ez", "non", "falso", "fals", "gezurra"})

#: What is said in place of yes and of no after a label that asks ("Correct: not yet"), and what is neither.
YES_TOO = (
    r"yep|yeah|yup|y|t|affirmative|absolutely|definitely|certainly|of course|[✓✔✅☑]\ufe0f?"
    r"|claro(?: que sí)?|por supuesto|desde luego|sin duda|afirmativo|és clar|per descomptat|bai horixe|noski"
    r"|por suposto"
)
NO_TOO = (
    r"nope|nah|n|f|x|never|negative|not (?:yet|at all)|by no means|far from it|no way|[✗✘❌]\ufe0f?"
    r"|(?:todavía|aún|de momento|por ahora) no|nunca|jamás|para nada|en absoluto|ni hablar|negativo"
    r"|(?:encara|de moment) no|mai|gens|de cap manera|oraindik ez|inoiz ez|inola ere ez|(?:aínda|polo de agora) non"
    r"|de ningunha maneira"
)
NEITHER_YES_NOR_NO = (
    r"mostly|largely|partially|partly|in part|somewhat|hardly|barely|almost|nearly|kind of|sort of|half|both|neither"
    r"|not (?:quite|really|entirely|fully|exactly|sure|clear)|maybe|perhaps|possibly|unclear|unsure|unknown|none|null"
    r"|n/?a|tbd|\?"
    r"|casi|en (?:gran )?parte|parcialmente|apenas|a medias|más o menos|quizás?|tal vez|depende|no (?:del todo|sé)"
    r"|desconocido|gairebé|en part|parcialment|a mitges|potser|depèn|no del tot|ia|partzialki|erdizka|agian|ez guztiz"
    r"|case|quizais|non de todo"
)

#: As the last, whatever comes after it: "Correct: it depends on the edition".
UNDECIDED = (
    r"(?:it )?depends|unclear|not (?:sure|clear)|unsure|hard to (?:say|tell)|(?:can['’]?t|cannot)"
    r" (?:say|tell|determine)"
    r"|depende|depèn|no (?:está|queda) claro|no (?:lo )?sé|difícil de (?:decir|dir)|no (?:és|està|queda) clar"
    r"|ez dago argi"
    r"|ez dakit|non (?:está|queda) claro|non sei"
)

#: Pairs of labels that leave no middle, so that what is not one is the other: "not correct" is incorrect, while what is
#: not good need not be bad. In five languages, without their gender's ending.
COMPLEMENTS = (
    *(("correct", "incorrect"), ("pass", "fail"), ("true", "false"), ("valid", "invalid"), ("success", "failure")),
    *(("right", "wrong"), ("resolved", "unresolved"), ("correct", "incorrecto"), ("aprobado", "suspenso")),
    *(("válido", "inválido"), ("resuelto", "no resuelto"), ("verdadero", "falso"), ("correcte", "incorrecte")),
    *(("resolt", "no resolt"), ("vàlid", "invàlid"), ("zuzena", "okerra"), ("egia", "gezurra"), ("zuzen", "oker")),
    *(("resolto", "non resolto"), ("certo", "falso"), ("correcto", "incorrecto"), ("veritable", "fals")),
)

#: What announces a score.
ANNOUNCEMENT = (
    r"(?:score|rating|grade|mark|verdict|answer|result|label|class|category"
    r"|puntuación|puntaje|nota|valoración|calificación|veredicto|respuesta|resultado|etiqueta|clase|categoría"
    r"|puntuació|valoració|qualificació|veredicte|resposta|resultat|classe|categoria"
    r"|puntuazioa?|balorazioa?|kalifikazioa?|epaia|erantzuna|emaitza|etiketa|kategoria"
    r"|cualificación)"
)
#: Those of them that also name things and head sections: "Answer 2: ...", "Nota: el texto ...".
TITLE = (
    r"(?:mark|answer|result|verdict|nota|respuesta|resultado|veredicto|resposta|resultat|veredicte"
    r"|erantzuna|emaitza|epaia|label|class|category|etiqueta|clase|categoría|classe|categoria|etiketa|kategoria)"
)
#: What may stand between an announcement and its colon.
OVERALL = r"(?:final|total|global|general|overall|inicial|initial|definitiv[ao]|finala|osoa)"
#: Words that announce a score that takes back an earlier one, with a sign or without.
REVISED = (
    r"(?:final|overall|total|revised|corrected|updated|adjusted|definitiv[ao]|revisad[ao]|corregid[ao]|corregit"
    r"|corregida"
    r"|revisat|zuzendua|azkena|finala)"
)
CORRECTION = (
    r"\b(?:actually|wait|i meant?|quiero decir|vull dir|esan nahi dut|quero dicir|on second thoughts?"
    r"|correction|scratch that|or rather|on reflection|sorry|let me correct"
    r"|en realidad|mejor dicho|perdón|rectifico|pensándolo mejor|en realitat|millor dit|perdó|pensant-ho millor"
    r"|hobeto esanda|barkatu|egia esan|en realidade|mellor dito|perdoa)\b"
)
#: Another scale than the one that was asked on: "on a scale of 1 to 10".
OTHER_SCALE = (
    r"(?:\bscale\b|\bescala\b|\beskala\w{0,6})[^\d\n]{0,20}"
    r"\d{1,4}\s{0,3}(?:to|and|-|–|a|al|ao|i|y|e|eta|etik)\s{0,3}\d{1,4}"
)
#: Between two alternatives ("3 or 4"), between the ends of a scale ("1 to 5"), and before what a score is out of.
OR = r"(?:\b(?:or|to|o|u|ou|edo|and|y|i|e|eta|al|a|ao)\b|/|\||-|–|—|~|→|\.\.+|…)"
TO = r"(?:to|and|a|al|ao|i|y|e|eta|-|–|\.\.+|…)"
OUT_OF = (
    r"(?:/|(?:out of|of|over|sobre|de|d'un total de|von|sur|su|van|av|em|из|z)"
    r"(?:\s+(?:an?|un|dun)\s+(?:possible|maximum|total|máximo|màxim|posible|possible)(?:\s+(?:of|de))?)?)"
)
#: As `OUT_OF`, before the number: Basque's "10etik 4".
BEFORE_SHARE = r"(?<!\w)\d{1,4}-?e?tik"
#: Before a number, what makes it no point: "about 4", "casi un 4".
ABOUT = (
    r"[~≈≃∼]|\b(?:about|around|approx(?:imately|\.)?|roughly|circa|ca\.|nearly|almost|close to|more or less"
    r"|somewhere near|practically|virtually|pr[aá]cticamente|pràcticament|praktikoki"
    r"|up to|at most|max(?:imum)?\.?|min(?:imum)?\.?|maybe|perhaps|possibly|probably|likely"
    r"|hasta|máximo|mínimo|quizás?|tal vez|posiblemente|probablemente|seguramente"
    r"|fins a|màxim|mínim|potser|possiblement|probablement|segurament"
    r"|gehienez|gutxienez|agian|akaso|beharbada|ziurrenik|seguruenik"
    r"|ata|quizais|talvez|posiblemente|probablemente"
    r"|aproximadamente|aprox\.?|alrededor de|cerca de|casi|más o menos|en torno a"
    r"|aproximadament|al voltant de|gairebé|quasi|prop de|més o menys"
    r"|gutxi gorabehera|inguruan|ia|ia-ia"
    r"|arredor de|preto de|case|máis ou menos)(?:\s+(?:an?|un|una|unha))?"
)
#: After a number, what makes it no point: "3 or higher", "3+", "4-ish", "3 at best".
OR_SO = (
    r"[-–]?ish\b|\s(?:baino|bat izateko|izateko)\b|\s{0,2}(?:±|\+/-)|\+|\s?[?？](?!\d)|[-–](?=\s*(?:$|\n))"
    r"|[\s,(]{1,5}(?:(?:or|and)\s+(?:higher|more|above|lower|less|fewer|below|under|over|up|so|better|worse|greater)"
    r"|at (?:best|most|least|the (?:most|least|very))|approx(?:imately|\.)?|give or take|plus\b"
    r"|(?:o|y)\s+(?:más|menos|superior|inferior|mayor|menor|mejor|peor|así|algo más|algo menos)"
    r"|como (?:mucho|máximo|mínimo|poco)|al menos|aproximadamente|aprox\.?|más o menos"
    r"|(?:o|i)\s+(?:més|menys|millor|pitjor)|com a (?:molt|màxim|mínim)|almenys|aproximadament|més o menys"
    r"|(?:edo|eta)\s+(?:gehiago|gutxiago|handiagoa?|txikiagoa?|hobea?)|gutxienez|gehienez|inguru|gutxi gorabehera"
    r"|(?:ou|e)\s+(?:máis|menos|mellor|peor)|como moito|polo menos|máis ou menos)(?!\w)"
)
#: Words that put a second number beside a first: "3, maybe 4", "3 pero podría ser un 4".
HEDGE = (
    r"no(?=,)|rather|wait|actually|make that|i mean|digo|mejor|perdón|perdó|millor|mellor|sorry|but|maybe"
    r"|perhaps|possibly|probably|could|might|be|even|almost|nearly|close|or|a|an|to|well"
    r"|pero|quizás?|tal vez|puede|podría|ser|incluso|casi|un|una|o"
    r"|però|potser|podria|fins|gairebé"
    r"|baina|agian|akaso|ia|beharbada|edo"
    r"|mais|quizais|poida|talvez|podería|ou"
)
#: What makes a number half a point more.
HALF = r"½|1/2|and a half|y medi[oa]|i mi(?:g|tja)|eta erdi|e medi[oa]"
#: What a score is counted in.
UNITS = r"stars?|points?|estrellas?|puntos?|estrel(?:l)?es|estrelas?|punts?|puntu\w{0,10}|izar(?:rak)?|pontos?"
#: Before a label, what makes it more or less than it is: "bastante buena".
DEGREE = (
    r"very|quite|rather|almost|nearly|barely|somewhat|mostly|partly|partially|fairly|hardly|less|more|too"
    r"|muy|bastante|casi|algo|apenas|parcialmente|poco|más|menos|demasiado"
    r"|molt|força|gairebé|quasi|una mica|parcialment|poc|més|menys|massa"
    r"|oso|nahiko|ia|pixka bat|partzialki|gutxi|moi|case|bastante|un pouco|máis"
)
#: In a clause before a label, what makes it something supposed, reported, doubted or denied, and no verdict.
SUPPOSED = (
    r"\b(?:if|would|should|could|might|may|must|whether|doubt|doubtful|claims?|says|said|asked|asks|hard to|far from"
    r"|fails? to|needs? to|unless|not|never|nor|neither|cannot|lacks?|hardly"
    r"|si|sería|debería|podría|puede|quizás?|dudo|dice|afirma|pregunta|preguntó|no|ni|nunca|tampoco|difícil|lejos de"
    r"|seria|hauria|podria|potser|dubto|diu|preguntava|mai|tampoc|lluny de"
    r"|balitz|zalantza\w*|dio|galdetu|ez|inoiz|zaila|agian"
    r"|se|podería|pode|dubido|di|preguntou|non|nin|tampouco|lonxe de)\b|n['’]t\b"
)
#: Before what announces a label ("the answer is correct"), what makes it somebody's doubt.
UNBELIEVED = (
    r"(?:\b(?:not|never|cannot|can['’]t|don['’]t|doesn['’]t|wouldn['’]t)\s(?:\w{1,20}\s)?(?:think|believe|say"
    r"|claim|agree"
    r"|consider|sure|certain|know|tell)|\b(?:no|non)\s(?:\w{1,20}\s)?(?:creo|crec|diría|diria|considero|pienso"
    r"|penso|sé|sei"
    r"|estoy seguro)|\b(?:if|whether|doubt|unless|claims?|asks?|asked|si|dudo|dubto|dubido|pregunta|preguntó"
    r"|zalantza)\b)"
)
#: What may follow a number that stands for itself: a unit, or the beginning of a reason.
STOP = (
    r"stars?|points?|estrellas?|puntos?|estrel(?:l)?es|estrelas?|punts?|puntu\w*|izar(?:rak)?|pontos?"
    r"|because|since|as|for|due|given|with|although|though|but|at most|overall|here|then|instead|not"
    r"|rather than|instead of|despite|considering|in spite of|however|while|in total|as it"
    r"|en vez de|en lugar de|en comptes de|en lloc de|ordez"
    r"|porque|ya que|pues|dado|con|aunque|pero|debido|por|a pesar de|en total"
    r"|perquè|ja que|atès|amb|encara|però"
    r"|da|dela|delako|bat|baita|izan|emango|ematen|baina"
    r"|porque|xa que|dado|cun|coa|aínda|mais|pola?"
    r"|malgrat|arren|malia|a pesar"
)
#: After an announced score, nouns in the plural that count nothing: "4 points".
AROUND = (
    r"(?:stars|points|estrellas|puntos|estrelles|punts|estrelas|pontos|as|is|es|this|its|was|has|does|porque|pues)\b"
)
#: Before a number, in its clause: what denies or bounds it ("not a 4", "at least 3").
NOT_QUITE = re.compile(
    r"(?:\b(?:rather than|instead of|en vez de|en lugar de|en comptes de|en lloc de"
    r"|not|never|no|cannot|hardly|less than|more than|fewer than|at least|at most"
    r"|above|below|under|over|would be|would have been"
    r"|nunca|sería|habría sido|menos de|más de|al menos|como mucho|como máximo|por encima de|por debajo de|sin llegar a"
    r"|mai|seria|hauria sigut|menys de|més de|almenys|com a mínim|com a màxim|no arriba a"
    r"|ez|inoiz|litzateke|gutxienez|gehienez"
    r"|non|tería sido|máis de|polo menos|como mínimo)\b|n['’]t\b)[^\d\n.;:!?]{0,25}$",
    re.IGNORECASE,
)
#: What is counted or measured besides the score: "Confidence: 5", "Errors: 2", "Internal Server Error: 5".
OTHER_QUANTITY = (
    r"(?:confidence|certainty|uncertainty|probability|count|errors?|mistakes?|faults?|issues?|problems?|words?|tokens?"
    r"|erreurs?|fehler|errori|rank|position|missing|duration|seconds?|latency|timeout|retry|http|threshold"
    r"|weight|warnings?|attempts?"
    r"|confianza|certeza|probabilidad|recuento|errore?s?|fallos?|faltas?|problemas?|palabras?|puesto|posición|faltan?"
    r"|duración|segundos?|umbral|peso|avisos?|intentos?"
    r"|confiança|certesa|probabilitat|recompte|errades?|faltes?|problemes?|paraules?|posició|durada|segons|llindar|pes"
    r"|konfiantza|ziurtasuna|probabilitatea|akats(?:a|ak)?|erroreak?|arazoak?|hitzak|postua|iraupena|segundoak|ataria"
    r"|probabilidade|reconto|erros?|posto|segundos|limiar)"
)
#: Before a number: what it is only compared with ("better than a 2"). Of a pair, such a sentence names both.
COMPARED = re.compile(
    r"\b(?:(?:better|worse|higher|lower|greater|smaller) than|short of|beyond|previous|earlier"
    r"|(?:mejor|peor|superior|inferior) (?:que|a)|(?:millor|pitjor) que|(?:mellor|peor) (?:que|ca)|anterior)\b"
    r"[^\d\n.;:!?]{0,25}$",
    re.IGNORECASE,
)
#: Of a pair, which is said to be the worse: "1 < 2", "Response 1 loses".
LOSES = re.compile(
    r"(?<![\w.,])(?P<loser>[12])\s{0,3}<{1,3}\s{0,3}[12](?![\w.,]\d)"
    r"|(?<![\w.,])(?P<worse>[12])\b[^\d\n.;:!?]{0,12}\b(?:loses|lost|is beaten"
    r"|(?:is|was) (?:the )?(?:clearly )?(?:worse|worst|weaker|inferior|loser)"
    r"|pierde|(?:es|fue) (?:la |el |claramente )?(?:peor|inferior)|perd|és (?:la |el )?pitjor"
    r"|galtzen|okerragoa|é (?:a |o )?peor)\b",
    re.IGNORECASE,
)
#: Whose score, or which bound, is announced besides the judge's own: "Max score: 5", "Human score: 3".
OTHERS = (
    r"(?:max(?:imum|\.)?|min(?:imum|\.)?|highest|lowest|possible|perfect|passing|baseline|threshold|target|cut-?off"
    r"|previous|prior|earlier|old|former|expected|reference|gold|human|user|customer|client|reader|annotator|example"
    r"|sample|gehienezko|gutxieneko|aurreko|erabiltzailearen|bezeroaren|giza|esperotako|adibideko)(?:['’]s)?"
)
_OTHERS_AFTER = (
    r"(?:máxima|mínima|anterior|previa|esperada|humana|posible|de referencia|del usuario|del cliente|de ejemplo"
    r"|de corte"
    r"|màxima|possible|prèvia|de referència|de l['’]usuari|d['’]exemple|agardada|do usuario|de exemplo)"
)
#: Before a number: what it names.
NAMED = re.compile(
    r"(?:\b(?:item|option|response|answer|text|section|paragraph|step|version|line|page|question|number|no|point|part"
    r"|candidate|code|status|chapter|table|figure|level|phase|código|capítulo|tabla|nivel|fase|opción|respuesta"
    r"|texto|sección|párrafo|paso|versión|línea|página|pregunta|número|punto|parte"
    r"|opció|resposta|secció|paràgraf|pas|versió|línia|pàgina|punt|part"
    r"|aukera|erantzuna|testua|atala|urratsa|orria|galdera|zenbakia"
    r"|sección|parágrafo|liña|páxina)\b\.?|\bn[º°]|n\.º|#)\s*$"
    r"|\b(?:code|código|codi|kodea|status|errno)\b[^\d\n]{0,5}$"
    rf"|\b{OTHER_QUANTITY}(?:\s(?:score|rating|level))?\b[^\w\n]{{0,8}}(?:(?:is|of|es|és|da|é|in|after|en)\s)?$"
    rf"|\b{OTHERS}\s{ANNOUNCEMENT}\b[^\w\n]{{0,8}}(?:(?:is|of|was|es|és|da|é)\s)?$"
    rf"|\b{ANNOUNCEMENT}\s{_OTHERS_AFTER}\b[^\w\n]{{0,8}}(?:(?:is|of|es|és|é)\s)?$"
    r"|\bto (?:score|get|reach|earn|deserve)(?:\san?)?\s{1,3}$|\b(?:para|per a?)\s(?:un|una|unha)\s{1,3}$"
    r"|\b(?:of the|out of the|all|the|these|those|its|los|las|sus|dels|els|les|dos|das|os|as)\s{1,3}$"
    r"|\b(?:minus|subtract(?:s|ed|ing)?|deduct(?:s|ed|ing)?|lost|loses?|lower(?:s|ed)? it by|tak(?:e|es"
    r"|ing) (?:off|away)"
    r"|resto|restaría|resta|restando|quito|quitaría|quita|descuento|bajo|trec|restaria|descompto|kendu|kentzen|kenduko"
    r"|descontaría|réstolle|quítolle)\s{1,3}(?:an?\s|un[ao]?\s)?$"
    r"|\b(?:category|categoría|categoria|kategoria|(?:again|back|retry|wait) (?:in|after|for))\s{1,3}$"
    r"|\b(?:there (?:is|are|was|were|remain)|(?:i|we) (?:found|counted?|see|saw|find)|hay|había"
    r"|he (?:encontrado|contado"
    r"|visto|hallado)|encontré|hallé|hi ha|hi havia|he (?:trobat|comptat|vist)|aurkitu ditut|daude|atopei|contei"
    r"|hai)\s{1,3}$",
    re.IGNORECASE,
)

#: Matches where a text says that it cannot give a score, whatever number stands beside it.
UNRATED = re.compile(
    r"\b(?:i (?:can(?:'t|’t|not| not)|won['’]t|will not|must decline to|decline to|am unable to|['’]m unable to"
    r"|am not able to|refuse to)|i['’]m (?:unable|not able) to)\s(?:\w+\s){0,2}(?:rate|score|grade|judge"
    r"|evaluate|assess)\b"
    r"(?!\s[^.\n]{0,20}\b(?:higher|more|above|lower|less|below|any|as|the)\b)"
    r"|\bi (?:don['’]t|do not) (?:give|assign|provide|hand out) (?:numeric(?:al)? )?(?:scores?|ratings?|grades?)\b"
    r"|\bno (?:doy|asigno|pongo|poso|dono) (?:notas|notes|puntuacion(?:e)?s)\b"
    r"|\bno (?:puedo|voy a|podré|es posible|se puede)\s(?:\w+\s)?(?:puntuar|calificar|evaluar|valorar"
    r"|juzgar)(?:lo|la)?\b"
    r"(?!\s[^.\n]{0,20}\b(?:más|menos|con más|con menos)\b)"
    r"|\bno (?:puc|podré|es pot|és possible)\s(?:\w+\s)?(?:puntuar|qualificar|avaluar|valorar|jutjar)(?:-ho|-lo|-la)?\b"
    r"(?!\s[^.\n]{0,20}\b(?:més|menys)\b)"
    r"|\bezin (?:dut|dizut|izango dut|da)\s(?:\w+\s){0,2}(?:puntuatu|ebaluatu|baloratu|epaitu|kalifikatu)\b"
    r"|\bnon (?:podo|vou|poderei|é posible|se pode)\s(?:\w+\s)?(?:puntuar|cualificar|avaliar|valorar"
    r"|xulgar)(?:lo|la)?\b"
    r"(?!\s[^.\n]{0,20}\b(?:máis|menos)\b)",
    re.IGNORECASE,
)

_REFUSALS = (
    # English
    r"\bi(?:'m| am) (?:sorry|unable|not able|afraid)\b",
    r"\bi (?:can(?:'t|not| not)|won't|will not|must decline|decline)\b",
    r"\bas an ai\b",
    # Spanish
    r"\blo siento\b",
    r"\bno (?:puedo|me es posible|voy a poder|estoy en condiciones de)\b",
    r"\bcomo (?:una? )?(?:ia|inteligencia artificial|modelo de lenguaje)\b",
    # Catalan
    r"\bho sento\b",
    r"\bem sap greu\b",
    r"\bno (?:puc|m'és possible|em és possible|podré)\b",
    r"\bcom a (?:ia|intel·ligència artificial|model de llenguatge|model lingüístic)\b",
    # Basque
    r"\bsentitzen dut\b",
    r"\bbarkatu\b",
    r"\bezin (?:dut|dizut|naiz|izango dut|diot)\b",
    r"\badimen artifizial\w* (?:naiz|gisa)\b",
    # Galician
    r"\bsíntoo\b",
    r"\bsinto (?:moito )?(?:non|que)\b",
    r"\bnon (?:podo|me é posible|vou poder|poderei)\b",
    r"\bcomo (?:unha? )?(?:ia|intelixencia artificial|modelo de linguaxe)\b",
)

#: Matches where a text declines to judge. Search it only where no score was found: "I'm afraid this is a 2" scores.
REFUSAL = re.compile("|".join(_REFUSALS), re.IGNORECASE)

#: Matches where a text says that it cannot or will not, whatever else it says: "No, I can't judge this."
DECLINES = re.compile(
    r"\bi (?:can(?:'t|not| not)|won't|will not|must decline|decline)\b|\bno (?:puedo|me es posible|voy a poder)\b"
    r"|\bno (?:puc|podré)\b|\bezin (?:dut|dizut|izango dut)\b|\bnon (?:podo|vou poder|poderei)\b",
    re.IGNORECASE,
)
