"""English: what the bot understands, and what its buttons say."""

from claimbot.claim import Flaw
from claimbot.words import Alarm, Choice, Language
from claimbot.words.en.replies import REPLIES

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
    Choice.EXTRA: "Extra photo",
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
    Choice.HELP: ("help me", "what can you do", "how does this work", "?"),
    Choice.HUMAN: (
        *("agent", "human", "person", "operator", "call me", "call me back", "colleague"),
        "employee",
    ),
    Choice.STOP: ("cancel", "quit", "end", "abort", "i want to stop", "never mind"),
    Choice.CHANGE: ("edit", "correct it", "change it", "wrong", "that is wrong"),
    Choice.STATUS: ("what do you have", "how far are we", "where is my claim"),
    Choice.START_OVER: ("restart", "again", "start again", "begin again"),
    Choice.ERASE: ("erase", "delete", "erase everything", "delete everything", "forget me"),
    Choice.SEND: ("send it", "submit"),
    Choice.GREETING: (
        *("hi", "hey", "hi there", "hello there", "good morning", "good afternoon"),
        *("good evening", "good day"),
    ),
    Choice.THANKS: ("thanks", "thx", "thank you very much", "great, thanks", "ok thanks"),
    Choice.YES: (
        *("y", "yeah", "yep", "correct", "right", "that is right", "that's right", "okay"),
        *("yes please", "sure", "fine", "agreed", "all right"),
    ),
    Choice.NO: (
        *("nope", "no thanks", "no thank you", "not right", "that is not right", "none of these"),
    ),
    Choice.LATER: ("not at hand", "i don't have it", "don't have it", "i don't know", "no idea"),
    Choice.NO_FORM: ("no form", "i don't have one", "skip", "without"),
    Choice.DONE: ("ready", "that is all", "that's all", "finished", "none", "no more"),
    Choice.EXTRA: ("keep", "keep it", "keep as extra"),
    Choice.REPLACE: ("replace", "swap", "replace it"),
    Choice.DISCARD: ("discard", "don't use it", "do not use", "drop it"),
    Choice.KEEP: ("keep", "keep it", "keep everything", "save", "save it"),
    Choice.CONTINUE: ("go on", "carry on", "resume"),
    Choice.NEW_CLAIM: ("new", "new damage", "another claim"),
    Choice.ADD_TO_CLAIM: ("add it", "add", "same claim", "that claim"),
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
        *("speak to someone", "speak to a person", "talk to a person", "call me back"),
    ),
    Choice.LATER: ("not at hand", "don't have it", "don't know it", "can't find it"),
    Choice.NO_FORM: ("no form", "no claim form", "don't have one", "don't have a form"),
}

ALARM = Alarm(
    hurt=frozenset(
        {
            *("hurt", "hurts", "injured", "injury", "injuries", "bleeding", "bleeds", "blood"),
            *("unconscious", "unresponsive", "trapped", "ambulance", "pain", "wounded", "killed"),
            *("casualty", "casualties", "whiplash", "concussion", "fainted", "headache", "died"),
            *("hospital", "dizzy", "hurting", "pedestrian", "cyclist"),
        }
    ),
    danger=frozenset(
        {
            *("not breathing", "can't breathe", "cannot breathe", "passed out", "on fire"),
            *("stuck in the car", "stuck in my car", "stuck inside", "can not breathe", "burning"),
            *("he is dead", "she is dead", "he isn't moving", "she isn't moving", "heart attack"),
            *("can't walk", "cannot walk", "there is fire", "no ambulance yet", "broken leg"),
            *("broken arm", "broke my arm", "broke my leg", "leg is broken", "arm is broken"),
            *("bleeding does not stop", "bleeding doesn't stop", "bleeding won't stop"),
        }
    ),
    calls=frozenset(
        {"call", "called", "calling", "dial", "dialled", "phone", "phoned", "help", "need"}
    ),
    nobody=frozenset({"nobody", "noone", "neither"}),
    negations=frozenset(
        {
            *("no", "not", "none", "never", "without", "nothing", "isn't", "aren't", "wasn't"),
            *("weren't", "don't", "didn't", "nor", "isnt", "arent", "zero"),
        }
    ),
    degrees=frozenset(
        {
            *("badly", "seriously", "severely", "serious", "severe", "major", "only", "just"),
            "too",
        }
    ),
    fillers=frozenset({"luckily", "thankfully", "needed", "necessary", "really"}),
    joints=frozenset({"but", "and", "because", "if", "whether", "no idea", "who", "how many"}),
    contrary=frozenset({"is", "are", "was", "were", "does"}),
    exceptions=frozenset({"except", "apart from", "only my", "only me"}),
)

ENGLISH = Language(
    code="en",
    names=("english", "engels", "in english", "english please"),
    replies=REPLIES,
    labels=LABELS,
    heard=HEARD,
    mentions=MENTIONS,
    alarm=ALARM,
    stranded=(
        *("not drivable", "undrivable", "can't drive", "cannot drive", "can't be driven", "towed"),
        *("tow truck", "won't start", "won't drive", "total loss"),
    ),
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
        Flaw.NOT_AN_IMAGE: "I can't open it",
        Flaw.UNSUPPORTED_FORMAT: "I can't use this kind",
        Flaw.TOO_LARGE: "too large",
        Flaw.TOO_SMALL: "too small",
        Flaw.BLANK: "empty",
        Flaw.DARK: "too dark",
        Flaw.OVEREXPOSED: "too bright",
        Flaw.BLURRED: "not sharp",
        Flaw.DUPLICATE: "I have it already",
    },
    conjunction="and",
    time="{day} {month} at {hour:02}:{minute:02}",
    months=(
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
)
