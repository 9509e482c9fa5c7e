"""What the document tab says of a file before it is translated."""

from __future__ import annotations

from hymt.ui import document_plan
from tests.ui.test_door import CONTROLS


def test_the_plan_tells_which_columns_are_translated(services, tmp_path):
    path = tmp_path / "goods.csv"
    path.write_text("id,text\n1,The bag has two pockets.\n")
    said = document_plan.preview(services, [str(path)], "en", ["fr"], "zh", *CONTROLS)
    assert "翻译的列（2 列中的 1 列）：text。" in said and "首行视为表头" in said
