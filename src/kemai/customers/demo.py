"""The demonstration company: people, departments, customers, contacts, shares of the last months. All names are invented.

Everything is made by the services, as if people had done it, so that log, time line and counts are real (SYS-10, SYS-13).
"""

import random
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

from kemai.customers import services, share_services
from kemai.customers.events import DemonstrationMade
from kemai.customers.models import Customer
from kemai.kit import journal
from kemai.kit.events import publish
from kemai.office.fields import DictionaryField
from kemai.office.models import Region, Setting
from kemai.office.queries import entry_options
from kemai.office.services import settings_save
from kemai.people.models import Department, Employee, Role
from kemai.people.services import department_create, employee_create
from kemai.people.start import answers, company_name, first_administrator, make_ready

PASSWORD = "Kemai-demo-2026"  # noqa: S105  demonstration mode only; printed by `make run`, shown on the log-in page
MARK = "demo_accounts"  # the setting whose presence means demonstration mode
COMPANY = "华信远达自动化科技有限公司"

DEPARTMENTS = [
    ("总经办", None), ("销售部", None), ("华东销售组", "销售部"), ("市场部", None), ("客服部", None),
    ("技术部", None), ("采购部", None), ("仓储部", None), ("财务部", None),
]  # fmt: skip
PEOPLE = [  # login, name, role, title, department, supervisor
    ("laozong", "陈总", "general_manager", "总经理", "总经办", None),
    ("xiaoshou", "王建国", "sales_manager", "销售经理", "销售部", "laozong"),
    ("xiaolin", "小林", "sales_rep", "销售代表", "华东销售组", "xiaoshou"),
    ("xiaozhou", "小周", "sales_rep", "销售代表", "华东销售组", "xiaoshou"),
    ("shichang", "何敏", "marketing", "市场专员", "市场部", "laozong"),
    ("kefu", "孙悦", "customer_service", "客服专员", "客服部", "laozong"),
    ("jishu", "李工", "technical_manager", "技术部经理", "技术部", "laozong"),
    ("gongcheng", "赵磊", "service_engineer", "服务工程师", "技术部", "jishu"),
    ("caijingli", "蔡经理", "purchasing_manager", "采购部经理", "采购部", "laozong"),
    ("xiaowang", "小王", "buyer", "采购员", "采购部", "caijingli"),
    ("cangku", "周师傅", "warehouse_keeper", "仓库管理员", "仓储部", "laozong"),
    ("qianjingli", "钱经理", "finance_manager", "财务部经理", "财务部", "laozong"),
    ("caiwu", "吴会计", "finance", "财务", "财务部", "qianjingli"),
]  # fmt: skip
CITIES = "苏州 无锡 常州 南京 杭州 宁波 嘉兴 绍兴 合肥 芜湖 青岛 济南 武汉 长沙 成都 重庆 西安 郑州 佛山 东莞 厦门 泉州 天津 沈阳".split()
FIRST = (
    "恒晟 锐拓 云栖岭 博远 华景 瑞凌 鼎睿 中砺 海川岳 东域 明德润 启航星 天工坊 万象联 嘉禾源 "
    "盛合泰 新湾 凯帆 金砺 众诚达 蓝湾谷 远望峰 安途 睿迪恩 科汇丰 佳讯通 宏图锦 领步 森野 拓普恩"
).split()
LINES = "精密机械 智能装备 电子科技 新材料 自动化设备 医疗器械 食品 物流 包装 环保工程 软件 仪器仪表 新能源 纺织 化工".split()
FORMS = ["有限公司", "有限公司", "有限公司", "股份有限公司", "（集团）有限公司"]
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕单解查区"
GIVEN = "伟 芳 娜 秀英 敏 静 丽 强 磊 军 洋 勇 艳 杰 涛 明 超 秀兰 霞 平 刚 桂英 文 辉 玲 建华 志强 晓燕 海波 思远 雨桐 子涵 佳宁 立新".split()
TITLES = ["采购经理", "采购员", "总经理", "技术主管", "财务经理", "办公室主任", "生产经理", "设备科长"]
REASONS = ["项目暂停", "客户预算不足", "暂无需求，半年后再联系", "区域调整"]


def accounts() -> list[tuple[str, str, str]] | None:
    """Log-in name, name and role of the demonstration accounts; None outside demonstration mode."""
    kept = Setting.objects.filter(code=MARK).values_list("value", flat=True).first()
    return [tuple(row) for row in kept] if kept else None


def load() -> None:
    """Fills an empty system (or one with only its first administrator) with the demonstration company."""
    chance = random.Random(20261120)  # noqa: S311  the same company every time
    make_ready("" if company_name() else COMPANY)
    admin = Employee.objects.filter(roles__code="sysadmin").first() or first_administrator(
        name="系统管理员", login="admin", password=PASSWORD
    )
    people = _people(admin)
    settings_save({"company_address": "江苏省苏州市工业园区星湖街 328 号", "company_phone": "0512-6288 0000"}, by=admin)
    _customers(chance, people)
    publish(DemonstrationMade(chance, people))
    now = timezone.now()
    rows = [(admin.login, admin.name, "系统管理员"), *((login, name, title) for login, name, _, title, _, _ in PEOPLE)]
    Setting.objects.create(code=MARK, value=rows, created_at=now, updated_at=now)


