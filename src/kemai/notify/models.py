"""What the product tells people without being asked."""

from django.conf import settings
from django.db import models


class Message(models.Model):
    """One sentence for one person, with a link to what it is about; counted in the header until read."""

    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False, verbose_name="收件人"
    )
    text = models.CharField("内容", max_length=300)
    link = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField("时间")
    read_at = models.DateTimeField("已读时间", null=True)
    put_off_until = models.DateTimeField("推迟到", null=True)  # not counted before then
    key = models.CharField(max_length=80, blank=True)  # what it is about, where it is to be told once only

    class Meta:
        verbose_name = "提醒"
        default_permissions = ()
        indexes = [
            models.Index(fields=["employee", "id"], name="message_mine"),
            models.Index(fields=["employee"], condition=models.Q(read_at__isnull=True), name="message_unread"),
            models.Index(fields=["key"], name="message_key"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["employee", "key"], condition=~models.Q(key=""), name="message_once"),
        ]

    def __str__(self) -> str:
        return self.text
