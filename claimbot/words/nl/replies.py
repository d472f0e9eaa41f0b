"""What the bot says in Dutch, by reply key."""

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
    "ask.number.pick": (
        "Ik lees meer dan één nummer: {numbers}. Welk nummer is je polisnummer? "
        'Staat het er niet bij? Typ "nee".'
    ),
    "ask.photo.1": "Stuur foto 1: de hele auto, met kenteken.",
    "ask.photo.2": "Stuur foto 2: de schade vanaf ongeveer 2 meter.",
    "ask.photo.3": "Stuur foto 3: de schade van dichtbij.",
    "ask.replacement": "Stuur de nieuwe foto {slot}. De oude blijft tot de nieuwe goed is.",
    "ask.extra": "Ik heb al {kept} foto's. Wat doe ik met deze?",
    "ask.extra.many": "Ik heb al {kept} foto's. Wat doe ik met deze {n}?",
    "ask.which_photo": "Welke foto wil je vervangen? Typ het nummer, 1 tot en met {kept}.",
    "ask.which_photo.one": "Ik heb nu 1 foto. Wil je die vervangen?",
    "ask.form": 'Heb je een ingevuld schadeformulier? Stuur het nu, of typ "geen".',
    "ask.form.new": (
        "Stuur het nieuwe schadeformulier. Het oude blijft tot het nieuwe er is. "
        'Toch geen formulier? Typ "geen".'
    ),
    "ask.form.more": (
        'Is er nog een pagina? Stuur die, of typ "klaar". '
        'Was dit een foto van de schade? Typ "extra foto".'
    ),
    "ask.review": (
        'Polis: {number}\nFoto\'s: {photos}\nFormulier: {form}\nKlopt dit? Kies dan "Versturen".'
    ),
    "ask.change": "Wat wil je wijzigen?",
    "ask.stop": "Wil je stoppen? Ik kan alles 30 dagen bewaren.",
    "ask.start_over": "Wil je opnieuw beginnen? Wat ik nu heb, gebruik ik dan niet meer.",
    "ask.erase": "Zal ik alles van deze chat wissen? Terughalen kan daarna niet meer.",
    "ask.back": "Ik heb: {have}.\nNog nodig: {missing}.\nWil je verder?",
    "ask.after": (
        'Je melding {reference} is verstuurd. Heb je nieuwe schade? Kies dan "Nieuwe melding".'
    ),
    "ask.after.photo": "Je melding {reference} is al verstuurd. Waar is deze foto voor?",
    "ask.after.photos": "Je melding {reference} is al verstuurd. Waar zijn deze foto's voor?",
    # What an adjuster asks
    "ask.adjuster": "Een medewerker van {insurer} vraagt bij je melding {reference}:\n{wanted}",
    "ask.adjuster.draft": (
        "Een medewerker van {insurer} vraagt bij je melding {reference}:\n{wanted}\n"
        'Eerst verder met je nieuwe melding? Typ "verder".'
    ),
    "asked.text": "{text}",
    "asked.both": "{text}\n{photo}",
    "asked.photo": "Stuur nog een foto van de schade.",
    "asked.photo.1": "Stuur een nieuwe foto 1: de hele auto, met kenteken.",
    "asked.photo.2": "Stuur een nieuwe foto 2: de schade vanaf ongeveer 2 meter.",
    "asked.photo.3": "Stuur een nieuwe foto 3: de schade van dichtbij.",
    "asked.photo.again": "Stuur een nieuwe foto {slot}.",
    "joined": "Bedankt. Dit hoort nu bij je melding {reference}.",
    "told": "Een medewerker van {insurer} schrijft:\n{text}",
    # The policy number
    "number": "{number}",
    "number.noted": "Polisnummer {number} staat genoteerd.",
    "number.same": "Polisnummer {number} had ik al.",
    "number.later": "Goed, je polisnummer mag later.",
    "number.unknown": (
        "Polisnummer {number} ken ik niet. Kijk op je polisblad of groene kaart. "
        'Het ziet er zo uit: {example}. Niet bij de hand? Typ "later".'
    ),
    "number.unknown.again": (
        "Polisnummer {number} kan ik niet vinden. Typ alleen het nummer, precies zoals het op je "
        'polisblad staat, bijvoorbeeld {example}. Lukt het niet? Typ "later" of "medewerker".'
    ),
    "number.unknown.aside": "Polisnummer {number} ken ik niet.",
    "number.shape": (
        "Ik zie hierin geen polisnummer. Het staat op je polisblad of groene kaart, "
        'bijvoorbeeld {example}. Niet bij de hand? Typ "later".'
    ),
    "number.shape.again": (
        "Ik zie nog geen polisnummer. Typ alleen het nummer. Het ziet er zo uit: {example}. "
        'Lukt het niet? Typ "later" of "medewerker".'
    ),
    # One photo
    "photo.nth": "Foto {slot}",
    "photo.this": "Deze foto",
    "photo.fine": "Foto {slot} van 3 is goed.",
    "photo.saved": "Je foto heb ik bewaard ({slot} van 3).",
    "photo.third_try": "Foto {slot} gebruik ik zoals hij is. Bedankt voor de moeite.",
    "photo.replaced": "Foto {slot} is vervangen.",
    "photo.extra": "Bewaard als extra foto. Ik heb nu {kept} foto's.",
    "photo.extra.many": "Bewaard als extra foto's. Ik heb nu {kept} foto's.",
    "photo.counted": "Goed. Ik heb nu {photos}.",
    "photo.discarded": "Goed, die foto gebruik ik niet.",
    "photo.discarded.many": "Goed, die foto's gebruik ik niet.",
    "photo.unused": "Ik gebruik hem niet.",
    "photo.full": "Ik heb al {kept} foto's, dat is genoeg. Deze gebruik ik niet.",
    "photo.not_an_image": "Dit bestand kan ik niet als foto openen.",
    "photo.unsupported_format": "Dit soort afbeelding kan ik niet gebruiken.",
    "photo.too_large": "Deze afbeelding is te groot voor mij.",
    "photo.too_small": "{photo} is te klein om de schade te zien.",
    "photo.blank": "{photo} is leeg: er is niets op te zien.",
    "photo.dark": "{photo} is te donker.",
    "photo.overexposed": "{photo} is te licht.",
    "photo.blurred": "{photo} is niet scherp.",
    "photo.duplicate": "Deze foto heb ik al als foto {same}.",
    "photo.duplicate.held": "Deze foto heb ik al.",
    # What to do about it, and the same in other words
    "advice.not_an_image": "Maak een nieuwe foto met je camera en stuur die.",
    "advice.unsupported_format": "Stuur hem als JPG, PNG, WebP of HEIC.",
    "advice.too_large": "Stuur hem als gewone foto, niet als bestand.",
    "advice.too_small": "Stuur de foto zelf, niet een kleine versie of een uitsnede.",
    "advice.blank": "Kijk of er niets voor de lens zit.",
    "advice.dark": "Zet de flits aan of zoek meer licht.",
    "advice.overexposed": "Ga met je rug naar de zon staan.",
    "advice.blurred": "Houd je telefoon stil en tik op je scherm op de schade.",
    "advice.duplicate": "Stuur een andere foto.",
    "advice.not_an_image.again": "Open de camera van je telefoon en maak daar de foto.",
    "advice.unsupported_format.again": "Een schermafbeelding van de foto mag ook.",
    "advice.too_large.again": "Kies de foto in je galerij en stuur hem van daaruit.",
    "advice.too_small.again": (
        "Kies het origineel in je galerij, bijvoorbeeld 1280 pixels breed. "
        "De volgende foto neem ik zoals hij is."
    ),
    "advice.blank.again": (
        "Veeg bijvoorbeeld de lens schoon en doe twee stappen terug. "
        "De volgende foto neem ik zoals hij is."
    ),
    "advice.dark.again": (
        "Gebruik bijvoorbeeld een zaklamp. De volgende foto neem ik zoals hij is."
    ),
    "advice.overexposed.again": (
        "Laat bijvoorbeeld je schaduw op de schade vallen. De volgende foto neem ik zoals hij is."
    ),
    "advice.blurred.again": (
        "Steun bijvoorbeeld met je armen ergens op en wacht een seconde. "
        "De volgende foto neem ik zoals hij is."
    ),
    "advice.duplicate.again": "Doe bijvoorbeeld een stap opzij en maak een nieuwe foto.",
    # Several photos at once
    "burst.got": "{n} foto's ontvangen: {good} goed, {bad} niet.",
    "burst.all_fine": "{n} foto's ontvangen, allemaal goed.",
    "burst.kept": "De goede zijn foto {slots}.",
    "burst.kept.one": "De goede is foto {slot}.",
    "burst.flaw": "De {nth}: {flaw}.",
    "burst.flaws": "{n} foto's: {flaw}.",
    "burst.extra": "{n} extra foto's bewaard.",
    "burst.extra.one": "{n} extra foto bewaard.",
    "burst.full": "Ik heb {kept} foto's, dat is genoeg. Van deze gebruik ik er {n} niet.",
    # The claim form
    "form.kept": "Het schadeformulier is bewaard.",
    "form.page": "Ik bewaar dit als pagina van het schadeformulier.",
    "form.pages": "Ik heb nu {n} pagina's van het schadeformulier.",
    "form.full": "Ik heb al {n} pagina's van het formulier, dat is genoeg.",
    "form.unreadable": "Deze pagina kan ik niet openen. Stuur een foto (JPG of PNG) of een PDF.",
    "form.none": "Geen schadeformulier, dat is prima.",
    # Review and receipt
    "send.not_yet": "Eerst nog dit.",
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
    "human.number": "Zonder polisnummer kom ik niet verder. Dat geeft niet, een medewerker helpt.",
    "human.released": "Daar ben ik weer.",
    "added": "Ik geef dit door aan een medewerker, bij melding {reference}.",
    "hurt": (
        "Is iemand gewond of in gevaar? Bel nu {emergency}. Ik kan zelf geen hulp sturen. "
        "Wat je stuurde is bewaard. Een medewerker krijgt bericht."
    ),
    "hurt.later": 'Is iedereen veilig? Typ dan "verder".',
    "status.draft": "Ik heb: {have}. Nog nodig: {missing}.",
    "status.have": "Ik heb: {have}.",
    "status.sent": "Je melding {reference} is verstuurd op {at}. Wij reageren voor {before}.",
    "status.late": (
        "Je melding {reference} is verstuurd op {at}. Wij wilden reageren voor {before}. "
        'Heb je nog niets gehoord? Typ "medewerker".'
    ),
    "status.nothing": "Ik heb nog niets van je.",
    "nothing.to_change": "Er is nog niets om te wijzigen.",
    "nothing.to_stop": "Goed, dan stoppen we. Stuur een bericht als je verder wilt.",
    "stopped": "Goed. Ik bewaar alles 30 dagen. Stuur een bericht als je verder wilt.",
    "erased": "Ik heb alles van deze chat gewist. Stuur een bericht om opnieuw te beginnen.",
    "erased.but_claim": (
        "Ik heb alles van deze chat gewist. Je melding {reference} is al verstuurd en blijft bij "
        '{insurer}. Wil je die ook laten wissen? Typ "medewerker".'
    ),
    "started_over": "We beginnen opnieuw.",
    "new_claim": "Goed, we maken een nieuwe melding.",
    "language": "Vanaf nu in het Nederlands.",
    "hello": "Hallo.",
    "thanks": "Graag gedaan.",
    "stale": "Die knop hoort bij een eerdere vraag.",
    "sent.final": 'Je melding {reference} is al verstuurd. Toch iets wijzigen? Typ "medewerker".',
    "place.kept": "Ik heb de plek genoteerd.",
    "remark.kept": "Dat geef ik door met je melding.",
    "remark.full": "Ik heb genoeg genoteerd voor je melding. Dit bericht blijft in de chat staan.",
    "back": "Welkom terug.",
    "reminder": "Je melding is nog niet af.",
    "broken": (
        "Er ging bij ons iets mis met je laatste bericht. Stuur het nog een keer, "
        'of typ "medewerker" voor een mens.'
    ),
    # What a claim has no place for
    "unusable.voice": "Spraakberichten kan ik niet horen. Typ je bericht of stuur een foto.",
    "unusable.video": "Video's kan ik niet gebruiken. Stuur foto's.",
    "unusable.sticker": "Stickers kan ik niet gebruiken. Typ je bericht of stuur een foto.",
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
    "have.place": "de plek",
    "have.remarks": "je opmerkingen",
    "have.nothing": "nog niets",
    "need.number": "je polisnummer",
    "need.photo": "foto {slot}",
    "need.form": "het schadeformulier (als je dat hebt)",
    "need.review": "alleen je akkoord om te versturen",
    "photos.three": "3 van 3",
    "photos.more": "3 van 3, en {n} extra",
    "form.file": "ja",
    "form.files": "ja, {n} bestanden",
    "form.absent": "geen",
}
