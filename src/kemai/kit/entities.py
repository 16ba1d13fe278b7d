"""The kit's own rights: what belongs to no kind of record."""

from kemai.kit.entity import Right, add_rights
from kemai.kit.layouts import DEFAULTS_RIGHT

add_rights(Right(DEFAULTS_RIGHT, "列表默认格式设置", "系统设置", help="为所有人设定列表的列、排序和过滤。"))
