"""What decoding.streaming.prefill is asked."""

from dataclasses import replace

import torch

from scripts.course.decoding.generation.shared import QUICK, WINDOWED, left_as_it_was, model_of, prompts_of, watched
from scripts.workshop.check.cases import case, draw_tokens


def reading_case(about: str, *lengths: int, config=QUICK, going_on: bool = True, together=list) -> None:
    @case(about)
    def reading(package):
        model, texts, reads = model_of(package, config), together(prompts_of(*lengths)), []
        before = [text.clone() for text in texts]
        with torch.no_grad():
            logits, cache = package.decoding.streaming.prefill(watched(model, reads), texts)
            report = left_as_it_was(model) | {
                "the logits": logits,
                "the lengths in the cache": cache.length.clone(),
                "max_len": int(cache.max_len),
                "the number of forward passes": len(reads),
                "the prompts are unchanged": len(texts) == len(before)
                and all(torch.equal(a, b) for a, b in zip(texts, before, strict=True)),
            }
            # The next tokens continue each prompt, and attend to all of it and nothing else.
            for T in (1, 2) if going_on else ():
                following = model(draw_tokens(len(texts), T, seed=T), cache=cache)
                report[f"the logits of {T} more tokens"] = following
        return report


reading_case("prompts of different lengths", 3, 6, 1)


reading_case("the longest prompt first", 6, 4, 5)


reading_case("prompts of one length", 4, 4)


reading_case("a single prompt", 5)


reading_case("prompts of one token", 1, 1, 1)


reading_case("as many prompts as tokens in the longest", 2, 3, 1)


reading_case("a tuple of two prompts, and sliding windows", 2, 4, config=WINDOWED, together=tuple)


reading_case("a prompt of max_seq_len tokens", 12, 3, going_on=False)


reading_case("sliding windows shorter than the prompts", 8, 2, 5, config=WINDOWED)


reading_case("learned positions", 3, 6, 1, config=replace(QUICK, position_encoding="learned_absolute"))
