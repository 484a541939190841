"""Train a model on text, with the reference's code, the learner's, or any copy of it.

examples:
  python -m scripts.train                                   the reference, on names: seconds on a CPU
  python -m scripts.train --impl learn                      your own code
  python -m scripts.train --data poems.txt --max_seq_len 64 any text file, or a folder of some
  python -m scripts.train --depth 4 --num_iterations 100    nanochat's family, by depth
  python -m scripts.train --out_dir runs/long --save_every 100 --resume
                                                            a long run; the same line again goes on with it
  python -m scripts.train --init_from checkpoints/qwen2.5-0.5b --data poems.txt --batch_size 2
                                                            goes on from a published model, or from a run
  python -m scripts.train --optimizer adamw --learning_rate 1e-3 --schedule cosine --warmup_iters 100 --clip 1
  torchrun --nproc_per_node 2 -m scripts.train --parallel ddp
                                                            two processes, each on half of every step's batches

The model's vocabulary is that of the data unless --vocab_size is given. Both --max_iters and --max-iters work.
"""

import sys

from scripts.project import leave, run_command

from .training.settings import parser, settings_of
from .workshop.teach.runs import run_settings


def main(argv=None) -> int:
    return run_settings([settings_of(parser(__doc__).parse_args(argv))])


if __name__ == "__main__":
    sys.exit(leave(run_command(main)))
