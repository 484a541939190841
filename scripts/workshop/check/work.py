"""What a call takes, for cases that ask how an answer came about, and not only whether it is right."""

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Work(TorchDispatchMode):
    """Watch what is computed inside `with Work() as work`.

    work.largest: elements of the largest tensor that was made. work.products: multiplications in all matrix products,
    work.dtypes: the dtypes of their results.
    """

    def __init__(self):
        super().__init__()
        self.largest = 0
        self.products = 0
        self.dtypes = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if hasattr(tensor, "untyped_storage"):
                # One number that is looked at many times (`expand`) takes the place of one.
                kept = tensor.untyped_storage().nbytes() // tensor.element_size()
                self.largest = max(self.largest, min(tensor.numel(), kept))
        if func.overloadpacket.__name__ in ("mm", "bmm", "addmm", "baddbmm", "mv", "addmv", "dot"):
            # The first factor is the last but one argument: addmm and its kin have something to add before it.
            self.products += result.numel() * args[-2].size(-1)
            self.dtypes.add(result.dtype)
        return result
