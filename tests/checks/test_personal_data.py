from __future__ import annotations

from alia_judge.checks import redact, redact_ratings, run_checks
from alia_judge.ratings import load_ratings


def test_ratings_are_redacted_in_all_their_texts_and_the_originals_stay() -> None:
    text = "Soy Ana, 612 345 678 (12345678Z), ana@example.org. Adiós"
    ratings = load_ratings([{"item": "a", "score": 1, "response": text, "prompt": text}, {"item": "b", "score": 2}])
    redacted = redact_ratings(ratings)
    assert redacted.items()[0].response == redacted.items()[0].prompt == redact(text)
    assert ratings.items()[0].response == text
    assert run_checks(redacted, only=["AJ022"])[0].status == "clean"


def test_findings_do_not_repeat_the_personal_data() -> None:
    ratings = load_ratings([{"item": "a", "score": 1, "response": "612 345 678"}, {"item": "b", "score": 2}])
    (outcome,) = run_checks(ratings, only=["AJ022"])
    assert outcome.findings[0].message == "1 times telephone in 1 items"
    assert "612" not in str(outcome.findings[0].to_dict())
