"""What each choice does: the state table of everything that is not a photo or a number."""

from dataclasses import replace
from datetime import datetime

from claimbot.claim import (
    PHOTOS_KEPT,
    Claim,
    Draft,
    Flag,
    FormFile,
    Place,
    PolicyNumber,
    Standing,
)
from claimbot.conversation.answer import Answer, asking
from claimbot.conversation.events import CallHuman, Erase, Line, Reason, Submit, line
from claimbot.conversation.joining import join_form, join_words, joins, put_aside
from claimbot.conversation.numbers import call_human, note_number
from claimbot.conversation.questions import (
    CANDIDATES,
    TELLS_WHAT_IS_THERE,
    WHICH,
    counted,
    had,
    having,
    missing,
)
from claimbot.conversation.state import Asking, Conversation, Sent, settled
from claimbot.words import Choice


def choose(now: Conversation, choice: Choice, at: datetime) -> Answer:
    """Return what a choice leads to; one that the open question does not offer is a command."""
    match (now.asking, choice):
        case (Asking.CONFIRM_NUMBER, Choice.YES):
            return note_number(now, now.numbers[0])
        case (Asking.CONFIRM_NUMBER | Asking.PICK_NUMBER, Choice.NO):
            return Answer(settled(replace(now, numbers=())))
        case (Asking.PICK_NUMBER, Choice.FIRST | Choice.SECOND | Choice.THIRD):
            return note_number(now, now.numbers[CANDIDATES.index(choice)])
        case (Asking.POLICY_NUMBER, Choice.LATER):
            return _later(now)
        case (Asking.EXTRA, Choice.EXTRA):
            return _keep_held(now)
        case (Asking.EXTRA, Choice.REPLACE):
            return Answer(asking(now, Asking.WHICH_PHOTO))
        case (Asking.EXTRA | Asking.AFTER, Choice.DISCARD):
            return _discard(now)
        case (Asking.WHICH_PHOTO, Choice.PHOTO_1 | Choice.PHOTO_2 | Choice.PHOTO_3):
            return replace_photo(now, WHICH.index(choice) + 1)
        case (Asking.FORM, Choice.NO_FORM):
            draft = replace(now.draft, form=(), form_settled=True)
            told = (line("form.none"),)
            return Answer(settled(replace(now, draft=draft)), told)
        case (Asking.FORM, Choice.DONE | Choice.CONTINUE) if now.draft.form:
            draft = replace(now.draft, form_settled=True)
            return Answer(settled(replace(now, draft=draft)))
        case (Asking.FORM, Choice.EXTRA):
            return _pages_are_extras(now)
        case (Asking.REVIEW, Choice.SEND) if number := now.draft.policy_number:
            return _send(now, number, at)
        case (Asking.CHANGE, Choice.POLICY_NUMBER):
            return Answer(asking(now, Asking.POLICY_NUMBER))
        case (Asking.CHANGE, Choice.PHOTOS) if now.draft.photos:
            return Answer(asking(now, Asking.WHICH_PHOTO))
        case (Asking.CHANGE, Choice.FORM):
            now = replace(now, pages=(), form_anew=True, form_before=())
            return Answer(asking(now, Asking.FORM))
        case (Asking.STOP, Choice.KEEP):
            now = asking(replace(now, reminded=True), Asking.BACK)
            return Answer(now, (line("stopped"),), asks=False)
        case (Asking.STOP | Asking.ERASE, Choice.ERASE):
            return _erase(now)
        case (Asking.START_OVER, Choice.START_OVER):
            return Answer(begin(now), (line("started_over"),))
        case (Asking.AFTER | Asking.NOTHING, Choice.NEW_CLAIM):
            return _new_claim(now)
        case (Asking.AFTER, Choice.ADD_TO_CLAIM):
            photos = tuple(photo.sha256 for photo in now.held)
            return add_to_claim(replace(now, held=()), photos)
        case (Asking.ADJUSTER, Choice.CONTINUE):
            return Answer(put_aside(now))
        case (_, Choice.CONTINUE | Choice.PHOTOS):
            return Answer(settled(replace(now, slot=None)))
        case _:
            return _command(now, choice)


