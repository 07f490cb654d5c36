"""Statements as text, and texts that are held once."""

from odoo.tests import BaseCase, tagged

from ..telemetry import texts


@tagged("post_install", "-at_install")
class TestShared(BaseCase):
    def setUp(self):
        super().setUp()
        self.shared = texts.Shared()

    def another(self, text: str) -> str:
        """The same text as another object."""
        return f"{text} "[:-1]

    def test_the_same_text_is_one_object(self):
        first = self.shared.one_of(self.another("SELECT 1"))
        self.assertIs(self.shared.one_of(self.another("SELECT 1")), first)

    def test_what_is_held_is_bounded_in_number_and_length(self):
        self.shared.one_of("x" * (texts.MAX_SHARED_TEXT + 1))
        self.assertFalse(self.shared._known)
        for number in range(5 * texts.MAX_SHARED):
            self.shared.one_of(f"SELECT {number}")
            self.shared.trim()
            self.assertLessEqual(len(self.shared._known), texts.MAX_SHARED)
