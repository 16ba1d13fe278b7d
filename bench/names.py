"""Chinese names of companies and people, put together from syllables: as many as wanted, each company's once, no data file needed."""

from random import Random

BRANDS = (
    "华宏鑫瑞盛泰恒昌隆达兴旺福源利丰嘉诚信义博宇浩凯腾飞龙虎鹏翔祥顺永久安康宁远志鼎铭锦绣金银玉石"
    "松柏竹梅兰菊荷江海河湖洋波涛云雷雨晨曦星辰日月阳光明亮彩虹霞美佳优良卓越超凡创启航领先锐力峰岳山川"
    "林森木禾谷春夏秋冬南北东西中正大同和平欣荣"
)
TRADES = (
    "科技 机械 电子 贸易 物流 食品 服饰 建材 化工 医药 能源 环保 软件 信息技术 网络科技 自动化设备 精密仪器 塑料制品 金属制品 "
    "包装材料 汽车零部件 新材料 电气 模具 五金工具 纺织 家具 印刷包装 农业发展 生物科技 医疗器械 教育咨询 文化传播 广告传媒 "
    "餐饮管理 酒店用品 装饰工程 建筑工程 园林绿化 供应链管理 进出口 国际货运 电力设备 照明 通信设备 半导体 光电 数控机床 "
    "轴承制造 阀门 泵业 电缆 橡胶 陶瓷 玻璃 造纸 粮油 水产 茶业 乳业"
).split()
FORMS = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文辉建国志玉兰红梅晓东海燕春雷小龙思雨子轩浩然欣怡"
    "佳琪梓涵一诺宇航俊杰雪莹天佑嘉怡家豪诗涵博文若曦立新爱民永康少峰振宇启明"
)
TITLES = (
    "总经理",
    "副总经理",
    "采购经理",
    "采购主管",
    "财务经理",
    "技术总监",
    "工程师",
    "销售总监",
    "办公室主任",
    "助理",
    "厂长",
    "项目经理",
)
_STEP = 2_654_435_761  # a prime: multiplying by it scatters numbers over a range without meeting one twice


def company_name(number: int, cities: list[str]) -> tuple[str, str, str]:
    """Name, short name and city of the company of that number. Two numbers never give one name."""
    letters, trades = len(BRANDS), len(TRADES)
    length = 2 if number % 5 < 2 else 3
    places = letters**length * trades * len(cities)
    place = (number * _STEP + 97) % places
    place, trade = divmod(place, trades)
    place, city = divmod(place, len(cities))
    brand = ""
    for _ in range(length):
        place, letter = divmod(place, letters)
        brand += BRANDS[letter]
    form = FORMS[0] if number % 10 < 7 else FORMS[number % 3 + 1]
    return f"{cities[city]}{brand}{TRADES[trade]}{form}", f"{brand}{TRADES[trade][:2]}", cities[city]


def person_name(random: Random) -> str:
    """A name of two or three characters."""
    given = random.choice(GIVEN)
    return random.choice(SURNAMES) + given + (random.choice(GIVEN) if random.random() < 0.75 else "")


def mobile(random: Random) -> str:
    """A mobile number; half of them written in groups."""
    digits = f"1{random.choice('3578')}{random.randrange(10**9):09d}"
    return digits if random.random() < 0.5 else f"{digits[:3]} {digits[3:7]} {digits[7:]}"


def landline(random: Random) -> str:
    """A number with its area code."""
    return f"0{random.randrange(310, 999)}-8{random.randrange(10**7):07d}"
