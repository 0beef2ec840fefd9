"""Where a calendar axis has its ticks."""

from datetime import date


def month_ticks(start: date, end: date, most: int = 7) -> list[date]:
    """First days of months between two dates, so many at most, quarters starting in January."""
    whole = (end.year - start.year) * 12 + end.month - start.month
    step = next((step for step in (1, 2, 3, 6, 12, 24) if whole / step <= most), 60)
    months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    days = [date(month // 12, month % 12 + 1, 1) for month in months if month % step == 0]
    return [day for day in days if start <= day <= end]
