"""Child processes that may come to harm: whatever they do, their parent goes on."""

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from threading import Timer
from time import monotonic

import pytest

from claimbot import children
from claimbot.children import LONGEST_ANSWER, Cause, Child, ChildDied
from tests.unruly import LIMITS, idle, unruly

SOON = 10_000  # milliseconds
SPIN = b"spin 2000000000"  # half an hour
SOME_WORK = b"spin 30000"  # 20 ms


@pytest.fixture
def child() -> Iterator[Child]:
    """A child with little processor time."""
    with closing(unruly()) as one:
        yield one


def death_of(child: Child, *request: bytes) -> Cause:
    """Return what a child dies of when it is asked something; the next one answers."""
    before = child.ask(b"who")
    with pytest.raises(ChildDied) as died:
        child.ask(*request)
    assert child.ask(b"who") != before
    return died.value.cause


def is_gone(pid: int) -> bool:
    """Tell whether a process ends soon."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    has_ended = bool(poll.poll(SOON))
    os.close(handle)
    return has_ended


def test_a_child_answers_one_request_after_another(child: Child) -> None:
    """By one process, in order, whatever bytes they are; its parts reach it as one."""
    everything = bytes(range(256)) * 300

    assert child.ask(b"say ", everything[:9], everything[9:], longest_answer=10**6) == everything
    assert child.ask(b"say ") == b""
    assert child.ask(b"who") == child.ask(b"who")


def test_a_request_of_megabytes_goes_through(child: Child) -> None:
    """More than a pipe holds, there and back."""
    data = bytes(25_000_000)

    assert child.ask(b"say ", data, longest_answer=len(data)) == data


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL])
def test_a_child_that_crashes_is_replaced(child: Child, number: int) -> None:
    """As a decoder with a mistake in it does."""
    assert death_of(child, b"signal %d" % number) is Cause.CRASHED


def test_a_child_that_is_killed_did_nothing_wrong(child: Child) -> None:
    """The kernel takes the largest process when memory runs out, whoever used it up."""
    assert death_of(child, b"signal %d" % signal.SIGKILL) is Cause.KILLED


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_child_is_not_stopped_before_its_parent(child: Child, number: int) -> None:
    """Ctrl-C and service managers tell the whole group; what is in hand is finished."""
    assert child.ask(b"signal %d" % number) == b"still here"


@pytest.mark.parametrize("order", [b"raise it", b"exit 0", b"exit 1", b"unheard of", b"\xff"])
def test_a_child_that_ends_is_replaced(child: Child, order: bytes) -> None:
    """Whatever its status says, there was no answer."""
    assert death_of(child, order) is Cause.CRASHED


def test_a_child_may_use_so_much_time(child: Child) -> None:
    """Of the processor, also within C code where Python hears no signal."""
    assert death_of(child, SPIN) is Cause.OUT_OF_TIME


def test_each_request_may_use_all_the_time(child: Child) -> None:
    """What it used before does not count."""
    before = child.ask(b"who")
    used = getrusage(RUSAGE_CHILDREN).ru_utime
    for _ in range(40):
        child.ask(SOME_WORK)

    assert child.ask(b"who") == before
    child.close()
    assert getrusage(RUSAGE_CHILDREN).ru_utime - used > LIMITS.cpu.total_seconds()


def test_a_child_may_use_so_much_memory(child: Child) -> None:
    """What is over the limit is refused it, and it says so."""
    assert death_of(child, b"allocate 400000000") is Cause.OUT_OF_MEMORY
    assert child.ask(b"allocate 20000000") == b"still here"


def test_a_child_that_hangs_is_given_up() -> None:
    """It used none of its processor time, so nothing is said of the request."""
    with closing(idle()) as child:
        child.ask(b"who")
        asked = monotonic()

        assert death_of(child, b"hang") is Cause.TOO_SLOW
        assert monotonic() - asked < SOON / 1000


@pytest.mark.parametrize("how", ["deaf", "breaks off"])
def test_a_child_that_stops_halfway_is_given_up(how: str) -> None:
    """It reads nothing of a request that fills the pipe, or writes half of an answer."""
    with closing(idle(how)) as child:
        for _ in range(2):
            with pytest.raises(ChildDied) as died:
                child.ask(bytes(1_000_000))

            assert died.value.cause is Cause.TOO_SLOW


def test_a_child_that_promises_too_much_is_not_heard_out() -> None:
    """Nothing of an answer of 4 GB is read."""
    with closing(idle("boasts")) as child, pytest.raises(ChildDied) as died:
        child.ask(b"who")

    assert died.value.cause is Cause.CRASHED


def test_an_answer_may_be_so_long(child: Child) -> None:
    """64 KB, unless more is expected."""
    assert len(child.ask(b"repeat %d" % LONGEST_ANSWER)) == LONGEST_ANSWER
    assert death_of(child, b"repeat %d" % (LONGEST_ANSWER + 1)) is Cause.CRASHED


def test_a_child_that_closes_its_output_is_replaced() -> None:
    """Also when it lives on."""
    with closing(idle()) as child:
        assert death_of(child, b"close") is Cause.CRASHED


def test_what_a_library_prints_is_no_answer(child: Child) -> None:
    """It would be taken for the length of one."""
    assert child.ask(b"chatter") == b"still here"


def test_a_child_can_write_no_file(child: Child, tmp_path: Path) -> None:
    """Nor have many open."""
    path = tmp_path / "file"

    assert death_of(child, f"write {path}".encode()) is Cause.CRASHED
    assert path.read_bytes() == b""
    assert death_of(child, b"open 20") is Cause.CRASHED


def test_a_child_is_the_first_to_go(child: Child) -> None:
    """When memory runs out, the kernel ends it before its parent; it leaves no core behind."""
    process = Path("/proc", child.ask(b"who").decode())

    assert (process / "oom_score_adj").read_text() == "1000\n"
    assert re.search(r"core file size +0 +0 ", (process / "limits").read_text())


def test_a_child_that_dies_idle_is_not_missed(child: Child) -> None:
    """The next request goes to another one, and nobody hears of it."""
    pid = int(child.ask(b"who"))
    os.kill(pid, signal.SIGKILL)
    assert is_gone(pid)

    assert child.ask(b"say still here") == b"still here"


def test_a_child_that_dies_at_any_moment_is_replaced(child: Child) -> None:
    """It answers, or it is known that it was killed; the one after it answers."""
    for moment in range(30):
        pid = int(child.ask(b"who"))
        killing = Timer(moment / 10_000, os.kill, (pid, signal.SIGKILL))
        killing.start()
        with suppress(ChildDied):
            while child.ask(b"who") == b"%d" % pid:
                pass

        assert child.ask(b"say ", bytes(1_000_000), longest_answer=10**6) == bytes(1_000_000)
        killing.join()


def test_a_closed_child_can_be_asked_again(child: Child) -> None:
    """Closing ends a process; twice is as good as once."""
    pid = int(child.ask(b"who"))
    child.close()
    child.close()

    assert is_gone(pid)
    assert int(child.ask(b"who")) != pid


def test_a_question_that_is_broken_off_has_no_answer() -> None:
    """What it would have been told is not said to the next one."""
    with closing(unruly()) as child:
        child.ask(b"who")
        with pytest.raises(TypeError):
            child.ask(b"say one", 2)  # type: ignore[arg-type]

        assert child.ask(b"say three") == b"three"


def test_a_warm_child_is_started_once(child: Child) -> None:
    """And is the one that is asked."""
    child.warm()
    child.warm()

    assert child.ask(b"who") == child.ask(b"who")


def test_a_child_that_does_not_start_is_no_requests_fault() -> None:
    """The error says how to see why."""
    child = Child("tests.missing", limits=LIMITS)

    with pytest.raises(ChildProcessError, match=r"-m tests\.missing$"):
        child.ask(b"who")


def test_a_child_that_is_never_ready_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute is enough for any machine."""
    monkeypatch.setattr(children, "START", timedelta(seconds=0.1))

    with closing(unruly("mute")) as child, pytest.raises(ChildProcessError):
        child.ask(b"who")


ORPHAN = """
import sys
from tests.unruly import idle, unruly
child = {"idle": idle, "unruly": unruly}[sys.argv[1]]()
print(child.ask(b"who").decode(), flush=True)
child.ask(sys.argv[2].encode()) if sys.argv[2] else sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("kind", "order"), [("unruly", ""), ("unruly", SPIN.decode()), ("idle", "hang")]
)
def test_no_child_outlives_its_parent(kind: str, order: str) -> None:
    """Idle it sees the end of its input; busy, its own limits end it."""
    with subprocess.Popen(  # noqa: S603  our own words
        [sys.executable, "-c", ORPHAN, kind, order],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()

    assert is_gone(pid)
