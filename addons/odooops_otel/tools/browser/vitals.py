"""How good a Web Vital is: https://web.dev/articles/defining-core-web-vitals-thresholds"""

from __future__ import annotations

GOOD, IMPROVABLE, POOR = "good", "needs-improvement", "poor"
# Up to the first it is good, beyond the second poor; in s, cls a score.
THRESHOLDS = {
    "cls": (0.1, 0.25),
    "fcp": (1.8, 3.0),
    "inp": (0.2, 0.5),
    "lcp": (2.5, 4.0),
    "ttfb": (0.8, 1.8),
}


def rating(name: str, value: float) -> str:
    """``browser.web_vital.rating`` of a value."""
    good, poor = THRESHOLDS[name]
    if value <= good:
        return GOOD
    return IMPROVABLE if value <= poor else POOR
