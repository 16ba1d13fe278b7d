"""Parameters that files obey."""

from kemai.office.parameters import Parameter, declare

declare(
    Parameter(
        "attachment_max_mb", "附件大小上限（MB）", "附件", "单个附件或照片最大多少 MB；超过的不能上传。", "int", 20, least=1, most=500,
    ),
)  # fmt: skip
