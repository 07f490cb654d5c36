"""Slots across real processes: who gets which, and what a successor finds."""

import os
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..telemetry import slot

# A process that takes a slot, counts one, says which, and holds it until its input ends. A line of it is how it ends;
# further arguments are its state, such as "traces waiting 3".
HOLDER = textwrap.dedent(
    """
    import importlib.util, sys
    from pathlib import Path
    spec = importlib.util.spec_from_file_location("slot", sys.argv[1])
    slot = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(slot)
    taken = slot.take(Path(sys.argv[2]), "http")
    taken.add("traces", "sent")
    for state in sys.argv[3:]:
        *names, value = state.split()
        taken.set(*names, value=int(value))
    print(taken.name, taken.read()["traces", "sent"], flush=True)
    for reason in sys.stdin:
        taken.end(reason.strip())
        print("told", flush=True)
    taken.release()
    """
)


@tagged("post_install", "-at_install")
class TestSlot(BaseCase):
    def setUp(self):
        super().setUp()
        temporary = tempfile.TemporaryDirectory(prefix="odooops-")
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name) / "telemetry"

    def hold(self, *states: str) -> subprocess.Popen:
        """A process that holds a slot."""
        command = [sys.executable, "-S", "-c", HOLDER, slot.__file__, str(self.directory), *states]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.addCleanup(self.end, process)
        return process

    def held(self, process: subprocess.Popen) -> tuple[str, int]:
        """The slot that a process took, and what it has sent so far."""
        line = process.stdout.readline()
        self.assertTrue(line, "the process took no slot")
        name, sent = line.split()
        return name, int(sent)

    def end(self, process: subprocess.Popen, with_signal: int | None = None) -> None:
        if with_signal:
            process.send_signal(with_signal)
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()
        process.wait(10)

    def take(self, kind: str = "http") -> slot.Slot:
        taken = slot.take(self.directory, kind)
        self.addCleanup(taken.release)
        return taken

    def path(self, name: str) -> Path:
        return self.directory / f"{name}.slot"

    def test_processes_take_the_lowest_free_slot_of_their_kind(self):
        first, second = self.hold(), self.hold()
        names = {self.held(first)[0], self.held(second)[0]}
        self.assertEqual(names, {"http-0", "http-1"})
        self.assertEqual(self.take().name, "http-2")
        self.assertEqual(self.take("cron").name, "cron-0")

    def test_slot_of_a_killed_process_is_free_and_its_successor_counts_on(self):
        first = self.hold()
        self.assertEqual(self.held(first), ("http-0", 1))
        second = self.hold()
        self.assertEqual(self.held(second), ("http-1", 1))
        self.end(first, signal.SIGKILL)
        successor = self.hold()
        self.assertEqual(self.held(successor), ("http-0", 2))

    def test_successor_counts_that_its_predecessor_was_killed(self):
        first = self.hold()
        self.held(first)
        self.end(first, signal.SIGKILL)
        self.assertEqual(self.exits(self.take()), {"killed": 1})

    def test_what_waited_in_a_killed_process_is_seen_as_lost_at_once_and_counted_by_its_successor(self):
        first = self.hold("traces waiting 3", "logs waiting 2", "process records 9", "process delivered 4")
        self.held(first)
        self.end(first, signal.SIGKILL)
        [found] = slot.survey(self.directory)
        self.assertEqual(
            (found["pid"], found["is_killed"], found["states"]["traces", "waiting"]), (0, True, 3)
        )
        self.assertEqual(slot.undelivered(found["states"]), 5)
        taken = self.take()
        counters = {key: value for key, value in taken.read().items() if value}
        self.assertEqual(counters["traces", "dropped", "killed"], 3)
        self.assertEqual(counters["logs", "dropped", "killed"], 2)
        self.assertEqual(counters["process", "lost"], 5)
        self.assertEqual((taken.inherited_loss["items"], taken.inherited_loss["reason"]), (5, "killed"))
        self.assertEqual(taken.inherited_loss["at"], taken.states()["process", "lost_at"])
        [found] = slot.survey(self.directory)
        self.assertFalse(found["is_killed"])
        self.assertEqual(found["states"]["traces", "waiting"], 0)
        self.assertGreater(found["states"]["traces", "dropped_at", "killed"], 0)

    def test_successor_begins_with_a_state_of_its_own(self):
        first = slot.take(self.directory, "http")
        for state in slot.STATES:
            first.set(*state, value=0 if state[1] in ("waiting", "records") else 7)
        first.note_attempt("traces", 0.5, is_taken=True)
        first.release()
        states = self.take().states()
        started, used = states.pop(("process", "started")), states.pop(("process", "cpu_before"))
        self.assertGreater(started, 1e18)
        self.assertGreater(used, 0)
        # When something was lost is kept, as what was lost is.
        kept = {state: value for state, value in states.items() if value}
        self.assertEqual(set(kept), {state for state in slot.STATES if state[1] in slot.OUTLIVING})
        self.assertEqual(set(kept.values()), {7})

    def test_attempts_are_noted_with_their_time_and_whether_they_arrived(self):
        taken = self.take()
        taken.note_attempt("traces", 0.5, is_taken=True)
        taken.note_attempt("traces", 0.25, is_taken=False)
        states = taken.states()
        self.assertEqual((states["traces", "attempts"], states["traces", "attempt_time"]), (2, 750_000_000))
        self.assertLessEqual(states["traces", "delivered_at"], states["traces", "failed_at"])
        self.assertEqual(states["metrics", "attempts"], 0)

    def test_successor_knows_that_who_ended_as_he_should_took_something_along(self):
        first = slot.take(self.directory, "http")
        first.set("process", "records", value=3)
        first.release()
        second = slot.take(self.directory, "http")
        self.assertEqual((second.inherited_loss["items"], second.inherited_loss["reason"]), (3, "shutdown"))
        second.release()
        self.assertEqual(self.take().inherited_loss, {})

    def test_process_that_ends_says_how_and_only_once(self):
        first = slot.take(self.directory, "http")
        first.end("limit_request")
        first.end("stopped")
        first.release()
        second = slot.take(self.directory, "http")
        second.release()
        self.assertEqual(self.exits(self.take()), {"limit_request": 1, "stopped": 1})

    def test_process_that_dies_after_it_has_said_how_it_ends_was_not_killed(self):
        first = self.hold()
        self.held(first)
        first.stdin.write("limit_memory_soft\n")
        first.stdin.flush()
        self.assertEqual(first.stdout.readline(), "told\n")
        self.end(first, signal.SIGKILL)
        self.assertEqual(self.exits(self.take()), {"limit_memory_soft": 1})

    def exits(self, taken: slot.Slot) -> dict[str, int]:
        return {key[2]: value for key, value in taken.read().items() if key[1] == "exit" and value}

    def test_slot_of_a_process_that_ended_is_free_and_its_successor_counts_on(self):
        first = self.hold()
        self.held(first)
        self.end(first)
        self.assertEqual(self.held(self.hold()), ("http-0", 2))

    def test_twenty_processes_at_once_take_twenty_slots(self):
        processes = [self.hold() for _ in range(20)]
        names = {self.held(process)[0] for process in processes}
        self.assertEqual(names, {f"http-{number}" for number in range(20)})

    def test_counters_keep_their_start_time_over_processes(self):
        first = slot.take(self.directory, "http")
        created = first.created
        first.release()
        self.assertEqual(self.take().created, created)

    def test_truncated_file_is_begun_anew(self):
        first = slot.take(self.directory, "http")
        first.add("traces", "sent", amount=5)
        created = first.created
        first.release()
        with self.path("http-0").open("r+b") as file:
            file.truncate(60)
        again = self.take()
        self.assertEqual((again.name, again.read()["traces", "sent"]), ("http-0", 0))
        self.assertGreater(again.created, created)

    def test_foreign_file_is_begun_anew(self):
        for content in (b"", b"x", b"not a slot at all" * 100, b"\xff" * slot._SIZE):
            with self.subTest(len(content)):
                self.directory.mkdir(parents=True, exist_ok=True)
                self.path("http-0").write_bytes(content)
                taken = slot.take(self.directory, "http")
                self.assertEqual(set(taken.read().values()), {0})
                taken.add("traces", "sent", amount=3)
                taken.release()
                again = slot.take(self.directory, "http")
                self.assertEqual(again.read()["traces", "sent"], 3)
                again.release()

    def test_unwritable_directory_is_an_error_of_the_system(self):
        parent = self.directory.parent / "file"
        parent.write_text("")
        with self.assertRaises(OSError):
            slot.take(parent / "telemetry", "http")

    def test_full_disk_is_an_error_and_not_a_crash(self):
        # A limit on the size of files stands for the disk: the allocation fails in the same way.
        self.directory.mkdir()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
        try:
            with self.assertRaises(OSError):
                slot.take(self.directory, "http")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        self.assertEqual(self.take().name, "http-0")

    def test_survey_names_slots_with_their_processes_and_counters(self):
        process = self.hold()
        self.held(process)
        taken = slot.take(self.directory, "cron")
        taken.add("metrics", "dropped", "expired", amount=4)
        taken.release()
        self.path("torn").write_bytes(struct.pack("<8sQQ", slot.MAGIC, 1, 1))
        self.path("foreign").write_bytes(b"?" * 500)
        cron, http = slot.survey(self.directory)
        self.assertEqual((http["name"], http["pid"]), ("http-0", process.pid))
        self.assertEqual((cron["name"], cron["pid"]), ("cron-0", 0))
        self.assertEqual(cron["counters"]["metrics", "dropped", "expired"], 4)

    def test_files_are_not_for_everybody(self):
        previous = os.umask(0)
        try:
            self.take()
        finally:
            os.umask(previous)
        self.assertEqual(self.path("http-0").stat().st_mode & 0o007, 0)
        self.assertEqual(self.directory.stat().st_mode & 0o007, 0)


@tagged("post_install", "-at_install")
class TestInterrupted(BaseCase):
    def test_signal_handler_that_counts_may_interrupt_who_counts(self):
        found = slot.anonymous("http")
        done = threading.Event()

        def interrupted():
            with found._lock:
                found.add("logs", "dropped", "queue_full")
            done.set()

        threading.Thread(target=interrupted, daemon=True).start()
        self.assertTrue(done.wait(5))
        self.assertEqual(found.read()["logs", "dropped", "queue_full"], 1)
