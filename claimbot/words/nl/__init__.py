"""Dutch: what the bot understands, and what its buttons say."""

from claimbot.claim import Flaw
from claimbot.words import Alarm, Choice, Language
from claimbot.words.nl.replies import REPLIES

LABELS = {
    Choice.HELP: "Hulp",
    Choice.HUMAN: "Medewerker",
    Choice.STOP: "Stoppen",
    Choice.CHANGE: "Wijzigen",
    Choice.STATUS: "Status",
    Choice.START_OVER: "Opnieuw beginnen",
    Choice.ERASE: "Alles wissen",
    Choice.SEND: "Versturen",
    Choice.GREETING: "Hallo",
    Choice.THANKS: "Bedankt",
    Choice.YES: "Ja",
    Choice.NO: "Nee",
    Choice.LATER: "Later",
    Choice.NO_FORM: "Geen",
    Choice.DONE: "Klaar",
    Choice.EXTRA: "Extra foto",
    Choice.REPLACE: "Foto vervangen",
    Choice.DISCARD: "Niet gebruiken",
    Choice.KEEP: "30 dagen bewaren",
    Choice.CONTINUE: "Verder",
    Choice.NEW_CLAIM: "Nieuwe melding",
    Choice.ADD_TO_CLAIM: "Bij die melding",
    Choice.POLICY_NUMBER: "Polisnummer",
    Choice.PHOTOS: "Foto's",
    Choice.FORM: "Formulier",
    Choice.FIRST: "Eerste",
    Choice.SECOND: "Tweede",
    Choice.THIRD: "Derde",
    Choice.PHOTO_1: "Foto 1",
    Choice.PHOTO_2: "Foto 2",
    Choice.PHOTO_3: "Foto 3",
}

HEARD = {
    Choice.HELP: ("help", "wat kan je", "wat kun je", "hoe werkt dit", "uitleg"),
    Choice.HUMAN: (
        *("een mens", "mens", "iemand", "collega", "bel mij", "bel me", "bel mij terug"),
        *("bel me terug", "mag ik een mens", "persoon"),
    ),
    Choice.STOP: ("stop", "annuleren", "annuleer", "ophouden", "ik wil stoppen", "laat maar"),
    Choice.CHANGE: ("wijzig", "aanpassen", "veranderen", "klopt niet", "dat klopt niet", "fout"),
    Choice.STATUS: ("wat heb je", "hoe staat het ervoor", "waar is mijn melding"),
    Choice.START_OVER: ("opnieuw", "herstart", "begin opnieuw", "overnieuw"),
    Choice.ERASE: ("wissen", "wis", "verwijderen", "verwijder alles", "wis alles", "vergeet mij"),
    Choice.SEND: ("verstuur", "verzenden", "verzend", "opsturen", "stuur op", "verstuur maar"),
    Choice.GREETING: (
        *("hoi", "hallo daar", "hey", "dag", "goedemorgen", "goedemiddag", "goedenavond", "hai"),
        *("goedendag", "start", "moi"),
    ),
    Choice.THANKS: (
        *("dank je", "dankje", "dank u", "dankjewel", "dank je wel", "dank u wel", "dank"),
        *("oke bedankt", "oké bedankt", "ok bedankt", "top bedankt"),
    ),
    Choice.YES: (
        *("j", "jawel", "klopt", "dat klopt", "juist", "ja hoor", "ja graag", "ok", "oke", "oké"),
        *("akkoord", "goed", "is goed", "prima", "zeker", "ja klopt", "ja dat klopt"),
    ),
    Choice.NO: (
        *("n", "neen", "nee hoor", "nee dank je", "nee bedankt", "klopt niet", "dat klopt niet"),
        *("nee klopt niet", "geen van deze"),
    ),
    Choice.LATER: ("niet bij de hand", "weet ik niet", "heb ik niet", "geen idee", "weet niet"),
    Choice.NO_FORM: ("geen formulier", "heb ik niet", "niet", "overslaan", "zonder"),
    Choice.DONE: ("dat is alles", "dat was het", "gereed", "geen", "niet meer"),
    Choice.EXTRA: ("extra", "bewaren", "bewaar", "houden"),
    Choice.REPLACE: ("vervangen", "vervang", "ruilen"),
    Choice.DISCARD: ("niet", "weg", "weggooien"),
    Choice.KEEP: ("bewaren", "bewaar", "opslaan", "stoppen", "stop"),
    Choice.CONTINUE: ("doorgaan", "ga verder", "ga door", "verder gaan", "bot"),
    Choice.NEW_CLAIM: ("nieuw", "nieuwe schade", "andere schade"),
    Choice.ADD_TO_CLAIM: ("toevoegen", "voeg toe", "zelfde melding", "die melding"),
    Choice.POLICY_NUMBER: ("nummer", "polis", "het nummer", "het polisnummer"),
    Choice.PHOTOS: ("foto", "de foto's", "een foto", "fotos"),
    Choice.FORM: ("schadeformulier", "het formulier"),
    Choice.FIRST: ("de eerste",),
    Choice.SECOND: ("de tweede",),
    Choice.THIRD: ("de derde",),
}

