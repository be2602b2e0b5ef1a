"""Why a gradient is wrong: possible mistakes, what each would give, and which one it is."""