def _command(now: Conversation, choice: Choice) -> Answer:
    match choice:
        case Choice.HELP:
            return Answer(now, (line("help"),))
        case Choice.HUMAN:
            return call_human(now, Reason.ASKED)
        case Choice.STATUS:
            return _status(now)
        case Choice.ERASE:
            return Answer(asking(now, Asking.ERASE))
        case Choice.THANKS:
            return _thanks(now)
        case Choice.STOP if now.held and not now.begun:
            return _discard(now)
        case Choice.STOP | Choice.CHANGE if now.sent and not now.begun:
            told = line("sent.final", reference=now.sent.reference)
            return Answer(now, (told,), asks=bool(now.held))
        case Choice.STOP if now.is_empty:
            return Answer(now, (line("nothing.to_stop"),), asks=False)
        case Choice.STOP:
            return Answer(asking(now, Asking.STOP))
        case Choice.START_OVER if now.is_empty:
            return Answer(begin(now), (line("started_over"),))
        case Choice.START_OVER:
            return Answer(asking(now, Asking.START_OVER))
        case Choice.CHANGE if now.is_empty:
            return Answer(now, (line("nothing.to_change"),))
        case Choice.CHANGE:
            return Answer(asking(replace(now, slot=None), Asking.CHANGE))
        case Choice.SEND if now.begun:
            now = settled(replace(now, slot=None))
            return Answer(now, () if now.asking is Asking.REVIEW else (line("send.not_yet"),))
        case Choice.GREETING if now.begun and not now.is_empty:
            return Answer(asking(now, Asking.BACK), (line("hello"),))
        case Choice.GREETING:
            return Answer(now, (line("hello"),) if now.introduced else ())
        case _:
            return Answer(now)


def begin(now: Conversation) -> Conversation:
    """Return the conversation with a new, empty draft."""
    return settled(
        Conversation(
            language=now.language,
            reference=now.reference,
            begun=True,
            introduced=now.introduced,
            heard_at=now.heard_at,
            sent=now.sent,
            asked=replace(now.asked, aside=True) if now.asked else None,
        )
    )


def _later(now: Conversation) -> Answer:
    if now.number_later:
        return call_human(now, Reason.POLICY_NUMBER)
    return Answer(settled(replace(now, number_later=True)), (line("number.later"),))


def _thanks(now: Conversation) -> Answer:
    if now.asking is Asking.BACK:  # who said goodbye is not to be reminded because of a "thanks"
        return Answer(replace(now, reminded=True), (line("thanks"),), asks=False)
    return Answer(now, (line("thanks"),), asks=now.begun)


def _keep_held(now: Conversation) -> Answer:
    photos = (*now.draft.photos, *now.held)
    key = "photo.extra" if len(now.held) == 1 else "photo.extra.many"
    now = replace(now, held=(), draft=replace(now.draft, photos=photos))
    return Answer(settled(now), (line(key, kept=len(photos)),))


def _discard(now: Conversation) -> Answer:
    told = line("photo.discarded" if len(now.held) == 1 else "photo.discarded.many")
    return Answer(settled(replace(now, held=())), (told,))


def replace_photo(now: Conversation, slot: int) -> Answer:
    """Return the answer to which photo is to be replaced: by the one held, or by the next."""
    if not 1 <= slot <= len(now.draft.photos):
        return Answer(now)
    if not now.held:
        return Answer(settled(replace(now, slot=slot)))
    new, *rest = now.held
    photos = (*now.draft.photos[: slot - 1], new, *now.draft.photos[slot:])
    now = replace(now, held=tuple(rest), draft=replace(now.draft, photos=photos))
    return Answer(settled(now), (line("photo.replaced", slot=slot),))


