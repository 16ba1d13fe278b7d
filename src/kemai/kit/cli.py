"""Commands of the kit: `kemai import`, `kemai export`, `kemai backup`, `kemai restore`, `kemai run-jobs`, `kemai check`."""

import argparse
import sys

SHOWN_REFUSALS = 5
WORDS = {"new": "新增", "update": "更新", "duplicate": "重复", "similar": "相似", "error": "有误"}


def register(subparsers) -> None:
    """Adds the commands."""
    command = subparsers.add_parser("import", help="从 .xlsx、.xls、.csv 导入, 撤销导入")
    command.add_argument("kind", nargs="?", metavar="KIND", help="导入什么, 例如 customers")
    command.add_argument("file", nargs="?", metavar="FILE", help="文件")
    command.add_argument("--as", dest="login", required=True, metavar="LOGIN", help="以谁的身份")
    command.add_argument(
        "--into", default="", help="pool、mine、column 或登录名; 不给则按文件中的负责人, 没有的进客户池"
    )
    command.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="HEADER=FIELD",
        help="表头对应的字段, 可多次; FIELD 为空则不导入该列",
    )
    command.add_argument("--update", action="store_true", help="已有的按文件更新, 空格子不动")
    command.add_argument("--no-add", action="store_true", help="只更新, 不新增")
    command.add_argument("--key", default="", help="按什么查找已有的, 例如 name、number、tax_number")
    command.add_argument("--similar", choices=["accept", "refuse"], default="accept", help="相似的是否导入 (accept)")
    command.add_argument("--sheet", default="", metavar="NAME", help="读取哪个工作表; 不给则第一个有表头的")
    command.add_argument("--dry-run", action="store_true", help="只检查, 不导入")
    command.add_argument("--rejected", metavar="FILE.xlsx", help="把未导入的行和原因写到这个文件")
    command.add_argument("--template", metavar="FILE.xlsx", help="不导入, 只把这一种的导入模板写到这个文件")
    command.add_argument("--hand-out", metavar="FILE.xlsx", help="把要分发的表 (新职员的一次性密码) 写到这个文件")
    command.add_argument("--undo", type=int, metavar="ID", help="撤销这次导入")
    command.add_argument("--resume", type=int, metavar="ID", help="继续一次中断的导入")
    command.set_defaults(run=run_import)

    export = subparsers.add_parser("export", help="导出列表到 .xlsx 或 .csv")
    export.add_argument("kind", metavar="KIND", help="导出什么, 例如 customers")
    export.add_argument("file", metavar="FILE", help="文件 (.xlsx 或 .csv)")
    export.add_argument("--as", dest="login", required=True, metavar="LOGIN", help="以谁的身份")
    export.add_argument("--view", default="", help="哪个列表: mine、shared、pool")
    export.add_argument("--q", default="", help="快速查找")
    export.add_argument("--filter", default="", metavar="JSON", help="数据过滤")
    export.add_argument("--sort", default="", help="排序的列, 前面加 - 为降序")
    export.add_argument("--all-columns", action="store_true", help="导出全部列, 不只是列表显示的")
    export.set_defaults(run=run_export)

    jobs = subparsers.add_parser("run-jobs", help="运行后台任务 (serve 会自动启动)")
    jobs.set_defaults(run=run_jobs)

    backup = subparsers.add_parser("backup", help="把全部数据和文件备份到一个文件, 不影响使用")
    backup.add_argument("file", metavar="FILE", help="备份文件, 例如 客脉-2026-03-05.zip")
    backup.set_defaults(run=run_backup)

    restore = subparsers.add_parser("restore", help="在空的数据目录或数据库里恢复备份")
    restore.add_argument("file", metavar="FILE", help="备份文件")
    restore.set_defaults(run=run_restore)

    check = subparsers.add_parser("check", help="自检数据: 合计、关联、编号、索引")
    check.set_defaults(run=run_check)


def run_import(args: argparse.Namespace) -> int | None:
    """Imports a file, goes on with an import that was interrupted, or takes one back."""
    from pathlib import Path

    from kemai.kit import import_results, importing, undo
    from kemai.kit.errors import DomainError

    by = _acting(args.login)
    if args.undo:
        print(undo.undo_import(undo.import_to_undo(args.undo, by), by=by, progress=_progress("撤销")).sentence)
        return None
    if args.template:
        _write_template(args, by)
        return None
    if args.resume:
        run = importing.import_of(args.resume, by)
    else:
        if not args.kind or not args.file:
            raise DomainError("missing", "请给出要导入的种类和文件，例如: kemai import customers 客户.xlsx --as admin")
        entity = importing.importable(args.kind, by)
        path = Path(args.file)
        options = importing.read_options(entity, by, {
            "into": args.into, "update": args.update, "add": not args.no_add, "key": args.key, "similar": args.similar, "sheet": args.sheet,
            "map": dict(_pairs(args.map)),
        })  # fmt: skip
        run = importing.receive(path, file_name=path.name, entity=entity, by=by, options=options)
        try:
            importing.refuse_missing(run)
        except DomainError:
            importing.discard(run)
            raise
    run = importing.preview(run, _progress("检查")) if args.dry_run else importing.commit(run, _progress("导入"))
    _say_import(run, dry_run=args.dry_run)
    if args.rejected:
        count = import_results.write_rejected(run, args.rejected)
        print(f"{count} 行未导入，已写入 {args.rejected}")
    if args.hand_out:
        count = import_results.write_hand_out(run, by, args.hand_out)
        print(f"{count} 行，已写入 {args.hand_out}")
    return None


