"""What a new system has: dictionaries, regions, parameters (SYS-01, SYS-04, SYS-10)."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from kemai.kit.text import fold
from kemai.office.models import Dictionary, DictionaryEntry, NumberingRule, Region, Setting
from kemai.office.queries import setting
from kemai.people.start import answers, ready_step

DICTIONARIES: dict[str, tuple[str, list[str]]] = {
    "customer_category": ("客户类别", ["未分类", "供应商", "经销商", "竞争对手", "上级主管", "其他业务客户"]),
    "customer_industry": ("客户行业", ["制造业", "信息技术", "批发零售", "建筑房地产", "交通物流", "金融", "教育", "医疗健康", "能源环保",
                                     "餐饮住宿", "农林牧渔", "文化传媒", "专业服务", "政府机构", "其他"]),
    "customer_level": ("客户级别", ["核心", "重要", "普通", "潜在", "待合作", "黑名单"]),
    "customer_size": ("客户规模", ["大型", "中型", "小型"]),
    "customer_source": ("客户来源", ["主动开发", "电话咨询", "老客户介绍", "展会", "网络推广", "广告", "招投标", "合作伙伴", "其他"]),
    "customer_satisfaction": ("客户满意度", ["非常满意", "满意", "一般", "不满意", "非常不满意"]),
    "service_type": ("客户服务类型", ["安装调试", "使用咨询", "维修", "培训", "回访", "退换货", "其他"]),
    "contact_type": ("联系类型", ["电话", "拜访", "来访", "微信", "邮件", "会议", "短信", "其他"]),
    "importance": ("重要程度", ["紧急", "重要", "一般"]),
    "social_relation": ("社会关系", ["配偶", "子女", "父母", "同学", "同乡", "朋友", "前同事", "其他"]),
    "sales_stage": ("销售阶段", ["初步接触", "需求确认", "方案报价", "商务谈判", "合同签订"]),
    "expense_type": ("费用类型", ["差旅费", "招待费", "交通费", "办公费", "通讯费", "运费", "其他"]),
    "payment_method": ("付款方式", ["银行转账", "现金", "承兑汇票", "支付宝", "微信支付", "支票"]),
    "document_type": ("文档类型", ["我方报价", "解决方案", "客户需求", "合同文本", "会议纪要", "其他"]),
    "carrier": ("快递公司", ["顺丰速运", "京东物流", "中通快递", "圆通速递", "申通快递", "韵达快递", "邮政EMS", "德邦快递"]),
    "unit": ("计量单位", ["个", "台", "套", "件", "箱", "千克", "吨", "米", "次", "年"]),
    "announcement_type": ("公告类型", ["通知", "制度", "新闻", "活动"]),
}  # fmt: skip
STAGE_RATES = {"初步接触": 10, "需求确认": 30, "方案报价": 50, "商务谈判": 80, "合同签订": 100}  # percent


STATISTICAL_HEADINGS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
OTHER_PROVINCES = (  # GB/T 2260 has no divisions below them
    {"code": "71", "name": "台湾省"}, {"code": "81", "name": "香港特别行政区"}, {"code": "82", "name": "澳门特别行政区"},
)  # fmt: skip


@ready_step(10)
def make_company(company: str) -> None:
    """The company's name, where one is given."""
    if company:
        now = timezone.now()
        Setting.objects.update_or_create(
            code="company_name",
            defaults={"value": company},
            create_defaults={"value": company, "created_at": now, "updated_at": now},
        )


@ready_step(20)
def make_dictionaries(company: str) -> None:
    """The lists of SYS-01 with sensible entries; what an administrator changed stays."""
    now = timezone.now()
    for position, (code, (title, names)) in enumerate(DICTIONARIES.items(), start=1):
        dictionary, made = Dictionary.objects.get_or_create(
            code=code, defaults={"title": title, "position": position, "created_at": now, "updated_at": now}
        )
        if not made:
            continue
        DictionaryEntry.objects.bulk_create(
            DictionaryEntry(
                dictionary=dictionary, name=name, folded=fold(name), position=place, created_at=now, updated_at=now,
                is_fixed=code == "customer_category" and place == 1,
                rate=Decimal(STAGE_RATES[name]) if code == "sales_stage" else None,
            )
            for place, name in enumerate(names, start=1)
        )  # fmt: skip


@ready_step(30)
def make_regions(company: str) -> None:
    """Provinces, cities, counties of China; nothing when there are regions already."""
    if Region.objects.exists():
        return
    now = timezone.now()
    tree = json.loads((Path(__file__).parent / "data" / "regions.json").read_text(encoding="utf-8"))
    level: list[tuple[dict[str, Any], Region | None]] = [(node, None) for node in (*tree, *OTHER_PROVINCES)]
    while level:
        made = [
            Region(code=node["code"], name=node["name"], parent=parent, created_at=now, updated_at=now,
                   full_name=f"{parent.full_name} {node['name']}" if parent else node["name"])
            for node, parent in level
        ]  # fmt: skip
        Region.objects.bulk_create(made, batch_size=500)
        for region in made:
            region.path = f"{region.parent.path if region.parent_id else '/'}{region.pk}/"
        Region.objects.bulk_update(made, ["path"], batch_size=500)
        level = [(child, region) for (node, _), region in zip(level, made, strict=True) for child in _below(node)]


def _below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What stands below a division; headings of statistics between a province and its counties are left out."""
    for child in node.get("children", ()):
        if child["name"] in STATISTICAL_HEADINGS:
            yield from _below(child)
        else:
            yield child


def numbering_rule(
    kind: str, title: str, prefix: str, *, date_part: str = "%Y%m%d", digits: int = 4, reset: str = "day"
) -> None:
    """Makes a kind's numbering rule ready, unless it is there (SYS-06). To be called from an app's ready step."""
    now = timezone.now()
    NumberingRule.objects.get_or_create(
        kind=kind,
        defaults={"title": title, "prefix": prefix, "date_part": date_part, "digits": digits, "reset": reset,
                  "created_at": now, "updated_at": now},
    )  # fmt: skip


answers(company=lambda: setting("company_name"))
