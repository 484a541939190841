"""What attentions.recurrent.delta.chunk_gated_delta_rule is asked."""

from scripts.course.attentions.recurrent.shared import chunk_cases, delta_entries

chunk_cases(lambda package: package.attentions.recurrent.delta.chunk_gated_delta_rule, delta_entries)
