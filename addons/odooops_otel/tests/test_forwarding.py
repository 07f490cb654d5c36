"""What wraps a function takes what it takes, and passes it on as it was given."""

import functools
import inspect
import traceback

from odoo.tests import BaseCase

from ..telemetry import forwarding


def forward(function, body="return _original({arguments})", **names):
    return forwarding.make(function, body, {"_original": function, **names})


def every_kind(self, vals, /, limit=3, *more, order="id", **options):
    return self, vals, limit, more, order, options


class TestForwarding(BaseCase):
    def test_everything_is_passed_on_as_it_was_given(self):
        for args, kwargs in [
            ((1, 2), {}),
            ((1, 2, 4, 5, 6), {"order": "name"}),
            ((1, 2), {"limit": None, "other": 7}),
        ]:
            with self.subTest(args=args, kwargs=kwargs):
                self.assertEqual(forward(every_kind)(*args, **kwargs), every_kind(*args, **kwargs))

    def test_what_the_function_refuses_is_refused(self):
        for args, kwargs in [((1,), {}), ((), {"self": 1, "vals": 2})]:
            with self.subTest(args=args, kwargs=kwargs), self.assertRaises(TypeError):
                forward(every_kind)(*args, **kwargs)

    def test_it_has_the_parameters_of_the_function(self):
        self.assertEqual(inspect.signature(forward(every_kind)), inspect.signature(every_kind))

    def test_defaults_are_the_same_objects(self):
        default = object()

        def search(domain, limit=default, *, order=default):
            return limit, order

        for found in forward(search)([]):
            self.assertIs(found, default)

    def test_annotations_are_left_out(self):
        def read(self, fields: "unknown.Type | None" = None, *, load: "str" = "x"):  # noqa: F821
            return fields, load

        self.assertEqual(forward(read)(1, 2), (2, "x"))

    def test_a_function_that_was_wrapped_is_taken_for_what_it_takes_now(self):
        def search(domain):
            return domain

        @functools.wraps(search)
        def another_s(*args, **kwargs):
            return search(*args)

        self.assertEqual(forward(another_s)(1, unknown=2), 1)

    def test_the_first_parameter_is_known_to_the_body(self):
        self.assertEqual(forward(every_kind, "return {self}")(1, 2), 1)

    def test_functions_with_the_same_parameters_share_their_code(self):
        def write(self, vals):
            return vals

        def save(self, vals):
            return not vals

        one, other = forward(write), forward(save)
        self.assertIs(one.__code__, other.__code__)
        self.assertEqual((one(1, 2), other(1, 2)), (2, False))

    def test_names_that_are_parameters_are_refused(self):
        with self.assertRaisesRegex(ValueError, "every_kind has parameters of these names: limit"):
            forward(every_kind, limit=1)

    def test_tracebacks_show_its_lines(self):
        def fail():
            raise ZeroDivisionError

        try:
            forward(fail)()
        except ZeroDivisionError:
            # assertRaises() would have taken the traceback away.
            self.assertIn("return _original()", traceback.format_exc())
