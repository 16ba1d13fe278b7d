"""Makes src/kemai/kit/pinyin_table.json and region_names.json: what kit/text.py knows of readings and of places.

    python scripts/make_pinyin_table.py

Readings come from the development dependency `pypinyin` (MIT), which takes 58 MB when loaded and is therefore not used at run time;
names of places from src/kemai/office/data/regions.json. Tones are left out and ü is written v, as people type it.
"""

import json
import re
import unicodedata
from pathlib import Path

from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

SOURCE = Path(__file__).resolve().parent.parent / "src" / "kemai"

# The reading in names of companies and places, where the dictionary's first one is a word of everyday speech.
COMMON_READINGS = {
    "长": "chang", "都": "du", "佛": "fo", "厦": "xia", "阿": "a", "薄": "bo", "调": "tiao", "若": "ruo", "勒": "le", "般": "ban",
    "卜": "bu", "似": "si", "琢": "zhuo", "漯": "luo", "翟": "zhai", "曾": "zeng", "茄": "qie", "什": "shi", "伽": "jia", "得": "de",
    "参": "can", "还": "huan", "泊": "bo", "槟": "bin",
}  # fmt: skip

# Places and words of company names that the dictionary lacks, or reads in another way.
OWN_PHRASES = """
单县 shan xian|单城 shan cheng|洪洞 hong tong|莎车 suo che|筠连 jun lian|莘县 shen xian|浚县 xun xian|六合 lu he|六安 lu an|繁峙 fan shi
大埔 da bu|番禺 pan yu|中牟 zhong mu|牟平 mu ping|涡阳 guo yang|大城县 dai cheng xian|长子县 zhang zi xian|荥经 ying jing|荥阳 xing yang
穆棱 mu ling|尉犁 yu li|尉氏 wei shi|甪直 lu zhi|蔚县 yu xian|铅山 yan shan|乐亭 lao ting|乐清 yue qing|会稽 kuai ji|东阿 dong e
宕昌 tan chang|解州 xie zhou|台州 tai zhou|丽水 li shui|吐蕃 tu bo|高要 gao yao|阆中 lang zhong|枞阳 zong yang|朝阳 chao yang|商行 shang hang
大厦 da sha|广厦 guang sha|华厦 hua sha|车行 che hang|茶行 cha hang|药行 yao hang|粮行 liang hang|米行 mi hang|鱼行 yu hang|布行 bu hang
花行 hua hang|金行 jin hang|木行 mu hang|酒行 jiu hang|果行 guo hang|电器行 dian qi hang|五金行 wu jin hang|拍卖行 pai mai hang
贸易行 mao yi hang|洋行 yang hang|分行 fen hang|支行 zhi hang|总行 zong hang|农商行 nong shang hang|工商行 gong shang hang|建行 jian hang
农行 nong hang|工行 gong hang|交行 jiao hang|招行 zhao hang|同行 tong hang|百乐 bai le|乐器 yue qi|器乐 qi yue|模具 mu ju|模板 mu ban
调查 diao cha|调研 diao yan|调度 diao du|调配 diao pei|调拨 diao bo|调动 diao dong|校长 xiao zhang|家长 jia zhang|成长 cheng zhang|生长 sheng zhang
增长 zeng zhang|长大 zhang da|长老 zhang lao|队长 dui zhang|董事长 dong shi zhang|院长 yuan zhang|会长 hui zhang|店长 dian zhang
首长 shou zhang|部长 bu zhang|局长 ju zhang|市长 shi zhang|科长 ke zhang|处长 chu zhang|厂长 chang zhang|县长 xian zhang|区长 qu zhang|班长 ban zhang
重装 zhong zhuang|重组 chong zu|重生 chong sheng|九重 jiu chong|龟兹 qiu ci|西藏 xi zang|藏药 zang yao|藏医 zang yi|藏香 zang xiang
雪域藏 xue yu zang|海参 hai shen|人参 ren shen|参茸 shen rong|花旗参 hua qi shen|西洋参 xi yang shen|党参 dang shen|丹参 dan shen|还是 hai shi
给水 ji shui|供给 gong ji|切削 qie xiao|都匀 du yun|槟榔 bing lang|蚌埠 beng bu|瑜伽 yu jia|伽利略 jia li lve|般若 bo re|梁山泊 liang shan po
""".replace("\n", "|").strip("|")

