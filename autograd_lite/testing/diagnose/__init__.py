"""Why a gradient is wrong: every usual mistake, the gradient it would give, and which one fits."""
