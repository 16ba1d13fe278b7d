"""Files that hang on records. Who may see the record may see its files."""

from django.db import models

from kemai.kit.record import Record


class Attachment(Record):
    """One stored file of one record. `stored` is its place below the data folder, never shown."""

    class Purpose(models.TextChoices):
        FILE = "file", "附件"
        PICTURE = "picture", "照片"

    kind = models.CharField("对象", max_length=40)
    record_id = models.BigIntegerField()
    purpose = models.CharField("用途", max_length=10, choices=Purpose, default=Purpose.FILE)
    name = models.CharField("文件名", max_length=150)
    size = models.PositiveBigIntegerField("大小")  # bytes
    content_type = models.CharField("类型", max_length=100)
    sha256 = models.CharField(max_length=64)
    stored = models.CharField(max_length=100, unique=True)

    class Meta:
        verbose_name = "附件"
        default_permissions = ()
        indexes = [models.Index(fields=["kind", "record_id", "id"], name="attachment_record")]

    def __str__(self) -> str:
        return self.name
