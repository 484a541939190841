"""What backends.fused.sdpa_attention is asked."""

from scripts.course.backends.shared import SDPA, cases_for_both

cases_for_both(SDPA)
