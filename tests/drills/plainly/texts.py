"""How facts are spelled in a text, in both languages."""

import calendar
import datetime


def long_date(day: datetime.date, locale: str) -> str:
    if locale == "zh_CN":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{calendar.month_name[day.month]} {day.day}, {day.year}"


def money(amount: int, locale: str) -> str:
    return f"¥{amount:,}.00" if locale == "zh_CN" else f"CN¥{amount:,}.00"
