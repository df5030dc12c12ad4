"""What a precision costs, beside every row in another than float32."""

from __future__ import annotations

from bench.report.exports import markdown
from bench.report.table import told
from tests.made.rows import made_row

LOSS = {"top1_loss": 0.0625, "top1_loss_ci95_low": 0.0101, "top1_loss_ci95_high": 0.1149}


def test_a_row_in_int8_says_what_it_lost_with_its_interval_and_more_than_5_points_are_marked() -> None:
    rows = [made_row("opencv", "nin"), made_row("opencv", "nin", precision="int8", top1=0.8375, **LOSS)]
    table = markdown(rows)
    assert "| Lost [points] |" in table
    assert "| 83.8‡¶ | 6.2 (1 to 11)‡ |" in table
    assert "`‡` loses more than 5 points of top-1 against float32." in table
    assert "`¶` over the images that did not calibrate it" in table
    little = made_row("opencv", "nin", precision="int8", top1=0.85, **{**LOSS, "top1_loss": 0.05})
    assert "‡" not in markdown([rows[0], little])


def test_where_all_is_float32_there_is_no_such_column() -> None:
    fields = [column.field for column in told([made_row("opencv", "nin", top1=0.9, model_mib=29.0)])]
    assert not {"top1_loss", "model_mib"}.intersection(fields)


def test_where_there_are_several_precisions_the_table_has_the_models_sizes() -> None:
    rows = [made_row("opencv", "nin", model_mib=29.04), made_row("opencv", "nin", precision="int8", model_mib=7.31)]
    table = markdown(rows)
    assert "| Size [MiB] |" in table
    assert "| 29.0 |" in table and "| 7.3 |" in table
