"""`kemai service install`: a service of systemd that starts at boot; on other systems, what to do by hand (SYS-15)."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from kemai.kit.errors import DomainError

NAME = "kemai.service"
SYSTEM = Path("/etc/systemd/system")
KEPT = (
    "DATABASE_URL", "REDIS_URL", "KEMAI_PGBOUNCER", "KEMAI_ALLOWED_HOSTS", "KEMAI_HTTPS", "KEMAI_THREADS", "KEMAI_API_RATE", "KEMAI_LOG_LEVEL",
    "KEMAI_SECRET_KEY",
)  # fmt: skip


def unit(*, data: Path, host: str, port: int, workers: int, user: str, environment: dict[str, str]) -> str:
    """The unit file. `user` is empty for a service of the person's own."""
    settings = {"KEMAI_DATA": str(data)} | {name: environment[name] for name in KEPT if environment.get(name)}
    command = [sys.executable, "-m", "kemai.config.cli", "serve", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers)]
    lines = [
        "[Unit]",
        "Description=Kemai CRM",
        "After=network-online.target postgresql.service",
        "Wants=network-online.target",
        "",
        "[Service]",
        *([f"User={user}"] if user else []),
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in settings.items()),
        f"WorkingDirectory={_quoted(str(data))}",
        f"ExecStart={' '.join(map(_quoted, command))}",
        "Restart=always",
        "RestartSec=3",
        "TimeoutStopSec=30",
        "NoNewPrivileges=true",
        "PrivateTmp=true",
        "UMask=0077",
        "",
        "[Install]",
        f"WantedBy={'multi-user.target' if user else 'default.target'}",
        "",
    ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """As systemd reads it: percent signs doubled, quoted where there is anything but plain characters."""
    text = text.replace("%", "%%")
    if text and all(sign.isalnum() or sign in "-_./:=@,+%" for sign in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def install(text: str, *, of_user: bool) -> list[str]:
    """Writes the unit, enables and starts it; returns what was done. Raises DomainError where there is no systemd, or it refuses."""
    if reason := why_not():
        raise DomainError("no_systemd", reason)
    folder = Path.home() / ".config/systemd/user" if of_user else SYSTEM
    control = ["systemctl", "--user"] if of_user else ["systemctl"]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it may hold a password of the database
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    done = [f"已写入 {path}"]
    for words in (["daemon-reload"], ["enable", "--now", NAME]):
        answer = subprocess.run([*control, *words], capture_output=True, text=True, check=False)
        if answer.returncode:
            raise DomainError(
                "systemd", f"{path} 已写好，但 systemctl {words[0]} 没有成功：{' '.join(answer.stderr.split())}"
            )
    done.append(f"已启用并启动，开机自动运行。查看：{' '.join(control)} status kemai")
    if of_user:
        done.append("退出登录后也要运行，请执行：loginctl enable-linger")
    return done


def why_not() -> str | None:
    """Why no service can be made here, and what to do instead; None where systemd runs."""
    system = platform.system()
    command = f'"{sys.executable}" -m kemai.config.cli serve'
    if system == "Windows":
        return f"Windows 没有 systemd。请在「任务计划程序」里新建「启动时」运行的任务：{command}"
    if system == "Darwin":
        return f"macOS 没有 systemd。请用 launchd 在登录或开机时运行：{command}"
    if shutil.which("systemctl") is None or not Path("/run/systemd/system").is_dir():
        return f"这台机器没有运行 systemd。请用机器自己的方式在开机时运行：{command}（--print 显示 systemd 的写法）"
    return None
