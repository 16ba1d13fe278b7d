"""The tab 「附件」, for every kind whose records carry files."""

from kemai.files import queries
from kemai.kit.entity import Tab


def attachments_tab(kind: str, *, portrait: bool = False) -> Tab:
    """The tab 「附件」 of a kind; declaring it is what lets the kind's records carry files. With `portrait` a person's picture stands beside."""
    queries.holders[kind] = None
    template = "files/tab_portrait.html" if portrait else "files/tab.html"
    return Tab(
        "attachments",
        "附件",
        rows=queries.file_rows,
        count=queries.file_count,
        template=template,
        right="attachment.view",
        context=queries.tab_context,
        moments=queries.moments,
        heads={"name": "名称", "size_text": "大小", "created_by": "上传人", "created_at_text": "上传时间"},
    )