def _people(admin: Employee) -> dict[str, Employee]:
    departments: dict[str, Department] = {}
    for name, parent in DEPARTMENTS:
        departments[name] = department_create(
            {"name": name, "parent": departments[parent].pk if parent else None}, by=admin
        )
    people: dict[str, Employee] = {}
    for number, (login, name, role, title, department, supervisor) in enumerate(PEOPLE, start=2):
        employee = employee_create(
            {
                "number": f"{number:04d}", "login": login, "name": name, "title": title, "department": departments[department].pk,
                "supervisor": people[supervisor].pk if supervisor else None, "roles": [Role.objects.get(code=role).pk],
                "phone": f"0512-6288 {1000 + number}", "email": f"{login}@example.com",
                "hire_date": (timezone.localdate() - timedelta(days=200 + 97 * number)),
            },
            by=admin,
        )  # fmt: skip
        employee.set_password(PASSWORD)
        Employee.objects.filter(pk=employee.pk).update(password=employee.password)
        people[login] = employee
    return {login: Employee.objects.get(pk=employee.pk) for login, employee in people.items()}


def _customers(chance: random.Random, people: dict[str, Employee]) -> None:
    owners = [people["xiaolin"], people["xiaozhou"], people["xiaoshou"]]
    shared_with = [people["kefu"], people["gongcheng"], people["jishu"], people["xiaolin"], people["xiaozhou"]]
    choices = {
        field.name: [pk for pk, _ in entry_options(field.source.code)]
        for field in Customer._meta.fields
        if isinstance(field, DictionaryField)
    }
    regions = {
        name: Region.objects.filter(name__startswith=name, parent__isnull=False).values_list("pk", flat=True).first()
        for name in CITIES
    }
    made: set[str] = set()
    for age in sorted((chance.randint(2, 150) for _ in range(160)), reverse=True):
        city = chance.choice(CITIES)
        name = f"{city}{chance.choice(FIRST)}{chance.choice(LINES)}{chance.choice(FORMS)}"
        if name in made:
            continue
        made.add(name)
        author = chance.choice([*owners, people["shichang"]])
        with happened(age, chance):
            customer = services.customer_create(
                _values(chance, name, city, regions[city], choices), by=author, into="pool", similar_reason="演示数据"
            )
        _story(chance, customer, age, owners, shared_with, people)
    _long_names(people["xiaolin"])


def _values(chance: random.Random, name: str, city: str, region: int | None, choices: dict[str, list[int]]) -> dict:
    contacts = [
        {
            "name": chance.choice(SURNAMES) + chance.choice(GIVEN), "title": chance.choice(TITLES), "sex": chance.choice(["male", "female"]),
            "mobile": f"13{chance.randint(0, 9)} {chance.randint(0, 9999):04d} {chance.randint(0, 9999):04d}", "is_main": place == 0,
        }
        for place in range(chance.choice([1, 1, 1, 2, 2, 3]))
    ]  # fmt: skip
    values = {field: chance.choice(options) for field, options in choices.items() if chance.random() < 0.8}
    return {
        "name": name, "short_name": name.removeprefix(city)[:4], "region": region, "phone": f"0{chance.randint(510, 599)}-{chance.randint(60000000, 89999999)}",
        "address": f"{city}市{chance.choice(['人民路', '工业大道', '科创路', '滨江路'])} {chance.randint(1, 999)} 号",
        "website": "" if chance.random() < 0.5 else f"www.example{chance.randint(100, 999)}.com", "contacts": contacts, **values,
    }  # fmt: skip


def _story(
    chance: random.Random,
    customer: Customer,
    age: int,
    owners: list[Employee],
    shared_with: list[Employee],
    people: dict[str, Employee],
) -> None:
    """What became of a customer: left in the pool, claimed, shared, returned, assigned."""
    if chance.random() < 0.25:
        return
    owner = chance.choice([*owners[:2], *owners[:2], owners[2]])
    with happened(age * 0.8, chance, customer.created_at):
        if chance.random() < 0.7:
            customer = services.customer_claim(customer, by=owner)
        else:
            customer = services.customer_assign(customer, employee=owner.pk, by=people["shichang"], reason="按区域分配")
    if chance.random() < 0.2:
        with happened(age * 0.5, chance, customer.claimed_at):
            share_services.customer_share(
                customer, employees=[chance.choice([one for one in shared_with if one.pk != owner.pk]).pk], by=owner
            )
    if chance.random() < 0.12:
        with happened(age * 0.3, chance, customer.claimed_at):
            services.customer_release(customer, reason=chance.choice(REASONS), by=owner)


def _long_names(owner: Employee) -> None:
    """Two customers that show what a page does with long names and with next to nothing filled in."""
    services.customer_create(
        {"name": "北方草原乳业及冷链物流综合产业发展（内蒙古自治区呼和浩特市）集团股份有限公司", "bank_account": "32250198823600001274",
         "bank": "中国某某银行苏州吴中支行", "contacts": [{"name": "欧阳思远", "title": "集团采购中心副总经理兼供应链管理部部长", "is_main": True}]},
        by=owner, similar_reason="演示数据",
    )  # fmt: skip
    services.customer_create({"name": "嘉陵小店"}, by=owner, similar_reason="演示数据")


@contextmanager
def happened(days_ago: float, chance: random.Random, after: datetime | None = None):
    """Deeds inside happened so many days ago, in working hours, and always later than `after`."""
    day = timezone.now() - timedelta(days=days_ago)
    moment = min(day.replace(hour=chance.randint(1, 9), minute=chance.randint(0, 59)), timezone.now())
    token = journal.moment.set(max(moment, after + timedelta(minutes=7)) if after else moment)
    try:
        yield
    finally:
        journal.moment.reset(token)


answers(demo=load, demo_accounts=accounts)
