"""KV blocks of one engine: names, users, and a queue of those that nobody uses.

Every block is an object of its own. A block that nobody uses keeps its name, and may be found by
it, until it comes to the head of the queue and is taken for something else. Several blocks may
carry one name: each computation names its own copy. Who asks for the name gets the copy that got it
first."""


class Block:
    def __init__(self):
        self.name = None
        self.users = 0


class BlockPool:
    def __init__(self, count):
        self.unused = {Block(): None for _ in range(count)}  # a queue: the oldest first
        self.named = {}  # name: the blocks that carry it, in the order they got it
        self.twins = 0   # names given to a block while another one carried them

    def free(self):
        return len(self.unused)

    def find(self, name):
        copies = self.named.get(name)
        return next(iter(copies)) if copies else None

    def give_name(self, block, name):
        copies = self.named.setdefault(name, {})
        self.twins += bool(copies)
        copies[block] = None
        block.name = name

    def use(self, block):
        """One more user; an unused block leaves the queue."""
        if block.users == 0:
            del self.unused[block]
        block.users += 1

    def take(self, count):
        """So many blocks from the head of the queue, their names forgotten, with one user each."""
        taken = []
        for _ in range(count):
            block = next(iter(self.unused))
            if block.name is not None:
                del self.named[block.name][block]
                if not self.named[block.name]:
                    del self.named[block.name]
                block.name = None
            self.use(block)
            taken.append(block)
        return taken

    def let_go(self, blocks):
        """A request gives up its blocks: the last one joins the queue first."""
        for block in reversed(blocks):
            block.users -= 1
            if block.users == 0:
                self.unused[block] = None
