"""The demonstration company's contact records of the last months, made by the services as if people had written them (SYS-13)."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from kemai.customers.demo import happened
from kemai.customers.models import Contact, Customer
from kemai.office.queries import entry_options
from kemai.people.models import Employee
from kemai.teamwork.models import Interaction
from kemai.teamwork.services import interaction_comment, interaction_create

STORIES = [  # type, content, result, next step
    ("电话", "第一次电话沟通，介绍了公司和产品，对方对远程监测感兴趣。", "同意先看资料", "发送产品手册和报价范围"),
    ("微信", "发送了产品手册和两个同行业案例。", "对方转给技术部评估", "三天后跟进技术部意见"),
    ("拜访", "现场看了三号车间，新增 12 个采集点位，需要补一张接线图。", "需求基本明确", "请技术部出接线图"),
    ("电话", "确认预算范围和采购流程，年内立项，由设备科牵头。", "预算已批 80%", "准备初步方案"),
    ("会议", "与技术主管、采购经理开方案会，逐条过了技术要求。", "两处参数要调整", "修改方案后重新报价"),
    ("来访", "客户来公司参观样机，演示了报警和报表。", "对样机满意", "约采购谈商务条款"),
    ("邮件", "发出修改后的方案和报价单。", "等待对方内部评审", "下周一电话跟进"),
    ("电话", "第二期款走内部流程，最迟 25 日付出；希望第三批网关月底前到货。", "付款已进流程", "发送交期说明"),
    ("拜访", "回访使用情况，产线运行正常，操作员希望加一个中文提示。", "收集到两条改进意见", "反馈给技术部"),
    ("电话", "对方近期忙于搬厂，项目暂缓到下个季度。", "暂无进展", "下季度初再联系"),
    ("短信", "节日问候，并提醒下月有新品发布会。", "", "寄送邀请函"),
]  # fmt: skip
RECENT = 15  # days ago: what the supervisor has looked at
COMMENTS = [
    "接线图请技术部周五前给出。",
    "价格先守住，可以在账期上让一步。",
    "跟进及时，下次带上李工一起去。",
    "注意确认最终决策人。",
]


def load(chance: random.Random, people: Mapping[str, Any]) -> None:
    """Records of every claimed customer since it was claimed; some with what the supervisor said and the author answered."""
    types = {name: pk for pk, name in entry_options("contact_type")}
    now = timezone.now()
    for customer in Customer.objects.filter(owner__isnull=False).select_related("owner").order_by("pk"):
        contacts = list(Contact.objects.filter(customer=customer).order_by("pk"))
        days = (now - (customer.claimed_at or now)).days
        if days < 2 or not contacts:
            continue
        moments = [chance.uniform(1, days) for _ in range(chance.choice([0, 1, 2, 3, 4, 6]))]
        stories = sorted(chance.sample(range(len(STORIES)), len(moments)))
        for story, ago in zip(stories, sorted(moments, reverse=True), strict=True):
            soon = _soon(chance, now) if ago == min(moments) and chance.random() < 0.7 else None
            with happened(ago, chance):
                record = _record(customer, chance.choice(contacts), story, types, soon)
            if ago < RECENT and chance.random() < 0.5:
                _commented(chance, record, people, ago / 2)


def _record(
    customer: Customer, contact: Contact, story: int, types: Mapping[str, int], soon: datetime | None
) -> Interaction:
    kind, content, result, step = STORIES[story]
    return interaction_create(
        {
            "customer": customer.pk, "contact": contact.pk, "contact_type": types.get(kind), "content": content, "result": result,
            "next_step": step, "made_progress": "暂" not in result, "next_contact_at": soon,
        },
        by=customer.owner,
    )  # fmt: skip


def _soon(chance: random.Random, now: datetime) -> datetime:
    day = now + timedelta(days=chance.randint(1, 14))
    return day.replace(hour=chance.randint(1, 9), minute=0, second=0, microsecond=0)


def _commented(chance: random.Random, record: Interaction, people: Mapping[str, Employee], ago: float) -> None:
    manager = people["xiaoshou"]
    if record.employee_id not in manager.access.subordinates:
        return
    with happened(ago, chance):
        interaction_comment(record, text=chance.choice(COMMENTS), by=manager)
        if chance.random() < 0.4:
            interaction_comment(record, text="好的，已安排。", by=record.employee)
