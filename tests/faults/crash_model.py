"""What a disk may hold after a power failure: every state that the operations of a program allow.

The model takes from fsync(2) what it promises, and nothing that file systems merely do:

- Data of a file (writes, and what changes its size) are sure once the file has been synced. Before that a crash keeps
  all of them, none, the first half of their bytes, or their sizes alone, with zeros for content.
- Permissions and owner of a file or folder, likewise: kept or not.
- Names in a folder (made, linked, renamed, removed) are sure once that folder has been synced. Before that a crash keeps
  a beginning of them, in their order. A rename is one step: neither both names nor none.
- Files and folders are independent of one another: a name may be there whose file has no content yet, a file may be
  synced whose name is not there, and a synced folder is lost where its own name is not.
- A file without a name is gone.

That is what ALICE (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014) calls persistence properties,
with the weakest choices but one: names within one folder keep their order, as ext4, XFS and Btrfs have it (each a
journal or log of metadata). It covers more than ext4 does, whose journal also orders different folders. That single
writes tear anywhere but in their middle, and that a disk loses what was synced (a lying cache), are not covered; nor are
states older than the last but one content of each file, since commands end and others begin (CrashMonkey, Mohan et al.,
OSDI 2018, finds that most faults need no more than a few operations).
"""

import itertools
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePath

MOST_STATES = 4096  # of one moment; more than that is an error in how a program syncs, and is refused


@dataclass
class File:
    """A file or folder: what is on the disk, and what is not yet."""
    kind: str
    mode: int
    owner: tuple
    data: bytes = b""
    pending_data: list = field(default_factory=list)        # (offset, bytes) or (size, None)
    pending_settings: list = field(default_factory=list)    # (mode, owner)


def _apply(data, changes):
    data = bytearray(data)
    for at, new in changes:
        if new is None:
            del data[at:]
            data.extend(bytes(at - len(data)))
        else:
            data.extend(bytes(max(0, at - len(data))))
            data[at:at + len(new)] = new
    return bytes(data)


def _first_half(changes):
    left = sum(len(new) for _, new in changes if new is not None) // 2
    for at, new in changes:
        if new is None:
            yield at, None
            continue
        if left == 0:
            return
        yield at, new[:left]
        left -= min(left, len(new))


def _contents(file):
    """Every content that the disk may have."""
    pending = file.pending_data
    if not pending:
        return [file.data]
    zeros = [(at, None if new is None else bytes(len(new))) for at, new in pending]
    candidates = [_apply(file.data, pending), file.data, _apply(file.data, _first_half(pending)), _apply(file.data, zeros)]
    return list(dict.fromkeys(candidates))


def _settings(file):
    """Every mode and owner that the disk may have: between the first and the last, a crash may come, too."""
    return list(dict.fromkeys([(file.mode, file.owner), *file.pending_settings]))


def _settings_in(operation):
    return operation["mode"], (operation["uid"], operation["gid"])


