"""What the document tab says of a file before it is translated."""

from __future__ import annotations

from pathlib import Path

from hymt.ui import document_plan
from tests.ui.test_door import CONTROLS


def test_the_plan_tells_which_columns_are_translated(services, tmp_path):
    path = tmp_path / "goods.csv"
    path.write_text("id,text\n1,The bag has two pockets.\n")
    said = document_plan.preview(services, [str(path)], "en", ["fr"], "zh", *CONTROLS)
    assert "翻译的列（2 列中的 1 列）：text。" in said and "首行视为表头" in said


def test_several_files_say_which_language_they_go_into(services, tmp_path):
    """Two English files, with English chosen and the browser's next choice French."""
    paths = [str(tmp_path / f"{name}.txt") for name in ("one", "two")]
    for path in paths:
        Path(path).write_text("The weather is very nice today.", encoding="utf-8")
    for given in (paths, paths[:1]):
        assert "into French, as it is in English already" in document_plan.preview(
            services, given, "auto", ["en", "fr"], "en", *CONTROLS
        )
    assert "already" not in document_plan.preview(services, paths, "auto", ["fr"], "en", *CONTROLS)
