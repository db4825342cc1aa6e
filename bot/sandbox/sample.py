"""The sample CSV: five invoices of made-up clients, with due dates that are still to come."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

from handlers.batches.columns import USUAL

NAME = "invoices.csv"
_ROWS = (
    ("1051", 14, "Jane Doe", "1250.00", "jane@acme.example", "Thank you for your trust."),
    ("1052", 14, "Omar Reyes", "480.00", "omar@client.example", ""),
    ("1053", 21, "Northwind Bakery", "2315.40", "accounts@northwind.example", "Annual accounts, as agreed."),
    ("1054", 21, "Lena Fischer", "95.00", "lena@client.example", ""),
    ("1055", 30, "Acme Holdings", "7800.00", "billing@acme.example", "Lease review, second part."),
)


def sample_csv(today: date) -> bytes:
    """The file, UTF-8, dated from `today`."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(USUAL)
    for number, days, name, amount, address, message in _ROWS:
        due = today + timedelta(days=days)
        writer.writerow([number, today.isoformat(), due.isoformat(), name, amount, address, message])
    return text.getvalue().encode()
