"""Writes workbooks with the two libraries that scripts use most: a JSON array of {maker, path, rows} on standard input.

A cell is a text, null, or {"number": "12.5"}.
"""
import json
import sys
from decimal import Decimal


def openpyxl_book(path, rows):
    import openpyxl
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([Decimal(cell["number"]) if isinstance(cell, dict) else cell for cell in row])
    book.save(path)


def xlsxwriter_book(path, rows):
    import xlsxwriter
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, dict):
                sheet.write_number(at, column, Decimal(cell["number"]))
            elif cell is not None:
                sheet.write_string(at, column, cell)
    book.close()


for wanted in json.load(sys.stdin):
    {"openpyxl": openpyxl_book, "xlsxwriter": xlsxwriter_book}[wanted["maker"]](wanted["path"], wanted["rows"])
