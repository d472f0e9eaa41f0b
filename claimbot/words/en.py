"""English."""

from claimbot.claim import Flaw
from claimbot.words import Choice, Language

REPLIES = {
    # The first message
    "intro": (
        "Hi, I'm Schadebot, a computer from {insurer}. Hurt or unsafe? Call {emergency} first.\n"
        "I need your policy number and 3 photos of the damage. A claim form is welcome. "
        'Any order is fine. Prefer a person? Type "agent".'
    ),
    # The open question
    "ask.number": "What is your policy number?",
    "ask.number.new": "What is the right policy number?",
    "ask.number.confirm": "I read policy number {number}. Is that right?",
    "ask.number.pick": "I read more than one number. Which one is your policy number?",
    "ask.photo.1": "Send photo 1: the whole car, with its plate.",
    "ask.photo.2": "Send photo 2: the damage from about 2 metres.",
    "ask.photo.3": "Send photo 3: the damage close by.",
    "ask.replacement": "Send the new photo {slot}. The old one stays until the new one is fine.",
    "ask.extra": "I have {kept} photos already. What shall I do with this one?",
    "ask.extra.many": "I have {kept} photos already. What shall I do with these {n}?",
    "ask.which_photo": "Which photo do you want to replace? Type its number, 1 to {kept}.",
    "ask.form": 'Do you have a filled claim form? Send it now, or type "none".',
    "ask.form.more": 'Is there another page of the form? Send it, or type "done".',
    "ask.review": "Is this right?\nPolicy: {number}\nPhotos: {photos}\nForm: {form}",
    "ask.change": "What do you want to change?",
    "ask.stop": "Do you want to stop? I can keep what you sent for 30 days.",
    "ask.start_over": "Start again from the beginning? What I have now is dropped.",
    "ask.erase": "Erase everything in this chat? This cannot be undone.",
    "ask.back": "Welcome back. I have: {have}. Still needed: {missing}.",
    "ask.after": "Your claim {reference} has been sent. New damage? Start a new claim.",
    "ask.after.photo": "Your claim {reference} has been sent already. What is this photo for?",
    # The policy number
    "number.noted": "Policy number {number} is noted.",
    "number.same": "I have policy number {number} already.",
    "number.later": "Fine, the policy number can come later.",
    "number.unknown": (
        "I don't know {number}. Look at your policy sheet or green card, for example {example}. "
        'Not at hand? Type "later".'
    ),
    "number.unknown.again": (
        "{number} is not in our list either. Please type only the number, as it is on your policy "
        'sheet. It looks like this: {example}. Prefer a person? Type "agent".'
    ),
    "number.shape": (
        "That does not look like a policy number. It is on your policy sheet or green card, "
        'for example {example}. Not at hand? Type "later".'
    ),
    "number.shape.again": (
        "I still don't see a policy number. Please type only the number. It looks like this: "
        '{example}. Prefer a person? Type "agent".'
    ),
    # One photo
    "photo.fine": "Photo {slot} of 3 is fine.",
    "photo.saved": "Your photo is saved ({slot} of 3).",
    "photo.third_try": "I take photo {slot} as it is. Thank you for trying.",
    "photo.replaced": "Photo {slot} is replaced.",
    "photo.extra": "Kept as an extra photo. I have {kept} photos now.",
    "photo.discarded": "All right, I don't use it.",
    "photo.full": "I have {kept} photos, that is enough. I don't use this one.",
    "photo.not_an_image": "I can't open this file as a photo.",
    "photo.unsupported_format": "I can't use this kind of picture.",
    "photo.too_large": "This picture is too large for me.",
    "photo.too_small": "Photo {slot} is too small to see the damage.",
    "photo.blank": "Photo {slot} shows nothing.",
    "photo.dark": "Photo {slot} is too dark.",
    "photo.overexposed": "Photo {slot} is too bright.",
    "photo.blurred": "Photo {slot} is not sharp.",
    "photo.duplicate": "I already have this as photo {same}.",
    # What to do about it, and the same in other words
    "advice.not_an_image": "Take a new photo with your camera and send that.",
    "advice.unsupported_format": "Send it as JPG, PNG, WebP or HEIC.",
    "advice.too_large": "Send it as an ordinary photo, not as a file.",
    "advice.too_small": "Send the photo itself, not a preview or a cut-out.",
    "advice.blank": "Check that nothing covers the lens, and try again.",
    "advice.dark": "Turn on the flash or find light, and try again.",
    "advice.overexposed": "Keep the sun behind you, and try again.",
    "advice.blurred": "Hold your phone still, tap on the damage, and try again.",
    "advice.duplicate": "Send a different one.",
    "advice.not_an_image.again": "Open your camera app, take the photo there, and send it here.",
    "advice.unsupported_format.again": "A screenshot of the picture will do as well.",
    "advice.too_large.again": "Choose the picture from your gallery and send it from there.",
    "advice.too_small.again": "Choose the original in your gallery, for example 1280 pixels wide.",
    "advice.blank.again": "Wipe the lens, take two steps back, and take it once more.",
    "advice.dark.again": "Use a torch, for example. I take the next one as it is.",
    "advice.overexposed.again": (
        "Stand so that your shadow falls on the damage, for example. I take the next one as it is."
    ),
    "advice.blurred.again": (
        "Lean your arms on something and wait a second, for example. I take the next one as it is."
    ),
    "advice.duplicate.again": "Take a step to the side and take a new photo, for example.",
    # Several photos at once
    "burst.got": "Got {n} photos: {good} fine, {bad} not.",
    "burst.all_fine": "Got {n} photos, all fine.",
    "burst.kept": "The fine ones are photos {slots}.",
    "burst.flaw": "The {nth} one is {flaw}.",
    "burst.third_try": "I take photos {slots} as they are. Thank you for trying.",
    "burst.extra": "Extra photos kept: {n}.",
    "burst.full": "I have {kept} photos, that is enough. I don't use {n} of these.",
    # The claim form
    "form.kept": "The claim form is saved.",
    "form.page": "The claim form is saved. Pages: {n}.",
    "form.full": "I have {n} pages of the form, that is enough.",
    "form.unreadable": "I can't open this page. Send it as a photo (JPG or PNG) or a PDF.",
    "form.none": "No claim form, that is fine.",
    # Review and receipt
    "send.not_yet": "Not everything is there yet.",
    "receipt": (
        "Thank you, your claim was sent on {at}. Your claim number is:\n{reference}\n"
        "We reply before {before}. This is not yet a decision on your claim."
    ),
    # At any time
    "help": (
        "You can send photos, your policy number and a claim form, in any order. "
        'You can also type: "status", "change", "start over", "stop", "erase", "agent" or '
        '"Nederlands".'
    ),
    "human": (
        "I'm passing everything to a colleague. You won't have to repeat anything. Your number is "
        '{reference}. {phone}To go on with me instead, type "continue".'
    ),
    "human.phone": "You can also call {phone}. ",
    "human.number": "I can't find your policy number. That is all right: a person looks at it.",
    "human.released": "I'm back.",
    "added": "I'm passing the photo to a colleague, with claim {reference}.",
    "hurt": (
        "Call {emergency} now. I cannot send help myself. "
        "What you sent is saved. A colleague is told."
    ),
    "status.draft": "I have: {have}. Still needed: {missing}.",
    "status.sent": "Your claim {reference} was sent on {at}. We reply before {before}.",
    "status.nothing": "I have nothing from you yet.",
    "nothing.to_change": "There is nothing to change yet.",
    "nothing.to_stop": "All right. Nothing was kept.",
    "stopped": "All right. I keep what you sent for 30 days. Send a message to go on.",
    "erased": "Everything in this chat is erased. Send a message to start again.",
    "erased.but_claim": (
        "The draft is erased. Your claim {reference} stays with the insurer; "
        'to have it erased as well, type "agent".'
    ),
    "started_over": "We start again.",
    "language": "From now on in English.",
    "hello": "Hello.",
    "thanks": "You're welcome.",
    "stale": "That button is from before.",
    "remark.kept": "I pass that on with your claim.",
    "remark.full": "Your message stays in this chat, where the adjuster can read it.",
    "back": "Welcome back.",
    "reminder": "Your claim is not finished yet. I have: {have}.",
    "broken": (
        "Something went wrong on our side with your last message. Please send it once more, "
        'or type "agent" for a person.'
    ),
    # What a claim has no place for
    "unusable.voice": "I can't listen to voice messages. Please type it, or send a photo.",
    "unusable.video": "I can't use videos. Please send photos.",
    "unusable.sticker": "I can't use stickers. Please type it, or send a photo.",
    "unusable.location": "I can't use a location. You can type the address; I pass it on.",
    "unusable.contact": "I can't use a contact card. You can type the name and number.",
    "unusable.file": "I can't open this file. Send a photo (JPG or PNG), or a PDF of the form.",
    "unusable.too_big": "This file is too big. Send it as a plain photo, or a PDF under 20 MB.",
    "unusable.lost": "This file did not reach me. Please send it once more.",
    "unusable.group": "I only work in a private chat. Please write to me there.",
    "unusable.unknown": "I can't use this kind of message. Please type it, or send a photo.",
    # Parts of a list
    "have.number": "policy number {number}",
    "have.photos": "{n} photos",
    "have.photo": "1 photo",
    "have.form": "the claim form",
    "have.remarks": "your remarks",
    "have.nothing": "nothing yet",
    "need.number": "your policy number",
    "need.photo": "photo {slot}",
    "need.photos": "photos {slots}",
    "need.form": 'the claim form, or "none"',
    "need.review": "only your word to send it",
    "photos.three": "3 of 3",
    "photos.more": "3 of 3, and {n} extra",
    "form.files": "yes ({n})",
    "form.absent": "none",
}

