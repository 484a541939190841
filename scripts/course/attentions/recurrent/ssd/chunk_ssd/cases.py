"""What attentions.recurrent.ssd.chunk_ssd is asked."""

from scripts.course.attentions.recurrent.shared import chunk_cases, delta_entries

# The steps stand where the delta rule has beta.
chunk_cases(lambda package: package.attentions.recurrent.ssd.chunk_ssd, delta_entries)
