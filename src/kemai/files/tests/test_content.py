"""What a file is, and what it may be called (SEC-04)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemai.files import content
from kemai.files.tests.samples import EXE, HTML, OLD_OFFICE, PDF, PNG, SVG, XLSX

pytestmark = pytest.mark.spec("SEC-04")


@pytest.mark.parametrize(
    ("name", "sample", "found"),
    [
        ("a.png", PNG, "image/png"),
        ("a.txt", PNG, "image/png"),
        ("a.pdf", PDF, "application/pdf"),
        ("a.exe", EXE, "application/x-msdownload"),
        ("a.html", HTML, "text/html"),
        ("a.txt", HTML, "text/html"),
        ("a.svg", SVG, "image/svg+xml"),
        ("a.txt", SVG, "image/svg+xml"),
        ("a.xlsx", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.xls", OLD_OFFICE, "application/vnd.ms-excel"),
        ("a.doc", OLD_OFFICE, "application/msword"),
        ("a.txt", "客户名称\n".encode(), "text/plain"),
        ("a.txt", "客户名称\n".encode("gb18030"), "text/plain"),
        ("a.csv", "客户名称,电话\n".encode("gb18030"), "text/csv"),
        ("a.bin", bytes(range(256)), "application/octet-stream"),
    ],
)
def test_content_tells_the_type(name, sample, found):
    assert content.type_of(sample, name) == found


def test_a_character_that_the_sample_cuts_in_two_is_text_all_the_same():
    assert content.is_text("客户".encode()[:-1])


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("报价.pdf", "报价.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\王\\桌面\\合同 终稿.docx", "合同 终稿.docx"),
        ("a\x00b\x1f.pdf", "ab.pdf"),
        ("发票\u202egpj.exe", "发票gpj.exe"),
        ("a<b>:c|d?.pdf", "a_b__c_d_.pdf"),
        ("  .hidden  ", "hidden"),
        ("全角\u3000空格.pdf", "全角 空格.pdf"),
        ("...", "未命名"),
        ("", "未命名"),
        ("/", "未命名"),
        ("长" * 300 + ".pdf", "长" * 146 + ".pdf"),
    ],
)
def test_names_are_cleaned(given_name, kept):
    assert content.clean_name(given_name) == kept


@given(st.text(max_size=400))
def test_a_cleaned_name_is_always_safe_and_cleaning_it_again_changes_nothing(name):
    clean = content.clean_name(name)
    assert clean
    assert len(clean) <= content.NAME_LIMIT
    assert not set(clean) & set('/\\<>:"|?*\x00\n\r')
    assert not clean.startswith(".")
    assert content.clean_name(clean) == clean


@given(st.binary(max_size=400))
def test_any_bytes_have_a_type(sample):
    assert "/" in content.type_of(sample, "a.dat")


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KB"), (20 * 1024**2, "20.0 MB"), (3 * 1024**3, "3.0 GB")],
)
def test_sizes_are_written_as_people_read_them(size, text):
    assert content.size_text(size) == text
