"""Scripts written for other engines, and the small engine that they are compared with."""
