"""Three lists look at the same customers: 「客户池」, 「我的客户」, 「共享客户」 (CUS-17, ORG-04, ORG-06)."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from kemai.customers.models import Customer, CustomerShare
from kemai.customers.tests.factories import customer, share
from kemai.customers.tests.support import counts_are_true, force_supervisors, fresh, today
from kemai.people import services as people
from kemai.people.tests.factories import browser, employee, role

pytestmark = pytest.mark.spec("CUS-17")


# --- what each list holds ----------------------------------------------------------------------------------------------


def test_my_list_holds_mine_and_nothing_else(crew, at):
    customer("甲公司", crew.lin)
    customer("乙公司", crew.zhou)
    customer("丙公司")
    share(customer("丁公司", crew.chen), crew.lin)
    assert at(crew.lin).names("mine") == ["甲公司"]
    assert at(crew.manager).names("mine") == []


def test_the_list_without_a_view_is_mine(crew, at):
    customer("甲公司", crew.lin)
    customer("乙公司", crew.zhou)
    answer = at(crew.lin).get("customers")
    assert (answer.names, answer.total, answer.json["page"], answer.json["page_size"]) == (["甲公司"], 1, 1, 50)


@pytest.mark.spec("ORG-06")
def test_the_shared_list_holds_what_others_shared_and_what_my_whole_line_has(crew, at):
    share(customer("甲公司", crew.chen), crew.manager)
    customer("乙公司", crew.lin)
    customer("丙公司", crew.zhou)
    customer("丁公司", crew.manager)
    customer("戊公司", crew.chen)
    customer("己公司")
    assert at(crew.manager).names("shared") == sorted(["甲公司", "乙公司", "丙公司"])
    assert at(crew.boss).names("shared") == sorted(
        ["甲公司", "乙公司", "丙公司", "丁公司", "戊公司"]
    )  # two levels below too
    assert at(crew.lin).names("shared") == []


@pytest.mark.spec("ORG-06")
def test_with_org_06_off_a_supervisor_has_what_is_shared_alone_and_at_once(crew, at):
    own = customer("甲公司", crew.lin)
    share(customer("乙公司", crew.chen), crew.manager)
    assert at(crew.manager).names("shared") == sorted(["甲公司", "乙公司"])
    assert at(crew.manager).get(f"customers/{own.pk}").status == 200
    force_supervisors(False)
    assert at(crew.manager).names("shared") == ["乙公司"]
    assert at(crew.manager).names("shared", scope="all") == ["乙公司"]
    assert at(crew.manager).get(f"customers/{own.pk}").status == 404
    assert at(crew.manager).get("contacts").total == 0
    share(own, crew.manager)
    assert at(crew.manager).names("shared") == sorted(["甲公司", "乙公司"])
    force_supervisors(True)
    CustomerShare.objects.all().delete()
    assert at(crew.manager).names("shared") == ["甲公司"]


@pytest.mark.spec("ORG-06")
def test_the_parameter_is_changed_on_the_page_of_parameters_and_holds_at_once(crew, at):
    own = customer("甲公司", crew.lin)
    answer = at(crew.admin).post("settings", supervisors_see_all=False)
    assert answer.status == 200
    assert at(crew.manager).get(f"customers/{own.pk}").status == 404
    at(crew.admin).post("settings", supervisors_see_all=True)
    assert at(crew.manager).get(f"customers/{own.pk}").status == 200


def test_a_role_for_everything_does_not_fill_the_shared_list_but_its_whole(crew, at):
    force_supervisors(False)
    customer("甲公司", crew.lin)
    assert at(crew.boss).names("shared") == []
    assert at(crew.boss).names("shared", scope="all") == ["甲公司"]


# --- 「下属的客户」 and 「全部」 -------------------------------------------------------------------------------------------


@pytest.fixture
def world(crew):
    """Customers all around 王建国."""
    mine = customer("我的一号", crew.manager)
    share(customer("别人共享的二号", crew.chen), crew.manager)
    customer("小林的三号", crew.lin)
    customer("小周的四号", crew.zhou)
    made = customer("小林建的五号", crew.lin)  # made by a subordinate, then in other hands
    from kemai.customers.services import customer_assign

    customer_assign(made, employee=crew.chen.pk, by=crew.boss)
    customer("小陈的六号", crew.chen)
    customer("未领用的七号")
    return mine


def test_below_searches_what_subordinates_made_or_own_and_i_may_see(crew, at, world):
    assert at(crew.manager).names("shared", scope="subordinates") == sorted(["小林的三号", "小周的四号"])
    share(Customer.objects.get(name="小林建的五号"), crew.manager)  # made by 小林, owned by 小陈, shared with me
    assert at(crew.manager).names("shared", scope="subordinates") == sorted(
        ["小林的三号", "小周的四号", "小林建的五号"]
    )
    assert at(crew.manager).names("shared", scope="subordinates", q="小林") == sorted(["小林的三号", "小林建的五号"])


def test_all_searches_mine_my_subordinates_and_those_shared_with_me(crew, at, world):
    expected = sorted(["我的一号", "别人共享的二号", "小林的三号", "小周的四号"])
    assert at(crew.manager).names("shared", scope="all") == expected
    assert at(crew.manager).names("shared", scope="all", q="号") == expected
    assert at(crew.manager).names("shared", scope="all", q="六号") == []
    assert at(crew.lin).names("shared", scope="all") == ["小林的三号"]


def test_all_holds_what_a_role_opens_too(crew, at, world):
    expected = ["我的一号", "别人共享的二号", "小林的三号", "小周的四号", "小林建的五号", "小陈的六号"]
    assert at(crew.boss).names("shared", scope="all") == sorted(expected)  # unclaimed ones are shared by nobody
    wide = role("本部门的角色", rights=["customer.view", "token.add"], ranges={"customer": "department"})
    people.employee_change(fresh(crew.lin), values={"roles": [wide.pk]}, by=crew.admin)
    assert at(crew.lin).names("shared", scope="all") == sorted(["小林的三号", "小周的四号"])  # 华东组
    assert at(crew.lin).names("shared") == []


@pytest.mark.spec("ORG-06")
def test_with_org_06_off_below_means_what_subordinates_shared_with_me(crew, at, world):
    force_supervisors(False)
    assert at(crew.manager).names("shared", scope="subordinates") == []
    assert at(crew.boss).names("shared", scope="subordinates") == []  # though a role opens everything to 老总
    share(Customer.objects.get(name="小林的三号"), crew.manager)
    share(Customer.objects.get(name="小周的四号"), crew.boss)
    assert at(crew.manager).names("shared", scope="subordinates") == ["小林的三号"]
    assert at(crew.boss).names("shared", scope="subordinates") == ["小周的四号"]
    assert at(crew.manager).names("shared", scope="all") == sorted(["我的一号", "别人共享的二号", "小林的三号"])


def test_a_filter_without_any_condition_shows_mine_my_subordinates_and_those_shared(crew, at, world):
    expected = sorted(["我的一号", "别人共享的二号", "小林的三号", "小周的四号"])
    assert at(crew.manager).names("shared", scope="all", filter={"op": "and", "rows": []}) == expected


def test_another_word_for_a_scope_is_refused(crew, at):
    assert at(crew.manager).get("customers", view="shared", scope="everything").status == 422


# --- the magnifier -----------------------------------------------------------------------------------------------------


def test_the_picker_lists_only_who_has_shared_with_me(crew, at, world):
    share(customer("八号", crew.zhou), crew.sales)  # with the whole department
    share(customer("九号", crew.other_manager), crew.lin)  # not with me
    text = browser(crew.manager).get("/customers?view=shared").content.decode()
    part = text[text.index("shared_by") :] if "shared_by" in text else ""
    offered = {
        who.name
        for who in (crew.lin, crew.zhou, crew.chen, crew.other_manager, crew.boss)
        if who.name in part.split("</form")[0]
    }
    assert offered == {"小周", "小陈"}


def test_choosing_some_narrows_the_list_to_theirs(crew, at, world):
    share(customer("八号", crew.zhou), crew.sales)
    assert at(crew.manager).names("shared", shared_by="xiaochen") == ["别人共享的二号"]
    assert at(crew.manager).names("shared", shared_by="xiaozhou") == ["八号"]
    assert at(crew.manager).names("shared", shared_by="xiaochen,xiaozhou") == sorted(["别人共享的二号", "八号"])
    assert at(crew.manager).names("shared", shared_by=str(crew.chen.pk), scope="all") == ["别人共享的二号"]
    assert at(crew.manager).names("shared", shared_by="xiaochen,xiaozhou", scope="subordinates") == ["八号"]
    assert at(crew.manager).names("shared", shared_by="xiaochen", q="八号") == []


def test_who_has_shared_nothing_with_me_cannot_be_chosen(crew, at, world):
    for who in ("xiaolin", "sunjingli", "meiyou", "xiaoshou"):
        assert at(crew.manager).get("customers", view="shared", shared_by=who).status == 422


def test_a_share_that_is_over_takes_its_sharer_off_the_picker(crew, at, world):
    CustomerShare.objects.update(until=today() - timedelta(days=1))
    assert at(crew.manager).get("customers", view="shared", shared_by="xiaochen").status == 422


# --- totals and pages --------------------------------------------------------------------------------------------------


def test_pages_and_total_agree(crew, at):
    for number in range(7):
        customer(f"第{number}号客户", crew.lin)
    for number in range(3):
        share(customer(f"共享{number}号", crew.chen), crew.manager)
    seen = []
    for page in (1, 2, 3, 4):
        answer = at(crew.manager).get("customers", view="shared", page=page, page_size=3)
        assert answer.total == 10
        seen += [item["id"] for item in answer.json["items"]]
    assert len(seen) == len(set(seen)) == 10


def test_what_is_shared_twice_or_shared_and_below_counts_once(crew, at):
    one = customer("甲公司", crew.lin)
    share(one, crew.manager, crew.sales, crew.east)
    assert at(crew.manager).names("shared") == ["甲公司"]
    assert at(crew.manager).names("shared", scope="all") == ["甲公司"]
    assert at(crew.zhou).names("shared") == ["甲公司"]
    assert at(crew.zhou).names("shared", shared_by="xiaolin") == ["甲公司"]


def test_the_tabs_of_the_page_count_what_the_lists_hold(crew, at, world):
    for who in (crew.manager, crew.lin, crew.boss):
        text = browser(who).get("/customers?view=mine").content.decode()
        for view, title in (("mine", "我的客户"), ("shared", "共享客户"), ("pool", "客户池")):
            assert f'{title}<span class="km-count">{len(at(who).names(view))}</span>' in text


# --- a long story ------------------------------------------------------------------------------------------------------


@dataclass
class Story:
    """What everybody should see, kept beside the product as plainly as can be."""

    crew: object
    owners: dict[str, str | None] = field(default_factory=dict)  # customer -> login
    shares: dict[str, set[str]] = field(default_factory=dict)  # customer -> logins that a share reaches
    forced: bool = True
    line = {
        "xiaolin": set(),
        "xiaozhou": set(),
        "xiaoshou": {"xiaolin", "xiaozhou"},
        "laozong": {"xiaolin", "xiaozhou", "xiaoshou", "xiaochen"},
    }

    def new(self, name: str, owner: str | None) -> None:
        self.owners[name], self.shares[name] = owner, set()

    def free(self, *names: str) -> None:
        for name in names:
            self.owners[name], self.shares[name] = None, set()

    def give(self, owner: str, *names: str) -> None:
        for name in names:
            self.owners[name] = owner
            self.shares[name].discard(owner)

    def mine(self, who: str) -> list[str]:
        return sorted(name for name, owner in self.owners.items() if owner == who)

    def shared(self, who: str) -> list[str]:
        below = self.line[who] if self.forced else set()
        return sorted(
            name for name, owner in self.owners.items() if owner != who and (owner in below or who in self.shares[name])
        )

    def everything(self, who: str) -> list[str]:
        if who == "laozong":  # 总经理 has the range 全部
            return sorted(name for name, owner in self.owners.items() if owner)
        return sorted({*self.mine(who), *self.shared(who)})


@pytest.mark.spec("CUS-10", "CUS-11", "CUS-12", "CUS-13", "CUS-14", "CUS-15", "ORG-06")
def test_after_each_step_of_a_long_story_every_list_is_right(crew, at):
    story, known = Story(crew), {}
    watchers = [crew.lin, crew.zhou, crew.manager, crew.boss]

    def check(step: str) -> None:
        for who in watchers:
            api = at(who)
            assert api.names("mine") == story.mine(who.login), (step, who.name, "我的客户")
            assert api.names("shared") == story.shared(who.login), (step, who.name, "共享客户")
            assert api.names("shared", scope="all") == story.everything(who.login), (step, who.name, "全部")
            assert api.names("pool") == sorted(story.owners), (step, who.name, "客户池")
            for name, pk in known.items():
                reached = name in story.everything(who.login) or (
                    story.owners.get(name, "-") is None and who.access.has("customer.manage")
                )
                assert (api.get(f"customers/{pk}").status == 200) == reached, (step, who.name, name)
        counts_are_true()

    def deed(who, verb: str, *names: str, **sent) -> None:
        if len(names) == 1:
            answer = at(who).post(f"customers/{known[names[0]]}/{verb}", **sent)
            assert answer.status == 200, answer.text
        else:
            answer = at(who).post(f"customers/actions/{verb}", ids=[known[name] for name in names], **sent)
            assert all(answer.done), answer.text

    def new(who, view: str, name: str, owner: str | None, **sent) -> None:
        answer = at(who).post(f"customers?view={view}", name=name, **sent)
        assert answer.status == 201, answer.text
        known[name] = answer.json["id"]
        story.new(name, owner)

    check("at first")
    new(crew.marketing, "pool", "甲机械", None)
    new(crew.marketing, "pool", "乙电子", None)
    new(crew.marketing, "pool", "丙食品", None)
    new(crew.marketing, "pool", "丁建材", None)
    new(crew.lin, "mine", "戊物流", "xiaolin")
    new(crew.boss, "pool", "己化工", "xiaoshou", assign_to="xiaoshou")
    check("made")

    page = browser(crew.zhou)
    assert page.post("/customers?view=pool", {"name": "庚服装", "then": "makes"}).status_code == 303
    known["庚服装"] = Customer.objects.get(name="庚服装").pk
    story.new("庚服装", "xiaozhou")
    check("新建并领用")

    deed(crew.lin, "claim", "甲机械", "乙电子")
    story.give("xiaolin", "甲机械", "乙电子")
    check("claimed")

    deed(crew.lin, "share", "甲机械", "戊物流", employees=["xiaozhou"])
    story.shares["甲机械"] |= {"xiaozhou"}
    story.shares["戊物流"] |= {"xiaozhou"}
    check("shared with a person")

    deed(crew.manager, "share", "己化工", departments=["销售部"])
    story.shares["己化工"] |= {"xiaolin", "xiaozhou"}
    check("shared with a department")

    story.forced = False
    force_supervisors(False)
    check("ORG-06 off")
    story.forced = True
    force_supervisors(True)
    check("ORG-06 on")

    deed(crew.lin, "unshare", "戊物流", employees=["xiaozhou"])
    story.shares["戊物流"].clear()
    check("taken back")

    deed(crew.lin, "assign", "甲机械", employee="xiaozhou")
    story.give("xiaozhou", "甲机械")
    check("assigned to who it was shared with")

    deed(crew.manager, "share", "己化工", employees=["laozong"])
    story.shares["己化工"] |= {"laozong"}
    deed(crew.manager, "assign", "己化工", employee="xiaolin")
    story.owners["己化工"] = "xiaolin"
    story.shares["己化工"] |= {"xiaoshou"}  # the department's share stays, and 王建国 is of 销售部
    check("assigned away, shares stay")

    deed(crew.boss, "assign", "丙食品", "丁建材", employees=["xiaolin", "xiaoshou"])
    story.give("xiaolin", "丙食品")
    story.give("xiaoshou", "丁建材")
    check("many assigned")

    deed(crew.lin, "release", "乙电子", "戊物流", reason="暂无需求")
    story.free("乙电子", "戊物流")
    check("returned")

    deed(crew.manager, "recall", "己化工", "庚服装", reason="长期未联系")
    story.free("己化工", "庚服装")
    check("recalled")

    answer = at(crew.manager).post("customers/actions/delete", ids=[known["己化工"], known["乙电子"]])
    assert answer.done == [True, True]
    for name in ("己化工", "乙电子"):
        del story.owners[name], story.shares[name]
    check("deleted")

    deed(crew.zhou, "claim", "戊物流")
    story.give("xiaozhou", "戊物流")
    check("claimed by another one")

    people.employee_set_left(fresh(crew.zhou), by=crew.admin, successor=crew.lin.pk)
    watchers.remove(crew.zhou)
    story.give("xiaolin", *story.mine("xiaozhou"))
    check("left, handed over")


def test_many_people_each_see_what_is_theirs(crew, at):
    """A second line, a department of its own, somebody outside: nobody sees more than is due."""
    outsider = employee("waiqin", "外勤", "sales_rep")
    customer("甲公司", crew.lin)
    share(customer("乙公司", crew.chen), crew.east)
    seen = {
        who.name: at(who).names("shared")
        for who in (crew.lin, crew.zhou, crew.chen, crew.other_manager, outsider, crew.marketing)
    }
    assert seen == {
        "小林": ["乙公司"], "小周": ["乙公司"], "小陈": [], "孙经理": ["乙公司"], "外勤": [], "市场专员": [],
    }  # fmt: skip
