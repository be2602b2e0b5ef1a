ERRATA = []
