"""A coach on a phone: a record, a private note and one for all, a file, and a summary that is changed and approved."""

from __future__ import annotations

import pytest

from tests.browser.runner import Ways
from tests.factories.people import phone
from tests.turns import in_turn

ID = "[0-9a-f-]{36}"
SAID = {
    "fa": (
        "علی مرادی",
        "ساق پایش بعد از سربالایی درد می‌گیرد. پزشک ببیند؟",
        "این ماه سر کار خیلی خسته است.",
        "آماده است.",
    ),
    "en": (
        "Ali Moradi",
        "His calf hurts after hills. Should he see a doctor?",
        "Work tires him a lot.",
        "He is ready.",
    ),
}


@pytest.mark.parametrize("language", in_turn(["fa"], ["en"]))
def test_a_coach_notes_keeps_a_file_and_approves_a_summary(arrive, site, language, tmp_path):
    name, shared, private, ready = SAID[language]
    sara = arrive("Sara Karimi", phone().replace("+98", "0"), Ways(language=language))
    sara.sign_in()
    sara.visit("/coaching/athletes/new")
    sara.send("/coaching/athletes/new", name=name, goal_race="Tehran Half", lands=f"/coaching/athletes/{ID}")
    athlete = sara.page.url.removeprefix(site.url)
    record = athlete.rpartition("/")[2]
    notes, files, summaries = (f"/{kind}/athlete/{record}" for kind in ("notes", "files", "summaries"))

    sara.visit(notes)
    sara.send(notes, text=private, lands=notes)
    sara.visit(notes)
    sara.send(notes, text=shared, is_shared="y", lands=notes)
    bag = tmp_path / "bag.txt"
    bag.write_text("Number, pins, breakfast three hours before.\n")
    sara.visit(files)
    sara.page.locator("[name=file]").set_input_files(bag)
    sara.send(files, lands=files)
    sara.reads("bag.txt")

    sara.visit(summaries)
    sara.send(summaries, lands=summaries)
    sara.reads(shared.partition(" ")[0])
    edit = str(sara.page.locator('main a[href$="/edit"]').first.get_attribute("href"))
    sara.visit(edit)
    last = sara.page.locator('main [name$="-source"]').last
    field = str(last.get_attribute("name")).removesuffix("source")
    sara.send(edit, **{f"{field}text": ready})
    sara.page.locator(".errors, .error, [aria-invalid=true]").first.wait_for()
    sara.send(edit, **{f"{field}source": f"athlete:{record}"}, lands=summaries)
    sara.reads(ready)
    sara.send(edit.replace("/edit", "/approve"), is_shared="y", lands=summaries)
    sara.visit(athlete)
    for words in (ready, "bag.txt", private.partition(".")[0]):
        sara.reads(words)