LABELS = {
    Choice.HELP: "Help",
    Choice.HUMAN: "A person",
    Choice.STOP: "Stop",
    Choice.CHANGE: "Change",
    Choice.STATUS: "Status",
    Choice.START_OVER: "Start over",
    Choice.ERASE: "Erase all",
    Choice.SEND: "Send",
    Choice.GREETING: "Hello",
    Choice.THANKS: "Thank you",
    Choice.YES: "Yes",
    Choice.NO: "No",
    Choice.LATER: "Later",
    Choice.NO_FORM: "None",
    Choice.DONE: "Done",
    Choice.EXTRA: "Keep as extra",
    Choice.REPLACE: "Replace one",
    Choice.DISCARD: "Don't use",
    Choice.KEEP: "Keep 30 days",
    Choice.CONTINUE: "Continue",
    Choice.NEW_CLAIM: "New claim",
    Choice.ADD_TO_CLAIM: "For that claim",
    Choice.POLICY_NUMBER: "Policy number",
    Choice.PHOTOS: "Photos",
    Choice.FORM: "Claim form",
    Choice.FIRST: "First",
    Choice.SECOND: "Second",
    Choice.THIRD: "Third",
    Choice.PHOTO_1: "Photo 1",
    Choice.PHOTO_2: "Photo 2",
    Choice.PHOTO_3: "Photo 3",
}