def _pages_are_extras(now: Conversation) -> Answer:
    """Make photos of what was taken for pages of the form; the form is what it was before."""
    pages = {page.sha256 for page in now.pages}
    form = tuple(file for file in now.draft.form if file.sha256 not in pages) or now.form_before
    photos = now.draft.photos
    for page in now.pages:
        if len(photos) + len(now.held) < PHOTOS_KEPT and not any(map(page.looks_like, photos)):
            photos = (*photos, page)
    told = line("photo.counted", photos=(counted(len(photos)),))
    draft = replace(now.draft, form=form, photos=photos)
    now = replace(now, pages=(), draft=draft)
    return Answer(settled(now), (told,))


def take_form(now: Conversation, file: FormFile, words: str = "") -> Answer:
    """Return the answer to a document that can be the claim form."""
    if joins(now):
        return join_form(now, file, words)
    if not now.begun:
        return add_to_claim(now, (file.sha256,), words)
    kept = () if now.form_anew else now.draft.form
    if file not in kept and len(kept) >= PHOTOS_KEPT:
        return Answer(now, (line("form.full", n=len(kept)),))
    form = kept if file in kept else (*kept, file)
    draft = replace(now.draft, form=form, form_settled=True)
    return Answer(settled(replace(now, draft=draft)), (line("form.kept"),))


def take_place(now: Conversation, place: Place) -> Answer:
    """Return the answer to where the policyholder says that they are; the last one counts."""
    point = f"{place.latitude:.5f}, {place.longitude:.5f}"  # to 1 m
    if joins(now):
        return join_words(now, point)
    if not now.begun:
        return add_to_claim(now, (), point)
    draft = replace(now.draft, place=place)
    return Answer(replace(now, draft=draft), (line("place.kept"),))


def _send(now: Conversation, number: PolicyNumber, at: datetime) -> Answer:
    draft = now.draft
    verified = number.standing is Standing.KNOWN
    claim = Claim(
        reference=now.reference,
        language=now.language,
        policy_number=number.number,
        photos=draft.photos,
        form=draft.form,
        remarks=draft.remarks,
        priority=draft.priority,
        flags=() if verified else (Flag.POLICY_UNVERIFIED,),
        submitted_at=at,
        policy_since=number.since,
        place=draft.place,
    )
    sent = Sent(reference=claim.reference, at=at, due_at=claim.due_at)
    after = settled(
        Conversation(
            language=now.language,
            introduced=True,
            heard_at=now.heard_at,
            sent=sent,
            asked=now.asked,
        )
    )
    receipt = line("receipt", at=at, reference=claim.reference, before=claim.due_at)
    return Answer(after, (receipt,), (Submit(claim),), asks=after.asking is Asking.ADJUSTER)


def _erase(now: Conversation) -> Answer:
    told = line("erased")
    if now.sent:
        told = line("erased.but_claim", reference=now.sent.reference)
    after = Conversation(language=now.language, reference=now.reference)
    return Answer(after, (told,), (Erase(),), asks=False)


def _new_claim(now: Conversation) -> Answer:
    photos = now.held
    now = settled(replace(begin(now), draft=Draft(photos=photos)))
    return Answer(now, (line("new_claim"), *had(now)))


def add_to_claim(now: Conversation, files: tuple[str, ...], words: str = "") -> Answer:
    """Return the answer to what came after a claim was sent: a person looks at it."""
    reference = now.sent.reference if now.sent else now.reference
    effect = CallHuman(Reason.ADDITION, reference, files, words)
    now = settled(now)
    return Answer(now, (line("added", reference=reference),), (effect,), asks=bool(now.held))


def _status(now: Conversation) -> Answer:
    lines: list[Line] = []
    if sent := now.sent:
        late = now.heard_at is not None and now.heard_at > sent.due_at
        key = "status.late" if late else "status.sent"
        lines.append(line(key, reference=sent.reference, at=sent.at, before=sent.due_at))
    if now.begun and now.asking not in TELLS_WHAT_IS_THERE:
        if now.draft.is_empty:
            lines.append(line("status.nothing"))
        else:
            lines.append(line("status.draft", have=having(now.draft), missing=missing(now)))
    return Answer(now, tuple(lines), asks=now.begun or now.asking is not Asking.NOTHING)
