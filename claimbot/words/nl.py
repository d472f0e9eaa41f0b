"""Dutch."""

from claimbot.claim import Flaw
from claimbot.words import Choice, Language

REPLIES = {
    # The first message
    "intro": (
        "Hoi, ik ben Schadebot, een computer van {insurer}. Gewond of onveilig? "
        "Bel eerst {emergency}.\n"
        "Ik heb nodig: je polisnummer en 3 foto's van de schade. Een schadeformulier mag ook. "
        'De volgorde maakt niet uit. Liever een mens? Typ "medewerker".'
    ),
    # The open question
    "ask.number": "Wat is je polisnummer?",
    "ask.number.new": "Wat is het juiste polisnummer?",
    "ask.number.confirm": "Ik lees polisnummer {number}. Klopt dat?",
    "ask.number.pick": "Ik lees meer dan één nummer. Welk nummer is je polisnummer?",
    "ask.photo.1": "Stuur foto 1: de hele auto, met kenteken.",
    "ask.photo.2": "Stuur foto 2: de schade vanaf ongeveer 2 meter.",
    "ask.photo.3": "Stuur foto 3: de schade van dichtbij.",
    "ask.replacement": "Stuur de nieuwe foto {slot}. De oude blijft tot de nieuwe goed is.",
    "ask.extra": "Ik heb al {kept} foto's. Wat doe ik met deze?",
    "ask.extra.many": "Ik heb al {kept} foto's. Wat doe ik met deze {n}?",
    "ask.which_photo": "Welke foto wil je vervangen? Typ het nummer, 1 tot en met {kept}.",
    "ask.form": 'Heb je een ingevuld schadeformulier? Stuur het nu, of typ "geen".',
    "ask.form.more": 'Is er nog een pagina van het formulier? Stuur die, of typ "klaar".',
    "ask.review": "Klopt dit?\nPolis: {number}\nFoto's: {photos}\nFormulier: {form}",
    "ask.change": "Wat wil je wijzigen?",
    "ask.stop": "Wil je stoppen? Ik kan alles 30 dagen bewaren.",
    "ask.start_over": "Opnieuw beginnen? Wat ik nu heb, vervalt.",
    "ask.erase": "Alles in deze chat wissen? Dat kan niet terug.",
    "ask.back": "Welkom terug. Ik heb: {have}. Nog nodig: {missing}.",
    "ask.after": "Je melding {reference} is verstuurd. Nieuwe schade? Begin een nieuwe melding.",
    "ask.after.photo": "Je melding {reference} is al verstuurd. Waar is deze foto voor?",
    # The policy number
    "number.noted": "Polisnummer {number} staat genoteerd.",
    "number.same": "Polisnummer {number} had ik al.",
    "number.later": "Goed, het polisnummer mag later.",
    "number.unknown": (
        "Ik ken {number} niet. Kijk op je polisblad of groene kaart, bijvoorbeeld {example}. "
        'Niet bij de hand? Typ "later".'
    ),
    "number.unknown.again": (
        "{number} staat ook niet in onze lijst. Typ alleen het nummer, zoals het op je polisblad "
        'staat. Het ziet er zo uit: {example}. Liever een mens? Typ "medewerker".'
    ),
    "number.shape": (
        "Dat lijkt geen polisnummer. Het staat op je polisblad of groene kaart, "
        'bijvoorbeeld {example}. Niet bij de hand? Typ "later".'
    ),
    "number.shape.again": (
        "Ik zie nog geen polisnummer. Typ alleen het nummer. Het ziet er zo uit: {example}. "
        'Liever een mens? Typ "medewerker".'
    ),
    # One photo
    "photo.fine": "Foto {slot} van 3 is goed.",
    "photo.saved": "Je foto heb ik bewaard ({slot} van 3).",
    "photo.third_try": "Foto {slot} neem ik zo mee. Bedankt voor het proberen.",
    "photo.replaced": "Foto {slot} is vervangen.",
    "photo.extra": "Bewaard als extra foto. Ik heb nu {kept} foto's.",
    "photo.discarded": "Goed, ik gebruik hem niet.",
    "photo.full": "Ik heb {kept} foto's, dat is genoeg. Deze gebruik ik niet.",
    "photo.not_an_image": "Dit bestand kan ik niet als foto openen.",
    "photo.unsupported_format": "Dit soort afbeelding kan ik niet gebruiken.",
    "photo.too_large": "Deze afbeelding is te groot voor mij.",
    "photo.too_small": "Foto {slot} is te klein om de schade te zien.",
    "photo.blank": "Op foto {slot} is niets te zien.",
    "photo.dark": "Foto {slot} is te donker.",
    "photo.overexposed": "Foto {slot} is te licht.",
    "photo.blurred": "Foto {slot} is niet scherp.",
    "photo.duplicate": "Deze foto heb ik al als foto {same}.",
    # What to do about it, and the same in other words
    "advice.not_an_image": "Maak een nieuwe foto met je camera en stuur die.",
    "advice.unsupported_format": "Stuur hem als JPG, PNG, WebP of HEIC.",
    "advice.too_large": "Stuur hem als gewone foto, niet als bestand.",
    "advice.too_small": "Stuur de foto zelf, geen voorbeeld of uitsnede.",
    "advice.blank": "Kijk of er niets voor de lens zit en probeer het opnieuw.",
    "advice.dark": "Zet de flits aan of ga naar het licht en probeer het opnieuw.",
    "advice.overexposed": "Houd de zon in je rug en probeer het opnieuw.",
    "advice.blurred": "Houd je telefoon stil, tik op de schade en probeer het opnieuw.",
    "advice.duplicate": "Stuur een andere foto.",
    "advice.not_an_image.again": "Open je camera, maak daar de foto en stuur hem hier.",
    "advice.unsupported_format.again": "Een schermafbeelding van de foto mag ook.",
    "advice.too_large.again": "Kies de foto in je galerij en stuur hem van daaruit.",
    "advice.too_small.again": "Kies het origineel in je galerij, bijvoorbeeld 1280 pixels breed.",
    "advice.blank.again": "Veeg de lens schoon, doe twee stappen terug en maak hem nog eens.",
    "advice.dark.again": (
        "Gebruik bijvoorbeeld een zaklamp of een lantaarn. De volgende neem ik zoals hij is."
    ),
    "advice.overexposed.again": (
        "Ga bijvoorbeeld zo staan dat je schaduw op de schade valt. "
        "De volgende neem ik zoals hij is."
    ),
    "advice.blurred.again": (
        "Steun bijvoorbeeld met je armen ergens op en wacht een seconde. "
        "De volgende neem ik zoals hij is."
    ),
    "advice.duplicate.again": "Doe bijvoorbeeld een stap opzij en maak een nieuwe foto.",
    # Several photos at once
    "burst.got": "{n} foto's ontvangen: {good} goed, {bad} niet.",
    "burst.all_fine": "{n} foto's ontvangen, allemaal goed.",
    "burst.kept": "De goede zijn foto {slots}.",
    "burst.flaw": "De {nth} is {flaw}.",
    "burst.third_try": "Foto {slots} neem ik zo mee. Bedankt voor het proberen.",
    "burst.extra": "Extra foto's bewaard: {n}.",
    "burst.full": "Ik heb {kept} foto's, dat is genoeg. Van deze gebruik ik er {n} niet.",
    # The claim form
    "form.kept": "Het schadeformulier is bewaard.",
    "form.page": "Het schadeformulier is bewaard. Pagina's: {n}.",
    "form.full": "Ik heb {n} pagina's van het formulier, dat is genoeg.",
    "form.unreadable": (
        "Deze pagina kan ik niet openen. Stuur hem als foto (JPG of PNG) of als PDF."
    ),
    "form.none": "Geen schadeformulier, dat is prima.",
    # Review and receipt
    "send.not_yet": "Nog niet alles is er.",
    "receipt": (
        "Bedankt, je melding is verstuurd op {at}. Je schadenummer is:\n{reference}\n"
        "Wij reageren voor {before}. Dit is nog geen besluit over je schade."
    ),
    # At any time
    "help": (
        "Je kunt foto's, je polisnummer en een schadeformulier sturen, in elke volgorde. "
        'Je kunt ook typen: "status", "wijzigen", "opnieuw", "stoppen", "wissen", "medewerker" '
        'of "English".'
    ),
    "human": (
        "Ik geef alles door aan een medewerker. Je hoeft niets te herhalen. Je nummer is "
        '{reference}. {phone}Toch verder met mij? Typ "verder".'
    ),
    "human.phone": "Bellen kan ook: {phone}. ",
    "human.number": "Ik kan je polisnummer niet vinden. Dat geeft niet: een mens kijkt ernaar.",
    "human.released": "Daar ben ik weer.",
    "added": "Ik geef de foto door aan een medewerker, bij melding {reference}.",
    "hurt": (
        "Bel nu {emergency}. Ik kan zelf geen hulp sturen. "
        "Wat je stuurde is bewaard. Een medewerker krijgt bericht."
    ),
    "status.draft": "Ik heb: {have}. Nog nodig: {missing}.",
    "status.sent": "Je melding {reference} is verstuurd op {at}. Wij reageren voor {before}.",
    "status.nothing": "Ik heb nog niets van je.",
    "nothing.to_change": "Er is nog niets om te wijzigen.",
    "nothing.to_stop": "Goed. Er is niets bewaard.",
    "stopped": "Goed. Ik bewaar alles 30 dagen. Stuur een bericht om verder te gaan.",
    "erased": "Alles in deze chat is gewist. Stuur een bericht om opnieuw te beginnen.",
    "erased.but_claim": (
        "Het concept is gewist. Je melding {reference} blijft bij de verzekeraar; "
        'wil je die ook wissen, typ dan "medewerker".'
    ),
    "started_over": "We beginnen opnieuw.",
    "language": "Vanaf nu in het Nederlands.",
    "hello": "Hallo.",
    "thanks": "Graag gedaan.",
    "stale": "Die knop is van eerder.",
    "remark.kept": "Dat geef ik door met je melding.",
    "remark.full": "Je bericht blijft in deze chat staan. De behandelaar kan het lezen.",
    "back": "Welkom terug.",
    "reminder": "Je melding is nog niet af. Ik heb: {have}.",
    "broken": (
        "Er ging bij ons iets mis met je laatste bericht. Stuur het nog een keer, "
        'of typ "medewerker" voor een mens.'
    ),
    # What a claim has no place for
    "unusable.voice": "Spraakberichten kan ik niet horen. Typ je bericht of stuur een foto.",
    "unusable.video": "Video's kan ik niet gebruiken. Stuur foto's.",
    "unusable.sticker": "Stickers kan ik niet gebruiken. Typ je bericht of stuur een foto.",
    "unusable.location": "Een locatie kan ik niet gebruiken. Typ het adres, dan geef ik het door.",
    "unusable.contact": "Een contact kan ik niet gebruiken. Typ de naam en het nummer.",
    "unusable.file": (
        "Dit bestand kan ik niet openen. Stuur een foto (JPG of PNG) of een PDF van het formulier."
    ),
    "unusable.too_big": (
        "Dit bestand is te groot. Stuur het als gewone foto, of als PDF onder 20 MB."
    ),
    "unusable.lost": "Dit bestand is niet goed aangekomen. Stuur het nog een keer.",
    "unusable.group": "Ik werk alleen in een privéchat. Schrijf me daar.",
    "unusable.unknown": "Dit soort bericht kan ik niet gebruiken. Typ het of stuur een foto.",
    # Parts of a list
    "have.number": "polisnummer {number}",
    "have.photos": "{n} foto's",
    "have.photo": "1 foto",
    "have.form": "het schadeformulier",
    "have.remarks": "je opmerkingen",
    "have.nothing": "nog niets",
    "need.number": "je polisnummer",
    "need.photo": "foto {slot}",
    "need.photos": "foto {slots}",
    "need.form": 'het schadeformulier, of "geen"',
    "need.review": "alleen je akkoord om te versturen",
    "photos.three": "3 van 3",
    "photos.more": "3 van 3, en {n} extra",
    "form.files": "ja ({n})",
    "form.absent": "geen",
}

