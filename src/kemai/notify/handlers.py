"""What is told to people when something happens on a lower floor."""

from kemai.kit.events import on
from kemai.notify.services import tell
from kemai.office.events import BackupTrouble
from kemai.people.models import Employee


@on(BackupTrouble)
def alarm_administrators(event: BackupTrouble) -> None:
    """Whoever administers the system learns that backups are not in order (SYS-15)."""
    for person in Employee.objects.filter(roles__code="sysadmin", state=Employee.State.ACTIVE).distinct():
        tell(person, event.sentence, link="/backups")
