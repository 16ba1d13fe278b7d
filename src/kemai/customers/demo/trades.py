"""What the demonstration company's customers are called and do. All names are invented; the numbers belong to ranges that are given to nobody."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

CITIES = {  # city: area code
    "苏州": "0512", "无锡": "0510", "常州": "0519", "南京": "025", "杭州": "0571", "宁波": "0574", "嘉兴": "0573", "绍兴": "0575",
    "合肥": "0551", "芜湖": "0553", "青岛": "0532", "济南": "0531", "武汉": "027", "长沙": "0731", "成都": "028", "重庆": "023",
    "西安": "029", "郑州": "0371", "佛山": "0757", "东莞": "0769", "厦门": "0592", "泉州": "0595", "天津": "022", "沈阳": "024",
}  # fmt: skip
EAST = frozenset("苏州 无锡 常州 南京 杭州 宁波 嘉兴 绍兴 合肥 芜湖 青岛 济南 厦门 泉州".split())
STREETS = "人民路 科创路 滨江路 工业大道 兴业街 创智路 经三路 望湖路 长青路 银杏大道".split()
BRAND_FIRST = "澄岚珩叙砚屿霁禾棠朔煦曜沐珞翎骁桐汀旻峤"
BRAND_LAST = "砺川远工源舟辰岳岭衡跃拓程维达原禹成创锐"
LEGAL_FORMS = ["有限公司", "有限公司", "有限公司", "有限公司", "股份有限公司", "（集团）有限公司"]
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕单解查区"
GIVEN = (
    "伟 芳 娜 秀英 敏 静 丽 强 磊 军 洋 勇 艳 杰 涛 明 超 秀兰 霞 平 刚 桂英 文 辉 玲 建华 志强 晓燕 海波 思远 雨桐 子涵 佳宁 立新 "
    "国栋 春梅 永红 少峰 文博 雪晴 振宇 凤霞 一鸣 景行 若曦 家豪 丹丹 培元 启明 云霞"
).split()
TITLES = [  # title, department
    ("采购经理", "采购部"), ("采购员", "采购部"), ("总经理", "总经办"), ("技术主管", "技术部"), ("财务经理", "财务部"), ("办公室主任", "综合办"),
    ("生产经理", "生产部"), ("设备科长", "设备科"), ("信息中心主任", "信息中心"), ("副总经理", "总经办"), ("自动化工程师", "技术部"), ("项目经理", "工程部"),
]  # fmt: skip
HOBBIES = ["羽毛球", "钓鱼", "摄影", "马拉松", "书法", "登山", "足球", "下围棋", "自驾游", "喝茶"]


@dataclass(frozen=True)
class Trade:
    """One line of business: how its companies are called, and what one talks about with them."""

    industry: str  # an entry of 「客户行业」
    words: tuple[str, ...]  # in the company's name
    things: tuple[str, ...]  # what they want to have
    sites: tuple[str, ...]  # where it is to stand
    pains: tuple[str, ...]  # what troubles them
    tags: tuple[str, ...]


TRADES = [
    Trade("制造业", ("精密机械", "传动科技", "模具", "汽车零部件", "数控装备"),
          ("数控机床联网采集", "刀具寿命统计", "车间看板", "压铸机集中监控", "设备点检系统"),
          ("二号机加车间", "压铸车间", "装配线", "东厂区热处理段", "新建的三号厂房"),
          ("停机原因靠班长手写，月底对不上", "换型时间比同行长一倍", "客户审厂要求提供过程数据", "夜班设备报警没人看"), ("机床联网", "看板")),
    Trade("制造业", ("食品", "乳业", "饮料", "粮油"),
          ("杀菌釜温度记录", "灌装线计数", "冷库温湿度监测", "配料批次追溯", "CIP 清洗记录"),
          ("灌装车间", "一号杀菌间", "原料冷库", "包装二线", "配料楼三层"),
          ("审核时要翻半年的纸质温度记录", "批次追溯要两天才能查清", "冷库夜里断过一次电没人知道", "包装线计数和入库数总差几十箱"), ("食品", "追溯")),
    Trade("能源环保", ("环保工程", "水务科技", "环境设备", "固废处理"),
          ("泵站远程监控", "加药自动控制", "在线水质数据上传", "曝气风机变频改造", "无人值守站"),
          ("城南提升泵站", "一期生化池", "加药间", "污泥脱水机房", "乡镇六个小站"),
          ("六个小站每天派车巡一遍", "药耗比设计值高三成", "环保平台的数据经常断传", "风机常年全速运行，电费压不下来"), ("环保", "远程监控")),
    Trade("能源环保", ("新能源", "储能科技", "光伏材料", "电力设备"),
          ("配电房监控", "用能分项计量", "储能柜通讯网关", "光伏逆变器数据采集", "能耗在线监测"),
          ("35kV 总降", "电芯二车间", "屋顶光伏区", "化成车间", "动力站房"),
          ("分不清各车间用了多少电", "逆变器三个牌子、三个平台", "需量每个月都超", "节能主管部门要求今年接入平台"), ("能耗", "双碳")),
    Trade("医疗健康", ("医疗器械", "生物科技", "制药装备"),
          ("洁净区环境监测", "纯化水系统记录", "冻干机数据归档", "阴凉库温湿度监测", "电子批记录"),
          ("十万级洁净区", "纯化水间", "冻干车间", "成品阴凉库", "质检中心"),
          ("数据完整性检查开了不符合项", "记录仪的纸带没法归档", "压差报警要人守着看", "验证文件供应商一直给不全"), ("GMP", "验证")),
    Trade("信息技术", ("电子科技", "半导体材料", "光电", "智能硬件"),
          ("贴片线数据采集", "回流焊炉温监控", "静电与温湿度监测", "老化房控制", "测试工站联机"),
          ("SMT 三线", "老化房", "无尘室", "测试中心", "二楼组装区"),
          ("炉温曲线出了问题才回头查", "抛料率没有按站位统计", "测试数据存在十几台电脑里", "大客户要求按序列号追溯"), ("电子", "追溯")),
    Trade("交通物流", ("冷链物流", "智慧仓储", "港口机械"),
          ("冷藏车温度跟踪", "立体库堆垛机改造", "月台门联动", "叉车调度看板", "仓库能耗监测"),
          ("一号冷库", "中转仓", "立体库 A 区", "装卸月台", "保税仓"),
          ("收货方投诉温度超标，拿不出记录", "堆垛机备件停产了", "高峰时段月台排队两小时", "夜里开着门制冷，电费涨得厉害"), ("冷链", "仓储")),
    Trade("建筑房地产", ("楼宇科技", "建设集团", "物业服务"),
          ("冷站群控", "电梯运行监测", "照明分区控制", "水电抄表", "消防水压监测"),
          ("A 座冷冻机房", "地下二层泵房", "裙楼商业区", "配电间", "会展中心南馆"),
          ("冷机开几台全凭经验", "抄表三个人要抄四天", "租户对电费有意见", "电梯困人到处置要二十分钟"), ("楼宇", "节能")),
    Trade("制造业", ("新材料", "精细化工", "涂料", "橡塑制品"),
          ("反应釜温度控制", "罐区液位监测", "可燃气体报警联网", "投料防错", "DCS 数据上云"),
          ("二号反应釜", "甲类罐区", "中控室", "分装车间", "循环水站"),
          ("液位靠人爬罐看", "投错料去年出过一次", "报警器各管各的，没有汇总", "安全检查要求三个月内联网"), ("化工", "安全")),
    Trade("农林牧渔", ("农业科技", "种业", "水产养殖"),
          ("温室环境控制", "水肥一体机", "鱼塘溶氧监测", "孵化车间温控", "烘干塔温度监测"),
          ("玻璃温室三号棚", "育苗中心", "二十四口鱼塘", "烘干中心", "孵化厅"),
          ("夜里缺氧靠人起来看", "化肥用量没有数", "大棚卷帘经常忘了收", "烘干过头，水分不均匀"), ("农业", "远程监控")),
    Trade("餐饮住宿", ("酒店管理", "餐饮供应链"),
          ("锅炉热水监控", "中央厨房冷链监测", "客房能耗控制", "油烟在线监测"),
          ("主楼锅炉房", "中央厨房", "客房楼", "洗衣房"),
          ("热水忽冷忽热，客人投诉", "冷柜温度一天抄三遍", "空房空调开一整天", "油烟监测被通知整改"), ("酒店", "节能")),
    Trade("教育", ("职业教育", "教学装备"),
          ("PLC 实训台", "工业网络实训室", "数字孪生教学系统", "实验室用电安全监测"),
          ("实训楼 302", "工程中心", "新校区实训基地", "机电系实验室"),
          ("设备是十年前的，学生学不到新东西", "一个班四十人只有八个工位", "验收需要配套教案", "经费要在年底前用完"), ("院校", "实训")),
]  # fmt: skip


@dataclass(frozen=True)
class Company:
    """Who a customer is, before it is one."""

    name: str
    short: str
    city: str
    trade: Trade


def companies(chance: random.Random, count: int, *, strangers: bool = False) -> list[Company]:
    """So many companies, each brand once; strangers are none of the others."""
    brands = [last + first if strangers else first + last for first in BRAND_FIRST for last in BRAND_LAST]
    return [_company(chance, brand) for brand in chance.sample(brands, count)]


def _company(chance: random.Random, brand: str) -> Company:
    trade, city = chance.choice(TRADES), chance.choice(list(CITIES))
    word = chance.choice(trade.words)
    legal = "集团有限公司" if word.endswith("集团") else word + chance.choice(LEGAL_FORMS)
    word = word.removesuffix("集团") if word.endswith("集团") else ""
    return Company(f"{city}{brand}{word}{legal}", brand + (word or legal)[:2], city, trade)


def person(chance: random.Random) -> dict[str, Any]:
    """A contact's facts as a form would send them."""
    title, department = chance.choice(TITLES)
    day = timezone.localdate() + timedelta(days=chance.choice([0, 1, 2, 4, 6, *range(20, 340, 8)]))
    return {
        "name": chance.choice(SURNAMES) + chance.choice(GIVEN), "title": title, "department": department, "mobile": mobile(chance),
        "birthday": date(chance.randint(1966, 1996), day.month, min(day.day, 28)) if chance.random() < 0.3 else None,
        "sex": chance.choice(["male", "female"]), "hobbies": chance.choice(HOBBIES) if chance.random() < 0.2 else "",
        "wechat": f"wx_{chance.randint(100000, 999999)}" if chance.random() < 0.4 else "",
        "email": f"contact{chance.randint(1000, 9999)}@example.com" if chance.random() < 0.3 else "",
    }  # fmt: skip


def mobile(chance: random.Random) -> str:
    """Looks like a mobile number; no operator gives out numbers that begin so."""
    return f"{chance.choice(['154', '164', '168'])} {chance.randint(0, 9999):04d} {chance.randint(0, 9999):04d}"


def landline(chance: random.Random, city: str) -> str:
    """Looks like a number of that city; local numbers do not begin with a nine."""
    digits = 8 if CITIES[city] not in ("0553",) else 7
    return f"{CITIES[city]}-9{chance.randrange(10 ** (digits - 1)):0{digits - 1}d}"