LABELS = {
    Choice.HELP: "Hulp",
    Choice.HUMAN: "Een mens",
    Choice.STOP: "Stoppen",
    Choice.CHANGE: "Wijzigen",
    Choice.STATUS: "Status",
    Choice.START_OVER: "Opnieuw",
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
    Choice.HUMAN: ("medewerker", "mens", "iemand", "collega", "bel mij", "bel me"),
    Choice.STOP: ("stop", "annuleren", "annuleer", "ophouden", "ik wil stoppen", "laat maar"),
    Choice.CHANGE: ("wijzig", "aanpassen", "veranderen", "klopt niet", "dat klopt niet", "fout"),
    Choice.STATUS: ("wat heb je", "hoe staat het ervoor", "waar is mijn melding"),
    Choice.START_OVER: ("opnieuw beginnen", "herstart", "begin opnieuw", "overnieuw"),
    Choice.ERASE: ("wissen", "wis", "verwijderen", "verwijder alles", "wis alles", "vergeet mij"),
    Choice.SEND: ("verstuur", "verzenden", "verzend", "opsturen", "stuur op", "verstuur maar"),
    Choice.GREETING: (
        *("hoi", "hallo daar", "hey", "dag", "goedemorgen", "goedemiddag", "goedenavond", "hai"),
        *("goedendag", "start", "moi"),
    ),
    Choice.THANKS: ("dank je", "dankje", "dank u", "dankjewel", "dank je wel", "dank u wel"),
    Choice.YES: ("j", "jawel", "klopt", "dat klopt", "juist", "ja hoor", "ok", "oke", "oké"),
    Choice.NO: ("n", "neen", "nee hoor", "klopt niet", "dat klopt niet"),
    Choice.LATER: ("niet bij de hand", "weet ik niet", "heb ik niet", "geen idee"),
    Choice.NO_FORM: ("nee", "geen formulier", "heb ik niet", "niet", "overslaan", "zonder"),
    Choice.DONE: ("nee", "dat is alles", "dat was het", "gereed", "geen"),
    Choice.EXTRA: ("extra", "bewaren", "bewaar", "houden"),
    Choice.REPLACE: ("vervangen", "vervang", "ruilen"),
    Choice.DISCARD: ("niet", "weg", "weggooien", "nee"),
    Choice.KEEP: ("bewaren", "bewaar", "opslaan"),
    Choice.CONTINUE: ("doorgaan", "ga verder", "ga door", "ja", "bot"),
    Choice.NEW_CLAIM: ("nieuw", "nieuwe schade", "andere schade", "ja"),
    Choice.ADD_TO_CLAIM: ("toevoegen", "voeg toe", "zelfde melding"),
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
        *("een mens spreken", "echt persoon", "echte persoon", "een medewerker"),
    ),
}