def _write_template(args: argparse.Namespace, by) -> None:
    from kemai.kit import importing
    from kemai.kit.errors import DomainError
    from kemai.kit.import_templates import write_template

    if not args.kind:
        raise DomainError("missing", "请给出要导入的种类，例如: kemai import customers --template 模板.xlsx --as admin")
    write_template(importing.importable(args.kind, by), by, args.template)
    print(f"模板已写入 {args.template}")


def _acting(login: str):
    from django.contrib.auth import get_user_model

    from kemai.kit.errors import DomainError

    people = get_user_model()
    person = people._default_manager.filter(**{people.USERNAME_FIELD: login.strip().lower()}).first()
    if person is None or not person.is_active:
        raise DomainError("unknown_login", f"没有登录名为「{login}」的在职职员。")
    return person


def _pairs(given: list[str]):
    from kemai.kit.errors import DomainError

    for pair in given:
        header, sign, name = pair.partition("=")
        if not sign or not header:
            raise DomainError("bad_map", f"--map 应写成 表头=字段，例如 --map 股票名称=name，而不是「{pair}」。")
        yield header.strip(), name.strip()


def _progress(word: str):
    """A line on the terminal that tells how far it is; nothing where nobody looks."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        sys.stderr.write(f"\r{word} {done:,}/{total:,}" + ("\n" if done >= total else ""))
        sys.stderr.flush()

    return show


def _say_import(run, *, dry_run: bool) -> None:
    from kemai.kit.import_results import columns_json, other_sheets, unmatched
    from kemai.kit.models import ImportRow

    matched = [f"{column['header']}→{column['label']}" for column in columns_json(run) if column["field"]]
    print(f"导入编号: {run.pk}" + (" (只检查，没有导入)" if dry_run else ""))
    print(f"列: {'，'.join(matched)}")
    if left := unmatched(run):
        print(f"没有用到的列: {'，'.join(left)}")
    if sentence := other_sheets(run):
        print(f"{sentence}用 --sheet 选择另一个。")
    counts = "，".join(f"{word} {run.counts.get(verdict, 0):,}" for verdict, word in WORDS.items())
    print(f"共 {run.total:,} 行: {counts}" + ("" if dry_run else f"；进入系统 {run.counts.get('in', 0):,} 行"))
    for row in ImportRow.objects.filter(of=run, verdict="error").order_by("number")[:SHOWN_REFUSALS]:
        print(f"  第 {row.number} 行{f'「{row.title}」' if row.title else ''}: {row.message}")
    if (errors := run.counts.get("error", 0)) > SHOWN_REFUSALS:
        print(f"  …… 共 {errors:,} 行有误")


def run_export(args: argparse.Namespace) -> None:
    """Writes what a list shows to a file."""
    from kemai.kit import doors
    from kemai.kit.entity import registry
    from kemai.kit.errors import DomainError, NotFound
    from kemai.kit.exporting import write

    by = _acting(args.login)
    entity = next((entity for entity in registry.values() if args.kind in (entity.name, entity.slug)), None)
    if entity is None:
        raise NotFound(f"没有可以导出的「{args.kind}」。")
    ending = args.file.rpartition(".")[2].lower()
    if ending not in ("xlsx", "csv"):
        raise DomainError("bad_file", "只能导出为 .xlsx 或 .csv 文件。")
    listing = doors.list_of(
        entity, by, {"view": args.view, "q": args.q, "filter": args.filter or None, "sort": args.sort}
    )
    with doors.through("command"):
        count = write(listing, args.file, format=ending, every_column=args.all_columns)
    print(f"已导出 {count:,} 行到 {args.file}")


def run_jobs(args: argparse.Namespace) -> None:
    """Runs jobs until it is told to stop."""
    from kemai.kit import import_runs  # noqa: F401  registers its jobs
    from kemai.kit.jobs import run_jobs as run

    run()


def run_backup(args: argparse.Namespace) -> None:
    """Backs the whole system up into one file."""
    from pathlib import Path

    from kemai.kit.backup import backup

    target = Path(args.file)
    made = backup(target)
    rows = sum(table["rows"] for table in made["tables"].values())
    print(f"已备份 {rows:,} 行、{made['files']:,} 个文件到 {target}（{target.stat().st_size / 1_000_000:,.1f} MB）")


def run_restore(args: argparse.Namespace) -> int:
    """Restores a backup into an empty system and checks the result."""
    from pathlib import Path

    from kemai.kit.backup import restore

    made = restore(Path(args.file))
    print(f"已恢复 {made['made_at'][:16].replace('T', ' ')} 的备份，正在自检 …")
    return run_check(args)


def run_check(args: argparse.Namespace) -> int:
    """Prints one line per check; 1 when something is wrong."""
    from kemai.kit.selfcheck import run_checks

    wrong = 0
    for title, problems in run_checks():
        print(f"{'有误' if problems else '正常'}  {title}")
        for problem in problems:
            print(f"      {problem}")
        wrong += bool(problems)
    return 1 if wrong else 0
