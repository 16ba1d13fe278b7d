"""What a refusal looks like, on every door. The message is one plain Chinese sentence; the code is stable for the API."""

from collections.abc import Mapping, Sequence


class Reason(str):
    """A guard's answer: the sentence that people read, carrying the code and HTTP status that programs read."""

    code: str
    status: int

    def __new__(cls, message: str, code: str = "refused", status: int = 422) -> "Reason":
        self = super().__new__(cls, message)
        self.code, self.status = code, status
        return self


class DomainError(Exception):
    """A rule said no, and nothing has been changed.

    `fields` maps a field's name to its sentences; `extra` carries facts that a door may show (candidates of a duplicate check).
    """

    status = 422

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        extra: Mapping | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.fields = {name: list(sentences) for name, sentences in (fields or {}).items()}
        self.extra = dict(extra or {})
        self.status = status or type(self).status

    @classmethod
    def of(cls, reason: str) -> "DomainError":
        """The error of a guard's sentence, with the code and status that it carries."""
        return DomainError(getattr(reason, "code", "refused"), str(reason), status=getattr(reason, "status", 422))

    def as_json(self) -> dict:
        """The one form of errors (API-03)."""
        return {"code": self.code, "message": self.message, "fields": self.fields, **self.extra}


class Malformed(DomainError):
    """The request itself cannot be read."""

    status = 400


class Forbidden(DomainError):
    """The right is missing (ORG-08: checked before the range)."""

    status = 403


class NotFound(DomainError):
    """Not there, or out of range: one answer, so that existence does not leak (ORG-08)."""

    status = 404

    def __init__(self, message: str = "没有找到这条记录，它可能已被删除，或不在您的数据范围内。") -> None:
        super().__init__("not_found", message)


class Conflict(DomainError):
    """Somebody else was faster, or the state forbids it."""

    status = 409


class Invalid(DomainError):
    """Fields hold something that cannot be taken; `fields` says which and why (FRM-01)."""

    def __init__(self, fields: Mapping[str, Sequence[str]], message: str = "") -> None:
        first = next((sentences[0] for sentences in fields.values() if sentences), "填写有误。")
        text = message or (first if len(fields) == 1 else f"有 {len(fields)} 处需要改正：{first}")
        super().__init__("invalid", text, fields=fields)