HEARD = {
    Choice.HELP: ("help", "help me", "what can you do", "how does this work", "?"),
    Choice.HUMAN: ("agent", "human", "person", "operator", "call me", "colleague"),
    Choice.STOP: ("stop", "cancel", "quit", "end", "abort", "i want to stop", "never mind"),
    Choice.CHANGE: ("change", "edit", "correct it", "change it", "wrong", "that is wrong"),
    Choice.STATUS: ("status", "what do you have", "how far are we", "where is my claim"),
    Choice.START_OVER: ("start over", "restart", "again", "start again", "begin again"),
    Choice.ERASE: ("erase", "delete", "erase everything", "delete everything", "forget me"),
    Choice.SEND: ("send", "send it", "submit"),
    Choice.GREETING: (
        *("hi", "hello", "hey", "hi there", "hello there", "good morning", "good afternoon"),
        *("good evening", "good day", "start"),
    ),
    Choice.THANKS: ("thanks", "thank you", "thx", "thank you very much", "great, thanks"),
    Choice.YES: ("yes", "y", "yeah", "yep", "correct", "right", "that is right", "ok", "okay"),
    Choice.NO: ("no", "n", "nope", "not right", "that is not right"),
    Choice.LATER: ("later", "not at hand", "don't have it", "i don't know", "no idea"),
    Choice.NO_FORM: ("none", "no", "no form", "nope", "i don't have one", "skip", "without"),
    Choice.DONE: ("done", "ready", "that is all", "that's all", "no", "finished", "none"),
    Choice.EXTRA: ("extra", "keep", "keep it", "extra photo"),
    Choice.REPLACE: ("replace", "swap", "replace it"),
    Choice.DISCARD: ("discard", "don't use it", "do not use", "drop it", "no"),
    Choice.KEEP: ("keep", "keep it", "save", "save it"),
    Choice.CONTINUE: ("continue", "go on", "carry on", "resume", "yes", "bot"),
    Choice.NEW_CLAIM: ("new", "new damage", "another claim", "yes"),
    Choice.ADD_TO_CLAIM: ("add it", "add", "same claim"),
    Choice.POLICY_NUMBER: ("number", "policy", "the number", "the policy number"),
    Choice.PHOTOS: ("photo", "the photos", "a photo", "pictures", "picture"),
    Choice.FORM: ("form", "the form", "the claim form"),
    Choice.FIRST: ("the first",),
    Choice.SECOND: ("the second",),
    Choice.THIRD: ("the third",),
}

