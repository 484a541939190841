"""What attentions.backends.fused.sdpa_attention is asked."""

from scripts.course.attentions.backends.shared import SDPA, cases_for_both

cases_for_both(SDPA)
