"""What a list shows of the categories of its kind: 「列表方式」, the pane with the tree, the way to where one is, the rows to go down (LST-11)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kemai.kit import shell
from kemai.kit.categories import MODES, Category, Tree, tree_of
from kemai.kit.category_services import may_classify
from kemai.kit.layouts import ColumnLayout
from kemai.kit.listing import Listing

ICONS = {"level": "sitemap", "all": "list", "subtree": "list-tree"}


@dataclass
class TreePart:
    """The tree as one list shows it."""

    tree: Tree
    field: str
    mode: str
    here: Category | None
    folders: Sequence[Category]  # the categories that are shown as rows
    shown: bool  # the pane stands beside the list
    may_change: bool
    address: Callable[..., str]
    kind: str

    @property
    def modes(self) -> list[tuple[str, str, str, str]]:
        """Each 「列表方式」: its code, its word, its icon, its address."""
        node = self.here.id if self.here else ""
        return [
            (mode, word, ICONS[mode], self.address(mode=mode, node="" if mode == "all" else node, page=""))
            for mode, word in MODES.items()
        ]

    def href(self, category: Category | None) -> str:
        """The list inside a category; None: at the top."""
        mode = self.mode if self.mode != "all" else "subtree"
        return self.address(mode=mode, node=category.id if category else "", page="")

    def form(self, category: Category | None, verb: str) -> str:
        """Where a category is made, changed or deleted; back to this list, where it still shows something."""
        up = category.parent if category and verb == "delete" else (self.here.id if self.here else "")
        back = self.address(node=up or "", page="")
        if verb == "new":
            parent = category.id if category else ""
            return shell.address("/category-nodes/new", kind=self.kind, parent=parent, back=back)
        assert category is not None
        return shell.address(f"/category-nodes/{category.id}/{verb}", back=back)


def tree_part(listing: Listing, address: Callable[..., str], layout: ColumnLayout) -> TreePart | None:
    """The tree of a list; None where its kind has none, where the list is public, and for who could only see that there is none yet."""
    entity, question = listing.entity, listing.question
    if entity.classified is None or listing.view.public:
        return None
    tree, may_change = tree_of(entity.name), may_classify(listing.by, entity)
    if not tree and not may_change:
        return None
    level = question.mode == "level" and question.page == 1 and not (question.q or question.filter)
    return TreePart(
        tree=tree,
        field=entity.classified.field,
        mode=question.mode or "all",
        here=tree.by_id.get(question.node or 0),
        folders=tree.children(question.node) if level else (),
        shown=bool(tree) and layout.tree,
        may_change=may_change,
        address=address,
        kind=entity.name,
    )