DUTCH = Language(
    code="nl",
    names=("nederlands", "dutch", "in het nederlands", "nederlands graag"),
    replies=REPLIES,
    labels=LABELS,
    heard=HEARD,
    mentions=MENTIONS,
    hurt=frozenset(
        {
            *("gewond", "gewonden", "gewonde", "bloed", "bloedt", "bewusteloos", "bekneld"),
            *("ambulance", "letsel", "pijn", "slachtoffer", "slachtoffers"),
        }
    ),
    stranded=("rijdt niet", "niet meer rijden", "weggesleept", "takelwagen", "sleepwagen"),
    negations=frozenset({"niemand", "niet", "geen", "zonder", "nooit", "niks", "niets", "nee"}),
    degrees=frozenset({"erg", "ernstig", "zwaar", "heel", "alleen", "zo", "te"}),
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
        Flaw.NOT_AN_IMAGE: "geen foto",
        Flaw.UNSUPPORTED_FORMAT: "een soort die ik niet kan gebruiken",
        Flaw.TOO_LARGE: "te groot",
        Flaw.TOO_SMALL: "te klein",
        Flaw.BLANK: "leeg",
        Flaw.DARK: "te donker",
        Flaw.OVEREXPOSED: "te licht",
        Flaw.BLURRED: "niet scherp",
        Flaw.DUPLICATE: "een foto die ik al heb",
    },
    conjunction="en",
    time="{day} {month} om {hour:02}.{minute:02} uur",
    months=(
        *("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus"),
        *("september", "oktober", "november", "december"),
    ),
)
