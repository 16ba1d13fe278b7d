"""The ready roles of a new system (ORG-07). What each may do is written down in docs/rights.csv; tests hold the two together."""

from django.utils import timezone

from kemai.kit.entity import registry, rights
from kemai.people.models import DataScope, Role
from kemai.people.start import ready_step

EVERYBODY = [
    "message.view",
    "token.view",
    "token.add",
    "token.delete",
    "employee.view",
    "department.view",
    "dictionary.view",
    "region.view",
    "category-node.view",
]
CUSTOMERS = [
    "customer.view", "customer.add", "customer.change", "customer.claim", "customer.release", "customer.share", "customer.hand_on",
    "customer.print", "contact.view", "contact.add", "contact.change", "contact.delete", "contact.print",
    "attachment.view", "attachment.add", "attachment.delete", "recycle-bin.view",
    "interaction.view", "interaction.add", "interaction.change", "interaction.delete", "interaction.print",
]  # fmt: skip
SERVING = [right for right in CUSTOMERS if right != "customer.claim"]
LOOKING = [
    "customer.view", "customer.print", "contact.view", "contact.print", "attachment.view", "interaction.view", "interaction.print",
]  # fmt: skip
HELPING = [
    *LOOKING, "attachment.add", "attachment.delete", "recycle-bin.view", "interaction.add", "interaction.change", "interaction.delete",
]  # fmt: skip
TABLES = [
    "customer.import",
    "customer.export",
    "contact.import",
    "contact.export",
    "interaction.export",
    "interaction.import",
]
MANAGING = ["customer.recall", "customer.manage", "contact.manage", "category-node.change"]

OWN, LINE, ALL = DataScope.OWN, DataScope.SUBORDINATES, DataScope.ALL

# code: (name, remarks, rights, range over customers)
ROLES: dict[str, tuple[str, str, list[str], str]] = {
    "general_manager": (
        "总经理",
        "看全公司的客户，可指派、收回、删除。",
        [
            *CUSTOMERS,
            *TABLES,
            *MANAGING,
            "customer.assign",
            "interaction.import_as_others",
            "announcement.moderate",
            "log.view",
            "setting.view",
            "role.view",
            "employee.export",
            "employee.print",
            "department.export",
            "department.print",
        ],
        ALL,
    ),
    "sales_manager": (
        "销售经理",
        "带销售团队（销售部经理）：看下属的客户，可指派、收回。",
        [*CUSTOMERS, *TABLES, *MANAGING, "customer.assign"],
        LINE,
    ),
    "sales_rep": ("销售代表", "销售员、业务员：管自己的客户。", CUSTOMERS, OWN),
    "marketing": ("市场专员", "录入和导入新客户，指派给销售。", [*CUSTOMERS, *TABLES, "customer.assign"], OWN),
    "customer_service": ("客服专员", "看共享给自己的客户，登记来电的新单位和服务；不领用。", SERVING, OWN),
    "technical_manager": ("技术部经理", "看共享给自己和部门的客户。", HELPING, LINE),
    "service_engineer": ("服务工程师", "看共享给自己的客户。", HELPING, OWN),
    "buyer": ("采购员", "采购业务。", HELPING, OWN),
    "purchasing_manager": ("采购部经理", "采购业务和审批。", HELPING, LINE),
    "warehouse_keeper": ("仓库管理员", "库存业务。", LOOKING, OWN),
    "finance": ("财务", "收付款、发票和费用。", HELPING, OWN),
    "finance_manager": ("财务部经理", "财务业务和审批。", HELPING, LINE),
}


@ready_step(40)
def make_roles(company: str) -> None:
    """The ready roles; what an administrator changed stays. 系统管理员 always has every right there is."""
    now = timezone.now()
    every_right = sorted(rights)
    every_range = {entity.name: DataScope.ALL.value for entity in registry.values() if entity.ranged}
    admin, _ = Role.objects.get_or_create(
        code="sysadmin",
        defaults={
            "name": "系统管理员",
            "remarks": "管理整个系统，拥有全部权限。",
            "created_at": now,
            "updated_at": now,
        },
    )
    Role.objects.filter(pk=admin.pk).update(rights=every_right, ranges=every_range)
    for code, (name, remarks, codes, scope) in ROLES.items():
        known = [right for right in [*EVERYBODY, *codes] if right in rights]
        Role.objects.get_or_create(
            code=code,
            defaults={"name": name, "remarks": remarks, "rights": sorted(known), "created_at": now, "updated_at": now,
                      "ranges": dict.fromkeys(every_range, str(scope))},
        )  # fmt: skip