MENTIONS = {
    Choice.HUMAN: (
        *("real person", "a human", "an agent", "an employee", "talk to someone"),
        *("speak to someone", "speak to a person", "talk to a person"),
    ),
}

ENGLISH = Language(
    code="en",
    names=("english", "engels", "in english", "english please"),
    replies=REPLIES,
    labels=LABELS,
    heard=HEARD,
    mentions=MENTIONS,
    hurt=frozenset(
        {
            *("hurt", "injured", "injury", "injuries", "bleeding", "blood", "unconscious"),
            *("trapped", "ambulance", "pain", "wounded", "casualty", "casualties"),
        }
    ),
    stranded=("not drivable", "undrivable", "can't drive", "cannot drive", "towed", "tow truck"),
    negations=frozenset(
        {
            *("no", "not", "nobody", "none", "never", "without", "nothing", "isn't", "aren't"),
            *("wasn't", "weren't", "don't", "didn't", "noone", "neither", "nor", "isnt", "arent"),
        }
    ),
    degrees=frozenset({"badly", "seriously", "severely", "very", "only", "too", "just"}),
    common=frozenset(
        {
            *("the", "my", "i", "is", "was", "and", "a", "to", "have", "car", "with", "on", "it"),
            *("hello", "hi", "damage", "policy", "please", "you", "number", "of", "in", "help"),
        }
    ),
    ordinals=(
        *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
        "tenth",
    ),
    flaws={
        Flaw.NOT_AN_IMAGE: "not a photo",
        Flaw.UNSUPPORTED_FORMAT: "a kind of picture I can't use",
        Flaw.TOO_LARGE: "too large",
        Flaw.TOO_SMALL: "too small",
        Flaw.BLANK: "empty",
        Flaw.DARK: "too dark",
        Flaw.OVEREXPOSED: "too bright",
        Flaw.BLURRED: "not sharp",
        Flaw.DUPLICATE: "one I have already",
    },
    conjunction="and",
    time="{day} {month} at {hour:02}:{minute:02}",
    months=(
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
)
