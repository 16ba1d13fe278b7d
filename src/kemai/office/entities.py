"""What people see of the company's set-up: 数据字典, 参数设置, 自动编号, 操作日志."""

from kemai.kit.entity import (
    Column,
    Entity,
    Field,
    Form,
    Group,
    Lines,
    Page,
    Right,
    add_rights,
    register,
    register_pages,
)
from kemai.office import backup_page, log_pages, queries, recycle_pages, rules, services, settings_page
from kemai.office.models import Dictionary, DictionaryEntry, NumberingRule, Region

VERSION = Column("version", shown=False, filters=False, sort="")

dictionaries = Entity(
    name="dictionary",
    slug="dictionaries",
    title="数据字典",
    model=Dictionary,
    reach=queries.everything,
    area="系统设置",
    menu="数据字典",
    menu_order=20,
    icon="list-details",
    aliases=["其它基本信息", "类型信息", "客户类别"],
    title_field="title",
    order="position",
    names=queries.dictionary_names,
    options=queries.dictionary_options,
    columns=[
        Column("title", label="字典名称", sort="", title=True, width=200),
        Column("code", sort="", shown=False),
        VERSION,
    ],
    form=Form(
        groups=[
            Group("类型信息", [Field("title", label="名称", required=True, help="改名后，所有页面立即显示新名称。")])
        ],
        lines=[
            Lines("entries", "字典项", ["name*", Field("enabled", default=True)], fixed=lambda entry: entry.is_fixed)
        ],
        change=services.dictionary_change,
    ),
    tabs=[],
)

entries = Entity(
    name="dictionary-entry",
    slug="dictionary-entries",
    title="字典项",
    model=DictionaryEntry,
    reach=queries.everything,
    order="position",
    columns=[
        Column("name", sort="", title=True, width=200),
        Column("dictionary", sort="", phone=True, width=160),
        Column("position", sort="", width=80),
        Column("enabled", sort="", phone=True, width=80),
        Column("rate", label="默认完成率 %", sort="", shown=False, width=120),
        VERSION,
    ],
    form=Form(
        groups=[Group("基本信息", ["dictionary*", "name*", Field("position", help="不填则排在最后。"), Field("enabled", default=True)])],
        create=services.entry_create,
        change=services.entry_change,
    ),
    delete=services.entry_delete,
    right_names={"add": "dictionary.change", "change": "dictionary.change", "delete": "dictionary.change", "view": "dictionary.view",
                 "export": "dictionary.export", "print": "dictionary.print"},
)  # fmt: skip

regions = Entity(
    name="region",
    slug="regions",
    title="地区",
    model=Region,
    reach=queries.everything,
    area="系统设置",
    menu="地区",
    menu_order=21,
    icon="map-pin",
    order="path",
    title_field="full_name",
    names=queries.region_names,
    lookup=queries.find_region,
    columns=[
        Column("full_name", label="地区", sort="", title=True, width=260),
        Column("name", sort="", shown=False),
        Column("code", sort="", phone=True, width=100),
        Column("parent", sort="", shown=False, width=200),
        VERSION,
    ],
    form=Form(
        groups=[Group("基本信息", ["name*", "parent"])],
        create=services.region_create,
        change=services.region_change,
        why_not_change=rules.why_not_change_region,
    ),
    delete=services.region_delete,
    right_names={"add": "region.change", "change": "region.change", "delete": "region.change"},
)

numbering = Entity(
    name="numbering-rule",
    slug="numbering-rules",
    title="自动编号",
    model=NumberingRule,
    reach=queries.everything,
    area="系统设置",
    menu="自动编号",
    menu_order=23,
    icon="hash",
    title_field="title",
    order="id",
    columns=[
        Column("title", label="单据", sort="", title=True, width=140),
        Column("prefix", sort="", phone=True, width=100),
        Column("date_part", sort="", width=160),
        Column("digits", sort="", width=120),
        Column("reset", sort="", width=120),
        VERSION,
    ],
    form=Form(
        groups=[Group("编号规则", ["prefix", "date_part", "digits*", "reset*"])], change=services.numbering_change
    ),
    right_names={"view": "setting.view", "change": "setting.change", "export": "setting.view", "print": "setting.view"},
)

register(dictionaries, entries, regions, numbering, log_pages.log, recycle_pages.recycle_bin)
dictionaries.tabs = [log_pages.entries_tab, *dictionaries.tabs]
add_rights(
    Right("setting.view", "参数查看", "系统设置"),
    Right("setting.change", "参数修改", "系统设置"),
    Right("backup.manage", "备份查看和制作", "系统设置"),
    Right("backup.download", "备份下载", "系统设置", "备份里有全部数据，包括所有客户和附件；下载会记入操作日志。"),
    Right("region.change", "地区新增、修改和删除", "系统设置"),
    Right("dictionary.change", "数据字典修改", "系统设置"),
)
register_pages(
    Page("settings", "参数设置", "settings", "office/settings.html", settings_page.load, settings_page.save, right="setting.view", area="系统设置",
         icon="adjustments", menu="参数设置", menu_order=22, accepts=settings_page.accepts, helps=settings_page.helps),
    Page("backups", "备份", "backups", "office/backups.html", backup_page.load, backup_page.save, right="backup.manage", area="系统设置",
         icon="archive", menu="备份", menu_order=24, aliases=["恢复", "数据安全"], accepts=backup_page.accepts),
)  # fmt: skip
