"""Secrets that are kept in a variable or a file, and what nobody reads by way of them."""

import os

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..secret_values import resolve
from .test_secrets import PLANTED, SecretsCase


@tagged("post_install", "-at_install", "odooops")
class TestSecretReferences(SecretsCase):
    def problem_of(self, reference):
        secret = self.make(f"n{self.secrets.search_count([])}", reference=reference)
        with self.assert_refused(UserError, f"Secret {secret.name}: "):
            resolve(secret)
        return secret.problem

    def test_a_variable_is_read_when_it_is_used(self):
        secret = self.make(reference="$ODOOOPS_SECRET_SLACK")
        self.assertIn("is not set", secret.problem)
        self.set_environment(ODOOOPS_SECRET_SLACK=PLANTED)
        self.env.invalidate_all()

        self.assertEqual((resolve(secret), secret.problem), (PLANTED, False))

    def test_a_file_is_read_when_it_is_used_without_its_last_line_end(self):
        file = self.directory / "slack"
        secret = self.make(reference=f"file:{file}")
        self.assertIn("is not there", secret.problem)
        for content in (f"{PLANTED}\n", PLANTED):
            file.write_text(content)
            self.assertEqual(resolve(secret), PLANTED)

    def test_a_file_of_kubernetes_is_a_link_inside_of_the_directory(self):
        (self.directory / "..2026").mkdir()
        (self.directory / "..2026/slack").write_text(PLANTED)
        (self.directory / "..data").symlink_to("..2026")
        (self.directory / "slack").symlink_to("..data/slack")

        self.assertEqual(resolve(self.make(reference=f"file:{self.directory}/slack")), PLANTED)

    def test_nothing_outside_of_the_directory_is_read_and_nobody_learns_what_is_there(self):
        outside = self.folder / "outside"
        outside.write_text(PLANTED)
        for name, target in {"link": outside, "shadow": "/etc/shadow", "nothing": "/nowhere/at/all"}.items():
            (self.directory / name).symlink_to(target)
            self.assertIn("Only files below", self.problem_of(f"file:{self.directory}/{name}"))
        (self.directory / "folder").symlink_to(self.folder)
        for path in (
            outside,
            self.key_file,
            f"{self.directory}/folder/outside",
            f"{self.directory}-other/x",
            "/etc/passwd",
            "/proc/self/environ",
            "/nowhere/at/all",
        ):
            self.assertIn("Only files below", self.problem_of(f"file:{path}"))

    def test_the_key_is_no_secret_to_send_wherever_it_is(self):
        inside = self.directory / "key"
        inside.write_text(self.key_file.read_text())
        (self.directory / "link").symlink_to(inside)
        self.set_environment(ODOOOPS_SECRET_KEY_FILE=str(inside))

        for name in ("key", "link"):
            self.assertIn("Only files below", self.problem_of(f"file:{self.directory}/{name}"))

    def test_what_is_no_plain_short_text_is_refused_at_once(self):
        os.mkfifo(self.directory / "fifo")
        (self.directory / "folder").mkdir()
        (self.directory / "empty").write_text("\n")
        (self.directory / "long").write_text("x" * 65537)
        (self.directory / "binary").write_bytes(b"\xff\x00")
        for name in ("fifo", "folder"):
            self.assertIn("cannot read it", self.problem_of(f"file:{self.directory}/{name}"))
        for name in ("empty", "long", "binary"):
            self.assertIn("longer than 64 KiB", self.problem_of(f"file:{self.directory}/{name}"))

    def test_without_a_directory_no_file_is_read(self):
        file = self.directory / "slack"
        file.write_text(PLANTED)
        self.set_environment(ODOOOPS_SECRET_DIR="")

        self.assertIn("it names none", self.problem_of(f"file:{file}"))

    def test_what_is_no_reference_is_refused_when_it_is_written(self):
        for reference, problem in (
            ("slack", "Write the reference as"),
            ("$PGPASSWORD", "Only variables whose name begins with"),
            ("$ODOOOPS_SECRET_KEY", "not those of the key itself"),
            ("file:../etc/passwd", "in full"),
            (f"file:{self.directory}/../key", "without '..'"),
        ):
            with self.assert_refused(ValidationError, f"Secret slack: .*{problem}"):
                self.make(reference=reference)
