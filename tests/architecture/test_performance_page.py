"""No figure of docs/performance.md is typed by hand."""

from performance_page import PAGE, page


def test_the_page_has_what_the_benchmarks_measured(repository):
    assert (repository / PAGE).read_text() == page(repository), "run python3 docs/performance_page.py"
