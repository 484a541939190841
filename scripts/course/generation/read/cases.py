"""What generation.read is asked."""

from dataclasses import replace

import torch

from scripts.course.generation.shared import QUICK, WINDOWED, model_of, texts_of, watched
from scripts.workshop.check.cases import case, draw_tokens


def reading_case(about: str, *lengths: int, config=QUICK, going_on: bool = True, together=list) -> None:
    @case(about)
    def reading(package):
        model, texts, reads = model_of(package, config), together(texts_of(*lengths)), []
        before = [text.clone() for text in texts]
        with torch.no_grad():
            logits, cache = package.generation.read(watched(model, reads), texts)
            report = {
                "the logits": logits,
                "the lengths in the cache": cache.length.clone(),
                "the longest": int(cache.longest),
                "in how many calls of the model": len(reads),
                "the texts are left as they were": len(texts) == len(before)
                and all(torch.equal(a, b) for a, b in zip(texts, before, strict=True)),
            }
            # What comes next has to stand behind each text, and see all of it and nothing else.
            for T in (1, 2) if going_on else ():
                following = model(draw_tokens(len(texts), T, seed=T), cache=cache)
                report[f"the logits when {T} more come"] = following
        return report


reading_case("texts of different lengths", 3, 6, 1)


reading_case("the longest text first", 6, 4, 5)


reading_case("texts of one length", 4, 4)


reading_case("a single text", 5)


reading_case("texts of one token", 1, 1, 1)


reading_case("as many texts as tokens in the longest", 2, 3, 1)


reading_case("a tuple of texts", 2, 4, together=tuple)


reading_case("a text as long as the tables", 12, 3, going_on=False)


reading_case("windows that are shorter than the texts", 8, 2, 5, config=WINDOWED)


reading_case("learned positions", 3, 6, 1, config=replace(QUICK, position_encoding="learned_absolute"))