class Disk:
    """Follows the operations of one program, and tells what a crash may leave."""

    def __init__(self, folder):
        """Begins with what is in a folder, all of it on the disk."""
        self.folder = folder
        self.files, self.names, self.pending_names = {}, {}, {}
        for path in [folder, *folder.rglob("*")]:
            info = path.lstat()
            kind = "folder" if stat.S_ISDIR(info.st_mode) else "file"
            data = path.read_bytes() if kind == "file" else b""
            self.files[info.st_ino] = File(kind, stat.S_IMODE(info.st_mode), (info.st_uid, info.st_gid), data)
            self.names[self.relative(path)] = info.st_ino

    def relative(self, path):
        return PurePath(path).relative_to(self.folder).as_posix()

    def apply(self, operation):
        """The next operation of a recording (tests/faults/recorder.hpp)."""
        op, ino = operation["op"], operation.get("ino")
        path = self.relative(operation["path"]) if "path" in operation else None
        if op in ("create", "nameless", "make_folder"):
            # A new file of an old number is another file.
            self.files[ino] = File("folder" if op == "make_folder" else "file", *_settings_in(operation))
        if op in ("create", "make_folder", "link"):
            self._name(path, ("add", path, ino))
        elif op in ("unlink", "remove_folder"):
            self._name(path, ("remove", path))
        elif op == "rename":
            to = self.relative(operation["to"])
            if PurePath(path).parent != PurePath(to).parent or self.files[ino].kind == "folder":
                raise RuntimeError(f"there is no model for a rename from '{path}' to '{to}'")
            self._name(path, ("rename", path, to, ino))
        elif op == "write":
            self.files[ino].pending_data.append((operation["offset"], bytes.fromhex(operation["data"])))
        elif op == "resize":
            self.files[ino].pending_data.append((operation["size"], None))
        elif op == "settings":
            self.files[ino].pending_settings.append(_settings_in(operation))
        elif op == "sync":
            self._sync(ino)
        elif op not in ("create", "nameless", "make_folder"):
            raise RuntimeError(f"there is no model for '{op}'")

    def _name(self, path, change):
        self.pending_names.setdefault(PurePath(path).parent.as_posix(), []).append(change)

    def _sync(self, ino):
        file = self.files[ino]
        file.data = _apply(file.data, file.pending_data)
        file.pending_data = []
        if file.pending_settings:
            file.mode, file.owner = file.pending_settings[-1]
            file.pending_settings = []
        if file.kind == "folder":
            # All that is pending counts, also of a folder whose own name may yet be lost.
            names = self._names_with({folder: len(changes) for folder, changes in self.pending_names.items()})
            for folder in [name for name, number in names.items() if number == ino]:
                _change(self.names, self.pending_names.pop(folder, []))

    def _names_with(self, kept):
        names = dict(self.names)
        for folder, count in kept.items():
            _change(names, self.pending_names[folder][:count])
        return names

    def states(self):
        """Every state that a crash at this moment may leave: by name, kind, permissions, owner and content."""
        folders = list(self.pending_names)
        seen = set()
        for counts in itertools.product(*(range(len(self.pending_names[f]) + 1) for f in folders)):
            names = _reachable(self._names_with(dict(zip(folders, counts, strict=True))), self.files)
            # Only what has a name can differ.
            numbers = sorted(set(names.values()))
            choices = [[(c, s) for c in _contents(self.files[n]) for s in _settings(self.files[n])] for n in numbers]
            for choice in itertools.product(*choices):
                chosen = dict(zip(numbers, choice, strict=True))
                state = frozenset((name, self.files[n].kind, *chosen[n]) for name, n in names.items())
                if len(seen) == MOST_STATES:
                    raise RuntimeError("too many states of one moment")
                if state not in seen:
                    seen.add(state)
                    yield state


def _change(names, changes):
    for change in changes:
        if change[0] == "add":
            names[change[1]] = change[2]
        elif change[0] == "remove":
            names.pop(change[1], None)
        else:
            names.pop(change[1], None)
            names[change[2]] = change[3]


def _reachable(names, files):
    """Without what is in folders that have no name themselves."""
    def is_there(name):
        return all(p == "." or (p in names and files[names[p]].kind == "folder")
                   for p in map(PurePath.as_posix, PurePath(name).parents))
    return {name: number for name, number in names.items() if is_there(name)}


def write_state(state, folder):
    """Makes a folder, which must not be there, what a state says."""
    for name, kind, content, (mode, owner) in sorted(state):
        path = Path(folder, name)
        if kind == "folder":
            path.mkdir(mode=0o700)
        else:
            path.write_bytes(content)
    for name, _, _, (mode, owner) in sorted(state, reverse=True):
        path = Path(folder, name)
        info = path.lstat()
        if (info.st_uid, info.st_gid) != owner:
            os.chown(path, *owner)
        path.chmod(mode)