MENTIONS = {
    Choice.HUMAN: (
        *("medewerker spreken", "echte mens", "iemand spreken", "met iemand praten"),
        *("een mens", "echt persoon", "echte persoon", "een medewerker", "terugbellen"),
    ),
    Choice.LATER: ("niet bij de hand", "niet bij me", "weet ik niet", "geen polisnummer"),
    Choice.NO_FORM: ("geen formulier", "geen schadeformulier", "heb ik niet"),
}

ALARM = Alarm(
    hurt=frozenset(
        {
            *("gewond", "gewonden", "gewonde", "zwaargewond", "zwaargewonde", "zwaargewonden"),
            *("lichtgewond", "lichtgewonde", "lichtgewonden", "verwond", "verwonding"),
            *("verwondingen", "bloed", "bloedt", "bloeden", "bloedde", "bloeding", "bewusteloos"),
            *("flauwgevallen", "bekneld", "ambulance", "letsel", "letselschade", "pijn"),
            *("nekpijn", "rugpijn", "hoofdpijn", "whiplash", "hersenschudding", "botbreuk"),
            *("slachtoffers", "overleden", "dode", "doden", "ziekenhuis", "duizelig"),
            *("nekklachten", "hartaanval", "hartstilstand", "fietser", "voetganger"),
        }
    ),
    danger=frozenset(
        {
            *("ademt niet", "niet aanspreekbaar", "buiten bewustzijn", "niet bij bewustzijn"),
            *("in brand", "vast in de auto", "vast in mijn auto", "kan er niet uit"),
            *("kunnen er niet uit", "houdt niet op met bloeden", "stopt niet met bloeden"),
            *("bloeden stopt niet", "bloeding stopt niet", "reageert niet", "beweegt niet"),
            *("kan niet ademen", "kan niet ademhalen", "krijg geen lucht", "krijgt geen lucht"),
            *("kan niet lopen", "zit klem", "zitten klem", "vast in auto", "brandt"),
            *("nog geen ambulance", "ambulance is er nog niet", "gebroken arm", "arm gebroken"),
            *("gebroken been", "been gebroken", "doet zeer", "niet iedereen is ongedeerd"),
        }
    ),
    calls=frozenset({"bel", "bellen", "belde", "gebeld", "alarmnummer", "help", "hulp", "nodig"}),
    nobody=frozenset({"niemand"}),
    negations=frozenset({"niet", "geen", "zonder", "nooit", "niks", "niets", "nee", "nul", "0"}),
    degrees=frozenset({"erg", "ernstig", "ernstige", "zwaar", "zware", "heel", "alleen", "wel"}),
    fillers=frozenset({"hoor", "gelukkig", "nodig", "echt", "meer"}),
    joints=frozenset({"maar", "en", "want", "omdat", "niet of", "geen idee", "wie", "hoeveel"}),
    contrary=frozenset({"wel"}),
    exceptions=frozenset({"behalve", "uitgezonderd", "op na", "alleen mijn", "alleen ik"}),
)

DUTCH = Language(
    code="nl",
    names=("nederlands", "dutch", "in het nederlands", "nederlands graag"),
    replies=REPLIES,
    labels=LABELS,
    heard=HEARD,
    mentions=MENTIONS,
    alarm=ALARM,
    stranded=(
        *("rijdt niet", "niet meer rijden", "kan niet rijden", "weggesleept", "takelwagen"),
        *("sleepwagen", "start niet meer", "total loss"),
    ),
    common=frozenset(
        {
            *("de", "het", "een", "ik", "mijn", "is", "en", "van", "heb", "auto", "met", "op"),
            *("hoi", "hallo", "schade", "polis", "polisnummer", "je", "niet", "voor", "dag"),
        }
    ),
    ordinals=(
        *("eerste", "tweede", "derde", "vierde", "vijfde", "zesde", "zevende", "achtste"),
        *("negende", "tiende"),
    ),
    flaws={
        Flaw.NOT_AN_IMAGE: "kan ik niet openen",
        Flaw.UNSUPPORTED_FORMAT: "kan ik niet gebruiken",
        Flaw.TOO_LARGE: "te groot",
        Flaw.TOO_SMALL: "te klein",
        Flaw.BLANK: "leeg",
        Flaw.DARK: "te donker",
        Flaw.OVEREXPOSED: "te licht",
        Flaw.BLURRED: "niet scherp",
        Flaw.DUPLICATE: "had ik al",
    },
    conjunction="en",
    time="{day} {month} om {hour:02}.{minute:02} uur",
    months=(
        *("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus"),
        *("september", "oktober", "november", "december"),
    ),
)
