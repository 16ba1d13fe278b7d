"""Parameters that customers obey."""

from kemai.office.parameters import Parameter, declare

DEFAULT_PUBLIC = ["name", "category", "industry", "level", "region", "state", "owner"]
ALWAYS_HIDDEN = frozenset({"version", "classification"})  # 「分类」 would tell the pool of the tree


def _public_choices() -> list[tuple[str, str]]:
    from kemai.kit.columns import bound_columns
    from kemai.kit.entity import registry

    return [
        (column.name, column.label)
        for column in bound_columns(registry["customer"])
        if column.name not in ALWAYS_HIDDEN
    ]


declare(
    Parameter(
        "supervisors_see_all", "上下级强制共享", "客户管理", "打开时，上级能看到下属领用的全部客户；关闭时，只能看到下属共享给自己的客户。", "bool", True,
    ),
    Parameter(
        "customer_public_fields", "客户公开信息", "客户管理", "客户池中显示的字段。其余字段在客户池中一律不显示，也不能按它们查找、过滤、排序。", "choices",
        DEFAULT_PUBLIC, _public_choices,
    ),
    Parameter(
        "customer_look_ups_a_day", "每人每天查询客户名称的次数", "客户管理",
        "客户表单里查重和「搜索」不分负责人，因此有次数限制并记入日志。每次「搜索」算一次，录入和保存一个名称时的查重合计算一次。", "int", 100,
        least=1, most=10_000,
    ),
    Parameter(
        "silent_days", "多少天没有联系就提醒", "客户管理",
        "自己的客户超过这么多天没有联系（没有联系过的，从领用起算），就显示在工作台的「久未联系」里，并提醒一次。", "int", 30, least=1, most=3650,
    ),
    Parameter(
        "birthday_days", "提前几天提醒联系人的生日", "客户管理", "客户的联系人快过生日时，提醒客户的负责人。0 为当天才提醒。", "int", 3, least=0, most=30,
    ),
)  # fmt: skip