# Family names that are read in another way than the character elsewhere (national standard of family names' readings as used in China).
SURNAMES = """
单 shan|曾 zeng|仇 qiu|解 xie|查 zha|任 ren|区 ou|朴 piao|盖 ge|纪 ji|冼 xian|翟 zhai|乐 yue|缪 miao|牟 mu|繁 po|覃 qin|员 yun|贠 yun|折 she
种 chong|秘 bi|祭 zhai|洗 xian|黑 he|逄 pang|隗 wei|宓 mi|阚 kan|召 shao|能 nai|佴 nai|莘 shen|晁 chao|哈 ha|卜 bu|於 yu|适 kuo|那 na|柏 bai
尉迟 yu chi|万俟 mo qi|长孙 zhang sun|单于 chan yu|澹台 tan tai|令狐 ling hu|鲜于 xian yu|宰父 zai fu|闾丘 lv qiu|亓官 qi guan|夏侯 xia hou
欧阳 ou yang|皇甫 huang fu|尉 wei|鲍 bao|长 chang|叶 ye|燕 yan|应 ying|过 guo|乜 nie|石 shi|沈 shen|陆 lu|冯 feng|贾 jia|万 wan
车 che|薄 bo|都 du|冒 mao|撒 sa|相 xiang|行 xing|重 chong|句 gou|盛 sheng|谌 chen|郗 xi|郇 xun|竺 zhu|夏 xia|钻 zuan|炅 gui|炔 gui|眭 sui
""".replace("\n", "|").strip("|")

# Parts of the names of autonomous regions, prefectures and counties that short names leave out.
PEOPLES = """壮族 回族 维吾尔 土家族 苗族 藏族 羌族 彝族 布依族 侗族 哈尼族 傣族 白族 景颇族 傈僳族 蒙古族 哈萨克 柯尔克孜 蒙古 朝鲜族 满族 瑶族
仡佬族 水族 黎族 畲族 各族 土族 撒拉族 东乡族 保安族 裕固族 拉祜族 佤族 布朗族 纳西族 独龙族 怒族 普米族 塔吉克 锡伯 毛南族 仫佬族 达斡尔族 鄂温克族 族""".split()
KINDS = re.compile("(特别行政区|自治区|自治州|自治县|自治旗|联合旗|林区|地区|新区|矿区|省|市|区|县|盟|旗)$")


def plain(reading: str) -> str:
    """A reading without its tone: lǜ → lv."""
    decomposed = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def common_reading(char: str) -> str:
    return COMMON_READINGS.get(char) or plain(pinyin_dict[ord(char)].split(",")[0])


def read_pairs(text: str) -> dict[str, str]:
    """'单县 shan xian|…' as {'单县': 'shan xian', …}."""
    return dict(pair.split(" ", 1) for pair in text.split("|"))


def phrases() -> dict[str, str]:
    """Words of 2 and 3 characters that are not read character by character, the shorter ones first; no word that a shorter one explains."""
    known: dict[str, str] = {}
    found = {
        word: " ".join(plain(readings[0]) for readings in spelled)
        for word, spelled in phrases_dict.items()
        if len(word) in (2, 3) and all(0x3000 <= ord(char) <= 0x9FFF and ord(char) in pinyin_dict for char in word)
    }
    found |= read_pairs(OWN_PHRASES)
    for word, reading in sorted(found.items(), key=lambda pair: (len(pair[0]), pair[0])):
        spelled = [common_reading(char) for char in word]
        for length in (3, 2):
            for start in range(len(word) - length + 1):
                if part := known.get(word[start : start + length]):
                    spelled[start : start + length] = part.split()
        if " ".join(spelled) != reading:
            known[word] = reading
    return known


def syllables() -> dict[str, str]:
    """{syllable: all characters whose most common reading it is}."""
    table: dict[str, list[str]] = {}
    for code in sorted(pinyin_dict):
        if 0x3000 <= code <= 0x9FFF:
            table.setdefault(common_reading(chr(code)), []).append(chr(code))
    return {syllable: "".join(table[syllable]) for syllable in sorted(table)}


def short_name(name: str) -> str:
    """浙江省 → 浙江, 延边朝鲜族自治州 → 延边, 内蒙古自治区 → 内蒙古."""
    if re.search("开发区|示范区|管理区|园区|管委会", name):
        return name
    short = KINDS.sub("", name)
    if short != name and name.endswith(("自治区", "自治州", "自治县", "自治旗", "联合旗")):
        while people := next(
            (people for people in PEOPLES if short.endswith(people) and len(short) > len(people) + 1), None
        ):
            if short == "内蒙古":
                break
            short = short.removesuffix(people)
    return short


def region_names() -> dict[str, str]:
    """{full: full and short names, of provinces, cities and counties; short_counties: short names of counties} in one line each."""
    provinces = json.loads((SOURCE / "office/data/regions.json").read_text())
    cities = [city for province in provinces for city in province["children"]]
    counties = [county for city in cities for county in city["children"]]
    large = {"香港", "香港特别行政区", "澳门", "澳门特别行政区", "台湾", "台湾省"}
    large |= {
        form for place in provinces + cities for form in (place["name"], short_name(place["name"])) if len(form) > 1
    }
    large -= {"市辖区", "市辖", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
    full_counties = {county["name"] for county in counties}
    short_counties = {short for county in counties if len(short := short_name(county["name"])) > 1} - large
    return {
        "full": " ".join(sorted(large | full_counties)),
        "short_counties": " ".join(sorted(short_counties - full_counties)),
    }


def write(name: str, content: dict) -> None:
    path = SOURCE / "kit" / name
    path.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n")
    print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    write("pinyin_table.json", {"syllables": syllables(), "phrases": phrases(), "surnames": read_pairs(SURNAMES)})
    write("region_names.json", region_names())
