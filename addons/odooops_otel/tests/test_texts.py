"""Statements as text, and texts that are held once."""

from odoo.tests import BaseCase, tagged

from ..telemetry import texts
from ..tools.statements import Statements


@tagged("post_install", "-at_install")
class TestShared(BaseCase):
    def setUp(self):
        super().setUp()
        self.shared = texts.Shared()

    def another(self, text: str) -> str:
        """The same text as another object."""
        return f"{text} "[:-1]

    def held(self, text: str) -> str:
        """What a statement of this text holds."""
        statements = Statements([(text, 1.0, 2.0)])
        self.shared.share(statements)
        return statements[0][0]

    def test_the_same_text_is_one_object(self):
        first = self.held(self.another("SELECT 1"))
        self.assertIs(self.held(self.another("SELECT 1")), first)

    def test_what_is_held_is_bounded_in_number_and_length(self):
        self.held("x" * (texts.MAX_SHARED_TEXT + 1))
        self.assertFalse(self.shared._known)
        for number in range(5 * texts.MAX_SHARED):
            self.held(f"SELECT {number}")
            self.assertLessEqual(len(self.shared._known), texts.MAX_SHARED)
