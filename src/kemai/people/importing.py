"""How tables become employees (IMP-01, ORG-13): a supervisor may stand further down in the same file."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from kemai.kit.entity import registry
from kemai.kit.errors import DomainError
from kemai.kit.import_columns import ImportedRow
from kemai.kit.import_plan import PlanByKey
from kemai.kit.importing import Options
from kemai.kit.journal import Journal
from kemai.people import queries, rules, services
from kemai.people.models import Employee

WORDS = ("login", "number", "name")  # by which a file names a colleague
LEFT_WORDS = {
    **dict.fromkeys(["离职", "已离职", "left"], True),
    **dict.fromkeys(["在职", "正式", "试用", "试用期", "实习", "active"], False),
}


class EmployeeImport(PlanByKey):
    """Employees by number, log-in name or name. Supervisors are named by one of these; who stands above whom is settled as soon as both are
    there, whatever the order of the rows."""

    def __init__(self, by: Employee, options: Options) -> None:
        super().__init__(registry["employee"], by, options)
        self.named: dict[str, list[int]] = defaultdict(list)  # word -> rows of the file that it names
        self.above_word: dict[int, str] = {}  # row -> the supervisor's word
        self.written: dict[int, int] = {}  # row -> the employee that it made or changed
        self.waiting: dict[int, dict[int, int]] = defaultdict(dict)  # supervisor's row -> {row: employee}
        self.colleagues: dict[str, int | None] = {}  # word -> employee who is there already

    def prepare(self, rows: Sequence[ImportedRow]) -> None:
        """Who is named in the whole file, and who stands above whom."""
        for row in rows:
            if row.errors:
                continue
            for word in {_folded(row.values.get(name)) for name in WORDS} - {""}:
                self.named[word].append(row.number)
            if word := _folded(row.values.get("supervisor_word")):
                self.above_word[row.number] = word

    def gather(self, row: ImportedRow) -> None:
        """The log-in name as it is stored, the supervisor, whether somebody has left."""
        if row.values.get("login"):
            row.values["login"] = row.values["login"].lower()
        if reason := rules.bad_login(row.values["login"]) if "login" in row.values else None:
            row.errors.append(reason)
        self._find_supervisor(row)
        state = row.values.get("state_word", "")
        if state and state not in LEFT_WORDS:
            row.errors.append("状态只能是：在职、离职。")
        row.facts["left"] = LEFT_WORDS.get(state)
        if "roles" in row.values and not self.by.access.has("role.change"):
            row.errors.append("只有能修改角色权限的人可以给职员分配角色，请去掉「角色」这一列。")

    def _find_supervisor(self, row: ImportedRow) -> None:
        written = row.values.get("supervisor_word", "")
        if not written:
            return
        if (pk := self._colleague(written)) is not None:
            row.values["supervisor"] = pk
            return
        word = _folded(written)
        found = [number for number in self.named.get(word, ()) if number != row.number]
        if len(found) > 1:
            row.errors.append(f"上级「{written}」在文件里有 {len(found)} 位，请改用登录名或职员编号。")
        elif not found:
            row.notes.append(f"上级「{written}」没有找到，或有同名的几位，未填写。")
        elif self._makes_loop(row.number):
            row.errors.append(f"上级「{written}」又在{row.values.get('name', '此人')}之下，汇报关系成环。")
        else:
            row.facts["above"] = found[0]
            row.notes.append(f"上级在第 {found[0]} 行，该行导入后填写。")

    def _colleague(self, word: str) -> int | None:
        if word not in self.colleagues:
            self.colleagues[word] = queries.find_employee(self.by, word)
        return self.colleagues[word]

    def _makes_loop(self, start: int) -> bool:
        number, seen = start, {start}
        while word := self.above_word.get(number):
            rows = [one for one in self.named.get(word, ()) if one != number]
            if len(rows) != 1 or self._colleague(word) is not None:
                return False
            number = rows[0]
            if number == start:
                return True
            if number in seen:  # a loop of others
                return False
            seen.add(number)
        return False

    def why_not_change(self, row: ImportedRow, record: Any) -> str | None:
        """A supervisor from below, besides what the service's guards say."""
        supervisor = Employee.objects.filter(pk=row.values.get("supervisor") or 0).first()
        return super().why_not_change(row, record) or rules.supervisor_makes_loop(record, supervisor)

    def judge_present(self, row: ImportedRow, record: Any, holders: Mapping[tuple[str, Any], Any]) -> None:
        """Somebody who is there already; leaving and coming back are deeds of their own."""
        super().judge_present(row, record, holders)
        if row.facts["left"] not in (None, not record.is_active):
            row.notes.append("状态没有改，请用「设为离职」或「恢复在职」。")

    def changes(self, row: ImportedRow, record: Any) -> dict[str, Any]:
        """What a row changes, a supervisor further down in the file included."""
        found = super().changes(row, record)
        return found | {"supervisor": row.facts["above"]} if "above" in row.facts else found

    def remember(self, row: ImportedRow) -> None:
        """Who went in before, and who of them still waits for a supervisor."""
        super().remember(row)
        if row.record_id:
            self._settle(row, row.record_id)

    def forget(self, numbers: set[int]) -> None:
        """Rows that did not go in after all."""
        super().forget(numbers)
        self.written = {number: pk for number, pk in self.written.items() if number not in numbers}
        for waiting in self.waiting.values():
            for number in numbers & waiting.keys():
                del waiting[number]

    def write(self, rows: Sequence[ImportedRow], log: Journal) -> None:
        """New employees in few statements, below supervisors who come with them or are there already; then the updates."""
        new = [row for row in rows if row.verdict == "new"]
        places = {row.number: place for place, row in enumerate(new)}
        values = []
        for row in new:
            above = self.written.get(row.facts.get("above", 0))
            values.append(self.values_of(row) | ({"supervisor": above} if above else {}))
        bosses = [places.get(row.facts.get("above", 0)) for row in new]
        for row, made in zip(new, services.employees_create(values, bosses, by=self.by, log=log), strict=True):
            if isinstance(made, DomainError):
                row.verdict, row.message = "error", made.message
                self.forget({row.number})
            else:
                row.record_id = made.pk
        for row in new:
            if row.record_id:
                self._arrived(row, row.record_id, places)
        super().write([row for row in rows if row.verdict == "update"], log)

    def _arrived(self, row: ImportedRow, pk: int, places: Mapping[int, int]) -> None:
        """A new employee is there: has left already, or is the supervisor for whom some of earlier rows have waited."""
        if row.facts["left"]:
            services.employee_set_left(Employee(pk=pk), by=self.by)
        for waiting in self.waiting[row.number].values():
            self._put_below(waiting, pk, row)
        self.written[row.number] = pk
        above = row.facts.get("above")
        if above and above not in self.written and above not in places:
            self.waiting[above][row.number] = pk

    def write_one(self, row: ImportedRow) -> int:
        """Changes an employee, sets the supervisor who is there by now, and puts this one above those who waited."""
        pk = super().write_one(row)
        above = self.written.get(row.facts.get("above", 0))
        if above:
            self._put_below(pk, above, row)
        for waiting in self.waiting[row.number].values():
            self._put_below(waiting, pk, row)
        self._settle(row, pk)
        return pk

    def _settle(self, row: ImportedRow, pk: int) -> None:
        self.written[row.number] = pk
        if (above := row.facts.get("above")) and above not in self.written:
            self.waiting[above][row.number] = pk

    def _put_below(self, pk: int, above: int, row: ImportedRow) -> None:
        try:
            services.employee_change(Employee(pk=pk), values={"supervisor": above}, by=self.by)
        except DomainError as error:  # somebody has moved people meanwhile
            row.notes.append(error.message)
            row.message = " ".join(filter(None, [row.message, error.message]))


def _folded(word: Any) -> str:
    return str(word or "").strip().lower()
