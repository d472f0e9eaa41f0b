"""What the bot says in English, by reply key."""

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
    "ask.number.pick": (
        "I read more than one number: {numbers}. Which one is your policy number? "
        'Not in the list? Type "no".'
    ),
    "ask.photo.1": "Send photo 1: the whole car, with its plate.",
    "ask.photo.2": "Send photo 2: the damage from about 2 metres.",
    "ask.photo.3": "Send photo 3: the damage close by.",
    "ask.replacement": "Send the new photo {slot}. The old one stays until the new one is fine.",
    "ask.extra": "I have {kept} photos already. What shall I do with this one?",
    "ask.extra.many": "I have {kept} photos already. What shall I do with these {n}?",
    "ask.which_photo": "Which photo do you want to replace? Type its number, 1 to {kept}.",
    "ask.which_photo.one": "I have 1 photo now. Do you want to replace it?",
    "ask.form": 'Do you have a completed claim form? Send it now, or type "none".',
    "ask.form.new": (
        "Send the new claim form. The old one stays until the new one is here. "
        'No form after all? Type "none".'
    ),
    "ask.form.more": (
        'Is there another page? Send it, or type "done". '
        'Was this a photo of the damage? Type "extra photo".'
    ),
    "ask.review": (
        'Policy: {number}\nPhotos: {photos}\nForm: {form}\nIs this right? Then choose "Send".'
    ),
    "ask.change": "What do you want to change?",
    "ask.stop": "Do you want to stop? I can keep everything for 30 days.",
    "ask.start_over": "Do you want to start over? Then I no longer use what I have now.",
    "ask.erase": "Shall I erase everything I have of this chat? I cannot get it back after that.",
    "ask.back": "I have: {have}.\nStill needed: {missing}.\nShall we go on?",
    "ask.after": (
        'Your claim {reference} has been sent. Do you have new damage? Then choose "New claim".'
    ),
    "ask.after.photo": "Your claim {reference} has been sent already. What is this photo for?",
    "ask.after.photos": "Your claim {reference} has been sent already. What are these photos for?",
    # What an adjuster asks
    "ask.adjuster": "A colleague at {insurer} asks about your claim {reference}:\n{wanted}",
    "ask.adjuster.draft": (
        "A colleague at {insurer} asks about your claim {reference}:\n{wanted}\n"
        'Go on with your new claim first? Type "continue".'
    ),
    "asked.text": "{text}",
    "asked.both": "{text}\n{photo}",
    "asked.photo": "Send another photo of the damage.",
    "asked.photo.1": "Send another photo 1: the whole car, with its plate.",
    "asked.photo.2": "Send another photo 2: the damage from about 2 metres.",
    "asked.photo.3": "Send another photo 3: the damage close by.",
    "asked.photo.again": "Send another photo {slot}.",
    "joined": "Thank you. This is now part of your claim {reference}.",
    "told": "A colleague at {insurer} writes:\n{text}",
    # The policy number
    "number": "{number}",
    "number.noted": "Policy number {number} is noted.",
    "number.same": "I have policy number {number} already.",
    "number.later": "Fine, your policy number can come later.",
    "number.unknown": (
        "I don't know policy number {number}. Look at your policy sheet or green card. "
        'It looks like this: {example}. Not at hand? Type "later".'
    ),
    "number.unknown.again": (
        "I can't find policy number {number}. Type only the number, exactly as it is on your "
        'policy sheet, for example {example}. No luck? Type "later" or "agent".'
    ),
    "number.unknown.aside": "I don't know policy number {number}.",
    "number.shape": (
        "I see no policy number in this. It is on your policy sheet or green card, "
        'for example {example}. Not at hand? Type "later".'
    ),
    "number.shape.again": (
        "I still see no policy number. Type only the number. It looks like this: {example}. "
        'No luck? Type "later" or "agent".'
    ),
    # One photo
    "photo.nth": "Photo {slot}",
    "photo.this": "This photo",
    "photo.fine": "Photo {slot} of 3 is fine.",
    "photo.saved": "Your photo is saved ({slot} of 3).",
    "photo.third_try": "I use photo {slot} as it is. Thank you for trying.",
    "photo.replaced": "Photo {slot} is replaced.",
    "photo.extra": "Kept as an extra photo. I have {kept} photos now.",
    "photo.extra.many": "Kept as extra photos. I have {kept} photos now.",
    "photo.counted": "All right. I have {photos} now.",
    "photo.discarded": "All right, I don't use that photo.",
    "photo.discarded.many": "All right, I don't use those photos.",
    "photo.unused": "I don't use it.",
    "photo.full": "I have {kept} photos already, that is enough. I don't use this one.",
    "photo.not_an_image": "I can't open this file as a photo.",
    "photo.unsupported_format": "I can't use this kind of picture.",
    "photo.too_large": "This picture is too large for me.",
    "photo.too_small": "{photo} is too small to see the damage.",
    "photo.blank": "{photo} is empty: it shows nothing.",
    "photo.dark": "{photo} is too dark.",
    "photo.overexposed": "{photo} is too bright.",
    "photo.blurred": "{photo} is not sharp.",
    "photo.duplicate": "I already have this as photo {same}.",
    "photo.duplicate.held": "I already have this photo.",
    # What to do about it, and the same in other words
    "advice.not_an_image": "Take a new photo with your camera and send that.",
    "advice.unsupported_format": "Send it as JPG, PNG, WebP or HEIC.",
    "advice.too_large": "Send it as an ordinary photo, not as a file.",
    "advice.too_small": "Send the photo itself, not a small version or a cut-out.",
    "advice.blank": "Check that nothing covers the lens.",
    "advice.dark": "Turn on the flash or find more light.",
    "advice.overexposed": "Stand with your back to the sun.",
    "advice.blurred": "Hold your phone still and tap the damage on your screen.",
    "advice.duplicate": "Send a different photo.",
    "advice.not_an_image.again": "Open the camera of your phone and take the photo there.",
    "advice.unsupported_format.again": "A screenshot of the picture will do as well.",
    "advice.too_large.again": "Choose the picture in your gallery and send it from there.",
    "advice.too_small.again": (
        "Choose the original in your gallery, for example 1280 pixels wide. "
        "I take the next photo as it is."
    ),
    "advice.blank.again": (
        "Wipe the lens, for example, and take two steps back. I take the next photo as it is."
    ),
    "advice.dark.again": "Use a torch, for example. I take the next photo as it is.",
    "advice.overexposed.again": (
        "Let your shadow fall on the damage, for example. I take the next photo as it is."
    ),
    "advice.blurred.again": (
        "Lean your arms on something, for example, and wait a second. "
        "I take the next photo as it is."
    ),
    "advice.duplicate.again": "Take a step to the side, for example, and take a new photo.",
    # Several photos at once
    "burst.got": "Got {n} photos: {good} fine, {bad} not.",
    "burst.all_fine": "Got {n} photos, all fine.",
    "burst.kept": "The fine ones are photos {slots}.",
    "burst.kept.one": "The fine one is photo {slot}.",
    "burst.flaw": "The {nth}: {flaw}.",
    "burst.flaws": "{n} photos: {flaw}.",
    "burst.extra": "{n} extra photos kept.",
    "burst.extra.one": "{n} extra photo kept.",
    "burst.full": "I have {kept} photos, that is enough. I don't use {n} of these.",
    # The claim form
    "form.kept": "The claim form is saved.",
    "form.page": "I keep this as a page of the claim form.",
    "form.pages": "I have {n} pages of the claim form now.",
    "form.full": "I have {n} pages of the form already, that is enough.",
    "form.unreadable": "I can't open this page. Send it as a photo (JPG or PNG) or a PDF.",
    "form.none": "No claim form, that is fine.",
    # Review and receipt
    "send.not_yet": "One thing first.",
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
        "I'm passing everything to a colleague. You don't have to repeat anything. Your number is "
        '{reference}. {phone}To go on with me instead, type "continue".'
    ),
    "human.phone": "You can also call {phone}. ",
    "human.number": "I can't go on without a policy number. That is all right, a colleague helps.",
    "human.released": "I'm back.",
    "added": "I'm passing this to a colleague, with claim {reference}.",
    "hurt": (
        "Is someone hurt or in danger? Call {emergency} now. I cannot send help myself. "
        "What you sent is saved. A colleague is told."
    ),
    "hurt.later": 'Is everyone safe? Then type "continue".',
    "status.draft": "I have: {have}. Still needed: {missing}.",
    "status.have": "I have: {have}.",
    "status.sent": "Your claim {reference} was sent on {at}. We reply before {before}.",
    "status.late": (
        "Your claim {reference} was sent on {at}. We meant to reply before {before}. "
        'Have you heard nothing yet? Type "agent".'
    ),
    "status.nothing": "I have nothing from you yet.",
    "nothing.to_change": "There is nothing to change yet.",
    "nothing.to_stop": "All right, we stop here. Send a message if you want to go on.",
    "stopped": "All right. I keep everything for 30 days. Send a message if you want to go on.",
    "erased": "I erased everything I had of this chat. Send a message to start again.",
    "erased.but_claim": (
        "I erased everything I had of this chat. Your claim {reference} was sent already and "
        'stays with {insurer}. Do you want that erased as well? Type "agent".'
    ),
    "started_over": "We start again.",
    "new_claim": "All right, we make a new claim.",
    "language": "From now on in English.",
    "hello": "Hello.",
    "thanks": "You're welcome.",
    "stale": "That button belongs to an earlier question.",
    "sent.final": 'Your claim {reference} was sent already. To change it, type "agent".',
    "place.kept": "I have noted the place.",
    "remark.kept": "I pass that on with your claim.",
    "remark.full": "I have noted enough for your claim. This message stays in the chat.",
    "back": "Welcome back.",
    "reminder": "Your claim is not finished yet.",
    "broken": (
        "Something went wrong on our side with your last message. Please send it once more, "
        'or type "agent" for a person.'
    ),
    # What a claim has no place for
    "unusable.voice": "I can't listen to voice messages. Please type it, or send a photo.",
    "unusable.video": "I can't use videos. Please send photos.",
    "unusable.sticker": "I can't use stickers. Please type it, or send a photo.",
    "unusable.contact": "I can't use a contact card. Type the name and the number.",
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
    "have.place": "the place",
    "have.remarks": "your remarks",
    "have.nothing": "nothing yet",
    "need.number": "your policy number",
    "need.photo": "photo {slot}",
    "need.form": "the claim form (if you have one)",
    "need.review": "only your OK to send it",
    "photos.three": "3 of 3",
    "photos.more": "3 of 3, and {n} extra",
    "form.file": "yes",
    "form.files": "yes, {n} files",
    "form.absent": "none",
}
