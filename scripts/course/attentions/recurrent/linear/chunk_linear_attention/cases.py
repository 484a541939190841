"""What attentions.recurrent.linear.chunk_linear_attention is asked."""

from scripts.course.attentions.recurrent.shared import chunk_cases, entries

chunk_cases(lambda package: package.attentions.recurrent.linear.chunk_linear_attention, entries)
